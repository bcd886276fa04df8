import mri from 'mri';
import { HomebodyError } from '../domain';

/** Where a command reads its words from and writes to; tests pass their own. */
export interface CommandIo {
  /** Standard output: results. */
  out: (line: string) => void;
  /** Standard error: progress, remarks, errors. */
  err: (line: string) => void;
  /** Progress bars are drawn on it; absent: none. */
  progress?: NodeJS.WriteStream;
  signal: AbortSignal;
}

/** One option of a command. */
export interface OptionSpec {
  /** `flag` takes no value. */
  type: 'string' | 'number' | 'flag';
  help: string;
  /** Shown in the help instead of `<value>`. */
  value?: string;
  default?: string | number;
  required?: boolean;
  choices?: readonly string[];
}

export interface Command {
  name: string;
  /** One line. */
  summary: string;
  /** What the words after the command are, for example `verify [folder…]`; absent: none are taken. */
  words?: string;
  options: Record<string, OptionSpec>;
  /** Lines of examples. */
  examples: readonly string[];
  run(args: Arguments, io: CommandIo): Promise<void>;
}

/** Checked arguments. */
export interface Arguments {
  words: string[];
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  flag(name: string): boolean;
  /** Whether it has a value: its own or the default; of a flag whether it is set. */
  has(name: string): boolean;
}

/**
 * Parses the words after a command's name.
 * @throws HomebodyError `invalid-input` for an unknown option, a missing or repeated value, a number that is none
 */
export function parseArguments(command: Command, argv: readonly string[]): Arguments {
  const remedy = `See homebody ${command.name} --help.`;
  const wrong = (what: string): HomebodyError => new HomebodyError('invalid-input', what, { remedy });
  const names = Object.keys(command.options);
  const unknown: string[] = [];
  const parsed = mri<Record<string, unknown>>([...argv], {
    string: names.filter((name) => command.options[name]!.type !== 'flag'),
    boolean: [...names.filter((name) => command.options[name]!.type === 'flag'), 'help'],
    // mri takes for known what has an entry here.
    alias: { ...Object.fromEntries(names.map((name) => [name, []])), help: 'h' },
    unknown: (flag) => void unknown.push(flag),
  });
  if (unknown.length > 0) throw wrong(`homebody ${command.name} has no option ${unknown[0]}.`);
  const words = parsed._.map(String);
  if (words.length > 0 && !command.words) throw wrong(`homebody ${command.name} does not take "${words[0]}".`);
  const values = new Map<string, string | number | boolean>();
  for (const [name, spec] of Object.entries(command.options)) {
    const given = parsed[name];
    if (Array.isArray(given)) throw wrong(`--${name} was given twice.`);
    if (spec.type === 'flag') {
      values.set(name, given === true);
      continue;
    }
    if (given === undefined) {
      if (spec.required) throw wrong(`--${name} is missing.`);
      if (spec.default !== undefined) values.set(name, spec.default);
      continue;
    }
    const text = String(given);
    if (text === '' || given === true || given === false) throw wrong(`--${name} needs a value.`);
    if (spec.choices && !spec.choices.includes(text)) {
      throw wrong(`--${name} is one of ${spec.choices.join(', ')}, not "${text}".`);
    }
    if (spec.type === 'number' && !Number.isFinite(Number(text))) {
      throw wrong(`--${name} is a number, not "${text}".`);
    }
    values.set(name, spec.type === 'number' ? Number(text) : text);
  }
  return {
    words,
    text: (name) => values.get(name) as string | undefined,
    number: (name) => values.get(name) as number | undefined,
    flag: (name) => values.get(name) === true,
    has: (name) => (values.get(name) ?? false) !== false,
  };
}

/** The text of `homebody <command> --help`. */
export function commandHelp(command: Command): string {
  const rows = Object.entries(command.options).map(([name, spec]): [string, string] => {
    const value = spec.type === 'flag' ? '' : ` ${spec.value ?? (spec.choices ? spec.choices.join('|') : '<value>')}`;
    const remark = spec.required ? ' (required)' : spec.default === undefined ? '' : ` (default ${spec.default})`;
    return [`--${name}${value}`, `${spec.help}${remark}`];
  });
  rows.push(['--help', 'this text']);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [
    command.summary,
    '',
    `Usage: homebody ${command.name}${command.words ? ` ${command.words}` : ''} [options]`,
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`),
    '',
    'Examples:',
    ...command.examples.map((line) => `  ${line}`),
  ].join('\n');
}
