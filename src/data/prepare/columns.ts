import { HomebodyError } from '../../domain';
import { KNOWN_COLUMNS } from './settings';

/** Which column of a file gives what. */
export type Mapping<F extends string> = Partial<Record<F, string>>;

const bare = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, '');

/**
 * Finds the column of each field: as told, else by our own name, else by a usual name.
 * @param names the file's columns; for JSON the keys of its first lines
 * @throws HomebodyError `invalid-input` when a told column or a required field is not there, or is there twice
 */
export function mapColumns<F extends keyof typeof KNOWN_COLUMNS>(
  path: string,
  names: readonly string[],
  fields: readonly F[],
  required: readonly F[],
  told: Mapping<F>,
): Mapping<F> {
  const mapping: Mapping<F> = {};
  const taken = new Set(Object.values<string | undefined>(told).map((name) => name?.toLowerCase()));
  const wrong = (what: string, remedy: string): HomebodyError =>
    new HomebodyError('invalid-input', `${path}: ${what}`, { remedy });
  for (const field of fields) {
    const asked = told[field];
    const column =
      asked === undefined
        ? guess(names, field, taken)
        : names.find((name) => same(name, asked) || asked.startsWith(`${name}.`));
    if (column === undefined) {
      if (asked === undefined && !required.includes(field)) continue;
      throw wrong(
        asked === undefined ? `no column looks like ${field}.` : `there is no column "${asked}" for ${field}.`,
        `Its columns are ${names.slice(0, 40).join(', ').slice(0, 400)}. Say which one is meant: --columns ${field}=<column>.`,
      );
    }
    if (names.filter((name) => same(name, column)).length > 1) {
      throw wrong(`the column "${column}" stands there twice.`, 'Rename one of the two.');
    }
    mapping[field] = asked?.startsWith(`${column}.`) ? asked : column;
    taken.add(column.toLowerCase());
  }
  return mapping;
}

const same = (name: string, other: string): boolean => name.trim().toLowerCase() === other.trim().toLowerCase();

function guess<F extends keyof typeof KNOWN_COLUMNS>(
  names: readonly string[],
  field: F,
  taken: ReadonlySet<string | undefined>,
): string | undefined {
  for (const known of [bare(field), ...KNOWN_COLUMNS[field]]) {
    const found = names.find((name) => bare(name) === known && !taken.has(name.toLowerCase()));
    if (found !== undefined) return found;
  }
  return undefined;
}
