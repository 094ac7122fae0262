import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { transformFileSync } from '@swc/core';
import { collectLines } from './process-lines.js';
import { environmentFor } from './test-environment.js';

/** Below the checkout, so that packages are found from there. */
const FOLDER = resolve('.data/test-worker');
const ENTRY = `
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../dist/app.module.js';
import { ClerkEventWorker } from '../../dist/features/clerk/clerk-event.worker.js';
import { NestLogger } from '../../dist/platform/logging/nest-logger.js';
import { JobWorker } from '../../dist/platform/queue/job-worker.js';
import { TestJobsModule } from './test-jobs.mjs';
const options = { bufferLogs: true, abortOnError: false };
const app = await NestFactory.createApplicationContext(AppModule.for('worker', [TestJobsModule]), options);
app.useLogger(app.get(NestLogger));
app.enableShutdownHooks();
app.get(JobWorker).start();
app.get(ClerkEventWorker).start();
process.stdout.write('worker is ready\\n');
`;

/** The compiled worker as a process of its own, with the processors of tests: one that a test can kill. */
export class WorkerProcess {
  /** What it wrote, line by line. */
  readonly lines: readonly string[];

  private constructor(private readonly child: ChildProcess) {
    this.lines = collectLines(child.stdout);
  }

  static async start(environment: NodeJS.ProcessEnv = {}): Promise<WorkerProcess> {
    const entry = writeEntry();
    const child = spawn(process.execPath, [entry], {
      env: { ...environmentFor(), NODE_OPTIONS: '', LOG_LEVEL: 'info', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const worker = new WorkerProcess(child);
    const deadline = Date.now() + 60_000;
    while (!worker.lines.includes('worker is ready')) {
      if (worker.hasEnded || Date.now() > deadline) throw new Error('The worker did not start.');
      await new Promise((done) => setTimeout(done, 50));
    }
    return worker;
  }

  /** Memory that it takes, in bytes. Linux tells it. */
  get residentBytes(): number {
    const [, kilobytes = ''] =
      /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1_024;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Ends the process at once, as `kill -9` does: it finishes nothing. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Asks it to stop, and waits until it has. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}

/** Compiles the processors of tests, which are no part of the application, against what was compiled of it. */
function writeEntry(): string {
  mkdirSync(FOLDER, { recursive: true });
  const { exclude: _exclude, ...options } = JSON.parse(readFileSync('.swcrc', 'utf8')) as Record<string, unknown>;
  const { code } = transformFileSync('test/support/test-jobs.ts', { ...options, swcrc: false, sourceMaps: false });
  writeFileSync(join(FOLDER, 'test-jobs.mjs'), code.replaceAll('../../src/', '../../dist/'));
  const entry = join(FOLDER, 'worker.mjs');
  writeFileSync(entry, ENTRY);
  return entry;
}
