import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import { exitWithCode, failWithCode } from '../../src/platform/cli/exit-code.js';
import { Terminal } from '../../src/platform/cli/terminal.js';
import { Configuration } from '../../src/platform/config/configuration.js';
import { environmentFor } from './test-environment.js';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Node keeps there what it compiled of our modules and of others', for the next process. */
export const COMPILED = { NODE_COMPILE_CACHE: join(process.env['DATA_DIR'] as string, 'compile-cache') };

/** Runs the compiled command line as an operator would, against the jest worker's database. */
export async function runCommand(
  parameters: readonly string[],
  { input = '', environment = {} }: { readonly input?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, ['dist/cli.js', ...parameters], {
    env: { ...environmentFor(), ...COMPILED, NODE_OPTIONS: '', ...environment },
  });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, stdout, stderr };
}

/** Starts the same and kills it, as `kill -9` does, when `until` says so, unless it has ended before. */
export async function runCommandUntil(
  parameters: readonly string[],
  { environment = {}, until }: { readonly environment?: NodeJS.ProcessEnv; readonly until: () => Promise<boolean> },
): Promise<void> {
  const child = spawn(process.execPath, ['dist/cli.js', ...parameters], {
    env: { ...environmentFor(), ...COMPILED, NODE_OPTIONS: '', ...environment },
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  while (child.exitCode === null && !(await until())) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGKILL');
  await ended;
}

/**
 * Carries a command out in an application of its own in this process, which takes a tenth of the time of a process.
 * For tests of what a command does; how the process takes its words and ends is for {@link runCommand}.
 */
export async function carryOut(...parameters: readonly string[]): Promise<CommandResult> {
  return await carryOutIn({}, ...parameters);
}

/** The same with other variables. One at a time: meanwhile, what would end the process ends the command. */
export async function carryOutIn(
  environment: NodeJS.ProcessEnv,
  ...parameters: readonly string[]
): Promise<CommandResult> {
  // Only now: jest cannot load a CommonJS package that requires Nest while Nest itself is being loaded.
  const { CommandRunnerModule, CommandRunnerService } = await import('nest-commander');
  const { CliModule } = await import('../../src/cli.module.js');
  const terminal = new WrittenTerminal();
  const commands = CommandRunnerModule.forModule(AppModule.for('cli', [CliModule]), {
    errorHandler: exitWithCode,
    serviceErrorHandler: failWithCode,
    outputConfiguration: { writeErr: (text) => terminal.complain(text), writeOut: (text) => terminal.print(text) },
  });
  const builder = Test.createTestingModule({ imports: [commands] });
  builder.overrideProvider(Configuration).useValue(Configuration.load({ ...environmentFor(), ...environment }));
  const module = await builder.overrideProvider(Terminal).useValue(terminal).compile();
  const { exit } = process;
  let endedWith: number | undefined;
  process.exit = (code) => {
    // What is thrown here comes back to the handlers of errors, which would end the process once more.
    endedWith ??= Number(code);
    throw new Error(`The process would have ended with ${endedWith}.`);
  };
  try {
    await module.init();
    await module.get(CommandRunnerService).run(['node', 'cli', ...parameters]);
  } catch (error) {
    if (endedWith === undefined) throw error;
    terminal.endWith(endedWith);
  } finally {
    process.exit = exit;
    await module.close();
  }
  return terminal;
}

class WrittenTerminal extends Terminal implements CommandResult {
  code = 0;
  stdout = '';
  stderr = '';

  override print(text: string): void {
    this.stdout += text;
  }

  override complain(text: string): void {
    this.stderr += text;
  }

  override endWith(code: number): void {
    this.code = code;
  }
}
