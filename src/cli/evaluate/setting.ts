import { execFile } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Arguments, OptionSpec } from '../command';

/** The machine in words: `2 × Some CPU, 16 GB, Node 22.1.0`. */
export function machine(): string {
  const all = cpus();
  const model = (all[0]?.model ?? 'unknown CPU').replace(/\s+/g, ' ').trim();
  return `${all.length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
}

/** The commit of the clone that this runs in, `+` where tracked files differ from it; `unknown` outside a clone. */
export async function commit(): Promise<string> {
  const git = async (...args: string[]): Promise<string> => {
    const cwd = dirname(fileURLToPath(import.meta.url));
    return (await promisify(execFile)('git', args, { cwd })).stdout.trim();
  };
  try {
    const hash = await git('rev-parse', '--short=12', 'HEAD');
    // Results are written while measuring: they do not change what is measured.
    const changed = await git('status', '--porcelain', '--untracked-files=no', '--', ':/src');
    return changed === '' ? hash : `${hash}+`;
  } catch {
    return 'unknown';
  }
}

/** Options that name files: told by their last part, so that a record carries no path of this machine. */
const PATHS = new Set(['data', 'model', 'out', 'embedder', 'cache']);
/** Options that say where results go or what is kept, not what they are. */
const OUTPUTS = new Set(['record', 'report', 'json', 'embeddings']);

/** The command line that gives the same figures. */
export function commandLine(name: string, options: Record<string, OptionSpec>, args: Arguments): string {
  const parts = [`homebody ${name}`];
  for (const [option, spec] of Object.entries(options)) {
    if (OUTPUTS.has(option)) continue;
    if (spec.type === 'flag') {
      if (args.flag(option)) parts.push(`--${option}`);
      continue;
    }
    const value = spec.type === 'number' ? args.number(option) : args.text(option);
    if (value === undefined || value === spec.default) continue;
    parts.push(`--${option} ${PATHS.has(option) ? shortPath(String(value)) : value}`);
  }
  return parts.join(' ');
}

/** The last part of a path; of one that has `{fold}` in it, from the folder above. */
export function shortPath(path: string): string {
  const name = basename(path);
  return name === '{fold}' ? `${basename(dirname(path))}/${name}` : name;
}
