import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The fenced blocks of one language in a file of docs/. */
export async function blocks(file: string, language: string): Promise<string[]> {
  const text = await readFile(fileURLToPath(new URL(`../../docs/${file}`, import.meta.url)), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code!);
}

/** The queue that a shop pastes into its page, as docs/embedding-in-a-shop.md gives it. */
export async function snippet(): Promise<string> {
  const [html = ''] = await blocks('embedding-in-a-shop.md', 'html');
  return /<script>([\s\S]*?)<\/script>/.exec(html)![1]!;
}

/**
 * The examples of a page as one module: `value; // → expected` becomes a comparison, `'homebody'` the built module.
 * Returns the source and how many comparisons it makes (through `window.compare`).
 */
export async function asModule(file: string, module: string): Promise<{ source: string; comparisons: number }> {
  let comparisons = 0;
  const code = (await blocks(file, 'ts')).join('\n').replace(/^(.+?);? \/\/ → (.+)$/gm, (_, value, expected) => {
    comparisons++;
    return `window.compare(${JSON.stringify(value)}, ${value}, ${expected});`;
  });
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return { source: outputText.replaceAll(/from ['"]homebody['"]/g, `from '${module}'`), comparisons };
}
