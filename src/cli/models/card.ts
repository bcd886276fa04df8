import type { ModelFolder } from '../../data';
import type { ModelManifest } from '../../model';

/** A model card in Markdown (Mitchell et al. 2019), made of `model.json` alone; it says only what the manifest says. */
export function modelCard({ model, catalogue }: ModelFolder): string {
  const { manifest } = model;
  const { training, sizes, embedder, files } = manifest;
  const total = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
  const memories = [
    ...manifest.memories.halfLives.map((seconds) => `half-life ${duration(seconds)}`),
    ...manifest.memories.stepDecays.map((decay) => `${decay} a step`),
  ];
  const sections = [
    `# ${manifest.id}`,
    'A Homebody interest model: it orders a shop’s candidates for one shopper, in that shopper’s browser.',
    '## What it was trained on',
    list([
      ['Data', training.data],
      ['Licence of the data', training.licence],
      ['Credit', training.credit],
      ['Customers', training.folds],
      ['Command', training.command && `\`${training.command}\``],
      ['Seed', String(training.seed)],
    ]),
    '## How it ranks',
    figures(manifest),
    '## What it is made of',
    list([
      [
        'Embedder',
        `${embedder.id}, ${embedder.dtype}, ${embedder.dimension} values${manifest.whitening ? ', whitened' : ''}`,
      ],
      ['Item vectors', `${sizes.item} values`],
      [
        'LSTM',
        `${sizes.hidden} units${manifest.timeDecay ? ', memory decays with time' : ''}; fusion: ${manifest.fusion}`,
      ],
      ['Memories', memories.join(', ')],
      ['Features', features(manifest)],
      ['Conversion head', manifest.conversion ? `${manifest.conversion.hidden} hidden units` : 'none'],
      [
        'Items it knows',
        catalogue ? catalogue.ids.length.toLocaleString('en') : 'none: every item is read by its text',
      ],
    ]),
    '## Files',
    rows(
      ['file', 'bytes', 'SHA-256'],
      Object.entries(files).map(([name, file]) => [name, file.bytes.toLocaleString('en'), `\`${file.sha256}\``]),
    ),
    `${total.toLocaleString('en')} bytes in all, beside model.json and the embedder’s folder.`,
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function list(entries: [string, string][]): string {
  return entries.flatMap(([name, text]) => (text ? `- ${name}: ${text}` : [])).join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function rows(head: string[], body: string[][]): string {
  return [head, head.map(() => '---'), ...body].map((line) => `| ${line.map(cell).join(' | ')} |`).join('\n');
}

function figures({ metrics }: ModelManifest): string {
  if (metrics.length === 0) return 'No figures were written down. Measure it: `homebody evaluate --model <folder>`.';
  return rows(
    ['data', 'protocol', 'slice', 'prior', 'metric', 'value'],
    metrics.map(({ data, protocol, slice, prior, metric, value }) => [
      data,
      protocol,
      slice,
      prior,
      metric,
      String(value),
    ]),
  );
}

function features({ features }: ModelManifest): string {
  const counts = new Map<string, number>();
  for (const { kind } of features) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}

function duration(seconds: number): string {
  const days = seconds / 86_400;
  return days >= 1 ? `${Number(days.toFixed(1))} d` : `${Number((seconds / 3600).toFixed(1))} h`;
}
