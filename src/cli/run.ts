import { type HomebodyCode, HomebodyError } from '../domain';
import { type Command, type CommandIo, commandHelp, parseArguments } from './command';
import { adaptCommand } from './commands/adapt';
import { evaluateCommand } from './commands/evaluate';
import { modelsCommand } from './commands/models';
import { prepareCommand } from './commands/prepare';
import { trainCommand } from './commands/train';
import { vectorsCommand } from './commands/vectors';

const COMMANDS: readonly Command[] = [
  prepareCommand,
  trainCommand,
  evaluateCommand,
  vectorsCommand,
  adaptCommand,
  modelsCommand,
];

/** What the user can put right by other arguments or other files. */
const INPUT_CODES: readonly HomebodyCode[] = [
  'invalid-input',
  'model-unavailable',
  'model-invalid',
  'embedder-unavailable',
  'dependency-missing',
  'strategy-unavailable',
];

/**
 * Runs one command line and never rejects.
 * @param argv the words after `homebody`
 * @returns the exit status: 0 done, 2 wrong arguments or input, 130 interrupted, 1 anything else
 */
export async function run(argv: readonly string[], io: CommandIo): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.out(overview());
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) {
    io.err(`homebody: there is no command "${name}".`);
    io.err(overview());
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(commandHelp(command));
    return 0;
  }
  try {
    await command.run(parseArguments(command, rest), io);
    return 0;
  } catch (error) {
    return tell(error, io);
  }
}

function tell(error: unknown, io: CommandIo): number {
  if (!(error instanceof HomebodyError)) {
    io.err(`homebody: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  }
  io.err(`homebody: ${error.message} [${error.code}]`);
  if (error.remedy) io.err(`  ${error.remedy}`);
  if (error.cause !== undefined) io.err(`  Cause: ${error.cause instanceof Error ? error.cause.message : error.cause}`);
  if (error.code === 'aborted') return 130;
  return INPUT_CODES.includes(error.code) ? 2 : 1;
}

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length)) + 2;
  return [
    'Homebody: train, measure and publish the recommender that runs in the shopper’s browser.',
    '',
    'Usage: homebody <command> [options]',
    '',
    ...COMMANDS.map((command) => `  ${command.name.padEnd(width)}${command.summary}`),
    '',
    'homebody <command> --help tells more.',
  ].join('\n');
}
