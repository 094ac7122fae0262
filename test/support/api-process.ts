import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { COMPILED } from './command-line.js';
import { eventually } from './fault-proxy.js';
import { collectLines } from './process-lines.js';
import { environmentFor } from './test-environment.js';

/** On a busy machine; a second or two on a quiet one. */
const START_WITHIN_MS = 60_000;

/** The compiled API as a process of its own, on the jest worker's database: one that a test can kill. */
export class ApiProcess {
  /** What it wrote, line by line. Nothing, unless LOG_LEVEL says so. */
  readonly lines: readonly string[];

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    this.lines = collectLines(child.stdout);
  }

  static async start(environment: NodeJS.ProcessEnv = {}, withinMs = START_WITHIN_MS): Promise<ApiProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, ['dist/main.js'], {
      env: { ...environmentFor(), ...COMPILED, NODE_OPTIONS: '', PORT: String(port), ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.setMaxListeners(0);
    const api = new ApiProcess(child, `http://127.0.0.1:${port}`);
    try {
      await eventually(async () => {
        if (child.exitCode !== null) throw new Error(`The API ended with code ${child.exitCode}.`);
        await fetch(`${api.url}/api/health/live`);
      }, withinMs);
      return api;
    } catch (error) {
      await api.kill();
      throw error;
    }
  }

  /** Rejects when the process has ended: what it was asked gets no answer. */
  async gone(): Promise<never> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    throw new Error('The process has ended.');
  }

  /** Asks the process to stop, and waits until it has. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }

  /** Ends the process at once, as `kill -9` does: it finishes nothing. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port.');
  return address.port;
}
