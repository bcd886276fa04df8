/** Sections of the page that come from the bench: training beside PyTorch, and ablations. */
import type { AblationSetting } from '../../bench/ablation/record';

interface Pair {
  ours: number;
  torch: number;
}

/** One log of bench/results/match.json. */
export interface Match {
  data: string;
  users: number;
  validationUsers: number;
  command: string;
  commit: string;
  machine: string;
  most: number;
  rows: { epoch: number; loss: Pair; 'ndcg@10': Pair; apart: number; eventsPerSecond: Pair }[];
}

/** One run of bench/results/ablation.json. */
export interface Ablation extends AblationSetting {
  rows: {
    variant: string;
    title: string;
    slice: string;
    'ndcg@10': number;
    low: number;
    high: number;
    difference?: number;
    differenceLow?: number;
    differenceHigh?: number;
  }[];
}

const number = (value: number): string => value.toLocaleString('en');
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;

export function matchSection(matches: readonly Match[]): string[] {
  if (matches.length === 0) return [];
  const lines = matches.flatMap(({ data, users, rows }) =>
    rows.map(
      ({ epoch, loss, 'ndcg@10': ndcg, apart, eventsPerSecond: speed }) =>
        `| ${data}, ${number(users)} users | ${epoch} | ${loss.ours.toFixed(4)} | ${loss.torch.toFixed(4)} | ` +
        `${ndcg.ours.toFixed(4)} | ${ndcg.torch.toFixed(4)} | ${apart.toFixed(4)} | ` +
        `${number(speed.ours)} | ${number(speed.torch)} |`,
    ),
  );
  return [
    '',
    '## The same training by homebody train and by PyTorch',
    '',
    'The first epochs of the configs of [examples/pytorch](../examples/pytorch/README.md), by `homebody train --objective next-item` and by PyTorch, from the same',
    'weights, over the same windows in the same order, with the same items in the softmax and the same dropout. NDCG@10 is that of the validation items, all items',
    'ranked; PyTorch’s own validation of its weights gives the same. Events/s are of CPU time on one thread.',
    '',
    '|  | epoch | loss, homebody | loss, PyTorch | NDCG@10, homebody | NDCG@10, PyTorch | apart | events/s, homebody | events/s, PyTorch |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    '',
    ...matches.map(({ command, commit, machine }) => `- \`${command}\`: commit ${commit}, ${machine}`),
  ];
}

export function ablationSection(ablations: readonly Ablation[]): string[] {
  if (ablations.length === 0) return [];
  const parts = ['', '## What each part is worth'];
  for (const { data, protocol, trainer, epochs, seed, users, command, commit, machine, rows } of ablations) {
    for (const slice of new Set(rows.map((row) => row.slice))) {
      const own = rows.filter((row) => row.slice === slice);
      const sorted = own.toSorted((a, b) => (a.difference ?? -1) - (b.difference ?? -1));
      parts.push(
        '',
        `### ${data}, ${protocol}${slice === 'all' ? '' : `, ${slice}`}`,
        '',
        `${number(users)} users, ${epochs} epochs of \`${trainer}\`, seed ${seed}. The difference is to the whole, on the same users, with its 95 % interval.`,
        '',
        '|  | NDCG@10 | difference |',
        '| --- | ---: | ---: |',
        ...sorted.map((row) => {
          const { title, 'ndcg@10': ndcg, low, high, difference, differenceLow, differenceHigh } = row;
          const apart =
            difference === undefined
              ? ''
              : `${signed(difference)} (${signed(differenceLow!)} to ${signed(differenceHigh!)})`;
          return `| ${title} | ${ndcg.toFixed(4)} (${low.toFixed(4)}–${high.toFixed(4)}) | ${apart} |`;
        }),
      );
    }
    parts.push('', `- \`${command}\`: commit ${commit}, ${machine}`);
  }
  return parts;
}
