import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { environmentFor } from './test-environment.js';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the compiled command line as an operator would, against the jest worker's database. */
export async function runCommand(
  parameters: readonly string[],
  { input = '', environment = {} }: { readonly input?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, ['dist/cli.js', ...parameters], {
    env: { ...environmentFor(), NODE_OPTIONS: '', ...environment },
  });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, stdout, stderr };
}
