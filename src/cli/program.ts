import { Command, CommanderError } from 'commander';
import metadata from '../../package.json' with { type: 'json' };
import { describeFailure, INTERRUPTED, isInterruption } from './failures.ts';
import { addIndexCommand } from './index-command.ts';
import { addKeysCommand } from './keys-command.ts';
import { addMigrateCommand } from './migrate-command.ts';
import { addModelsCommand } from './models-command.ts';
import { addSearchCommand } from './search-command.ts';
import { addServeCommands } from './serve-command.ts';

const AFTER_HELP = `
Settings are environment variables, such as PORT, DATA_DIR and DATABASE_URL; the README has the table of all.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/**
 * Runs the `reelgraph` command.
 * @param argv as in `process.argv`
 * @returns the exit code; a server that was started goes on after that
 */
export async function runCli(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${describeFailure(error)}\n`);
    return isInterruption(error) ? INTERRUPTED : 1;
  }
}

/** All commands with their options. */
function createProgram(): Command {
  const program = new Command('reelgraph')
    .description(metadata.description)
    .version(metadata.version)
    // Commands that are added later inherit both.
    .exitOverride()
    .showHelpAfterError('Help: add --help')
    .addHelpText('after', AFTER_HELP);
  addServeCommands(program);
  addMigrateCommand(program);
  addKeysCommand(program);
  addModelsCommand(program);
  addIndexCommand(program);
  addSearchCommand(program);
  return program;
}
