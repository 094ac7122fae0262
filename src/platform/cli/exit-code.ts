import { UsageError } from './usage.error.js';

/** Ends the process as wrong usage (2), or as done (0) when commander threw only because it showed help. */
export function exitWithCode(error: unknown): never {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  const isHelp = code === 'commander.helpDisplayed' || code === 'commander.help' || code === 'commander.version';
  process.exit(isHelp ? 0 : 2);
}

/** Ends the process on an error that was thrown before the command began, for instance by the check of an option. */
export function failWithCode(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
