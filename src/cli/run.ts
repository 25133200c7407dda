// Runs one command, and tells what went wrong in words and by the exit status.
import { Command, CommanderError } from 'commander';
import { InputError } from '../common/input-error.js';
import { OAuthError } from '../common/oauth-error.js';
import { ConfigurationError } from '../config/env.js';
import { version } from '../config/version.js';
import { DatabaseStartError } from '../database/start-error.js';
import { clientCommands } from './client.js';
import { group } from './command.js';
import { dbMigrate } from './db-migrate.js';
import { FAILED, Failure, USAGE } from './failure.js';
import { keysCommands } from './keys.js';
import { visible } from './output.js';
import { registrationTokenCommands } from './registration-token.js';
import { tokenCommands } from './token.js';
import { userCommands } from './user.js';

/** Errors whose message says what to do. */
const EXPECTED = [Failure, ConfigurationError, DatabaseStartError];
const HELP = '(--help says how)';
const DASHED = 'Write `--` before a value that begins with "-": … show -- -a-client-id';

/** @returns the exit status: 0 done, 1 failed, 2 wrong use */
export async function run(args: readonly string[]): Promise<number> {
  // Whoever reads the output may have read enough: `… | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : FAILED));
  process.stderr.on('error', () => undefined);
  try {
    await program().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has printed its own message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    console.error(messageOf(error));
    return statusOf(error);
  }
}

function program(): Command {
  const root = new Command('nest-authorization-server')
    .description(
      'Administers an authorization server: run it with the same environment variables (and in the same directory) as the ' +
        'server, beside a running server or without one.',
    )
    .version(version(), '-V, --version')
    .addCommand(clientCommands())
    .addCommand(userCommands())
    .addCommand(tokenCommands())
    .addCommand(registrationTokenCommands())
    .addCommand(group('db', 'The database', [dbMigrate()]))
    .addCommand(keysCommands())
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 failed, 2 wrong use. Every command takes --help (with examples) and --json.',
    );
  inherit(root);
  return root;
}

/** Every command throws instead of ending the process. */
function inherit(command: Command): void {
  command.exitOverride().showHelpAfterError(HELP);
  if (command.registeredArguments.length > 0) command.configureOutput({ outputError: printUsageError });
  for (const child of command.commands) inherit(child);
}

/** Ids of old, and those that somebody chose, may look like an option. */
function printUsageError(message: string, write: (text: string) => void): void {
  write(/unknown option '-[^-]/.test(message) ? `${message}${DASHED}\n` : message);
}

function statusOf(error: unknown): number {
  if (error instanceof Failure) return error.status;
  return error instanceof InputError && !error.isConflict ? USAGE : FAILED;
}

function messageOf(error: unknown): string {
  if (error instanceof InputError) {
    const faults = error.faults.map(({ member, problem }) => visible(`${member}: ${problem}`));
    return [...faults, ...(error.isConflict ? [] : [HELP])].join('\n');
  }
  if (error instanceof OAuthError) return `${error.code}: ${error.message}`;
  if (!(error instanceof Error)) return String(error);
  return EXPECTED.some((type) => error instanceof type) ? error.message : (error.stack ?? error.message);
}
