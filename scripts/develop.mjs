// @ts-check
// The second half of `npm start`, on Node 24: services, migrations, demo data, API and worker, until it is stopped.
import { once } from 'node:events';
import { get } from 'node:http';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readPort } from './application-port.mjs';
import { recordProcesses, startApplicationProcess } from './application-processes.mjs';
import { ensureBuilt } from './build.mjs';
import { checkoutFolder, loadEnvironmentFile, resolveDataDir } from './checkout.mjs';
import { loadDevelopmentSecrets } from './development-secrets.mjs';
import { spawnLaunched } from './launched-process.mjs';
import { reportTo } from './progress.mjs';
import { startServices } from './services.mjs';
import { StartUpOutput } from './start-up-output.mjs';
import { failWith, StartupProblem } from './startup-problem.mjs';
import { onStopSignal } from './stop-signals.mjs';

const READY_WITHIN_MS = 90_000;
const DEMO_PASSWORD = 'bulkhead-demo-1';
const DEMO_LOG_INS = [
  ['owner@acme.test', 'owner of acme'],
  ['admin@acme.test', 'admin of acme'],
  ['member@acme.test', 'member of acme'],
  ['owner@globex.test', 'owner of globex'],
  ['both@demo.test', 'admin of acme, member of globex'],
  ['root@bulkhead.test', 'platform superuser'],
];

const report = reportTo(process.stdout);
const stopping = new AbortController();
const { signal } = stopping;

/** What was started, in this order. @type {Array<(options?: { isForced?: boolean }) => Promise<unknown>>} */
const closers = [];

async function develop() {
  loadEnvironmentFile();
  const port = readPort(process.env);
  const dataDir = resolveDataDir();
  const environment = process.env['ENVIRONMENT'] || 'development';

  await ensureBuilt({ report, signal });
  const services = await startServices({ dataDir, env: process.env, purpose: 'start', report, signal });
  closers.push(services.stop);
  const env = {
    ...process.env,
    ...(await secretsOf(environment, dataDir)),
    ...services.env,
    ENVIRONMENT: environment,
    DATA_DIR: dataDir,
    PORT: String(port),
  };
  report('Migrating the database …');
  await runCommand(['db:migrate'], env);
  if (environment === 'development') {
    report('Loading the demo data, if the database is empty …');
    await runCommand(['db:seed', '--if-empty'], env);
  }
  await runApplication({ env, port, dataDir, environment, services });
}

/**
 * @param {string} environment
 * @param {string} dataDir
 */
async function secretsOf(environment, dataDir) {
  const areGenerated = environment === 'development' || environment === 'test';
  return areGenerated ? loadDevelopmentSecrets({ dataDir, env: process.env }) : {};
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function runCommand(args, env) {
  const child = spawnLaunched(process.execPath, [join(checkoutFolder, 'dist/cli.js'), ...args], {
    cwd: checkoutFolder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  const [code, endSignal] = await once(child, 'close');
  if (code === 0) return;
  throw new StartupProblem(`${args.join(' ')} failed (${endSignal ?? `exit code ${code}`}):\n\n${output.trim()}`);
}

/**
 * @param {object} options
 * @param {NodeJS.ProcessEnv} options.env
 * @param {number} options.port
 * @param {string} options.dataDir
 * @param {string} options.environment
 * @param {import('./services.mjs').Services} options.services
 */
async function runApplication({ env, port, dataDir, environment, services }) {
  signal.throwIfAborted();
  report('Starting API and worker …');
  const output = new StartUpOutput(process.stdout);
  const write = output.write.bind(output);
  const api = startApplicationProcess({ script: 'main.js', env, write });
  const worker = startApplicationProcess({ script: 'worker.js', env, write });
  const forgetProcesses = recordProcesses({ dataDir, port, processes: [api, worker] });
  closers.push(async (how) => {
    await Promise.all([api.stop(how), worker.stop(how)]);
    forgetProcesses();
  });
  const ended = Promise.race([
    api.ended.then((how) => `The API has ended (${how}).`),
    worker.ended.then((how) => `The worker has ended (${how}).`),
    services.lost.then((what) => `${what}.`),
  ]);

  const probing = new AbortController();
  try {
    const problem = await Promise.race([ended, waitUntilReady(port, AbortSignal.any([signal, probing.signal]))]);
    if (problem !== undefined) throw new StartupProblem(problem);
  } catch (error) {
    if (!signal.aborted) output.print({ isComplete: true });
    throw error;
  } finally {
    probing.abort();
  }
  // The application logs our probe after it has answered.
  await delay(200, undefined, { signal });
  output.print({ isComplete: Boolean(process.env['LOG_LEVEL']) });
  printAddresses({ port, dataDir, environment, services });
  output.letThrough();

  const problem = await Promise.race([ended, once(signal, 'abort')]);
  if (typeof problem === 'string') throw new StartupProblem(`${problem} Stopping everything else …`);
}

/**
 * @param {number} port
 * @param {AbortSignal} probingSignal
 * @returns {Promise<string | undefined>} why it is not ready in time
 */
async function waitUntilReady(port, probingSignal) {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await askReadiness(port);
    if (answer === undefined) return undefined;
    if (Date.now() > deadline) return `The API is not ready after ${READY_WITHIN_MS / 1000} s. It says: ${answer}`;
    await delay(200, undefined, { signal: probingSignal });
  }
}

/**
 * @param {number} port
 * @returns {Promise<string | undefined>} undefined when it is ready
 */
function askReadiness(port) {
  return new Promise((resolve) => {
    // No agent: a connection kept open would hold up the API's own shutdown.
    const request = get(
      { host: 'localhost', port, path: '/api/health/ready', agent: false, timeout: 5_000 },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => (body += text));
        response.on('close', () => resolve(response.statusCode === 200 ? undefined : `${response.statusCode} ${body}`));
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer within 5 s')));
    request.on('error', (error) => resolve(error.message || 'connection refused'));
  });
}

/** @param {{ port: number, dataDir: string, environment: string, services: import('./services.mjs').Services }} options */
function printAddresses({ port, dataDir, environment, services }) {
  const address = `http://localhost:${port}`;
  const { database, redis } = services.describe();
  const metricsToken = process.env['METRICS_TOKEN']
    ? 'METRICS_TOKEN'
    : `METRICS_TOKEN in ${relative('', join(dataDir, 'secrets.json'))}`;
  const lines = [
    '',
    `  API         ${address}/api/v1`,
    `  API docs    ${address}/docs`,
    `  Metrics     ${address}/metrics (bearer token: ${metricsToken})`,
    `  PostgreSQL  ${database}`,
    `  Redis       ${redis}`,
    '',
  ];
  if (environment === 'development') {
    lines.push(`  Demo log-ins, each with the password ${DEMO_PASSWORD}`);
    for (const [email = '', who] of DEMO_LOG_INS) lines.push(`    ${email.padEnd(20)}${who}`);
    lines.push('');
  }
  process.stdout.write(`${lines.join('\n')}\nBulkhead is ready on ${address}\n`);
}

/** @param {{ isForced?: boolean }} [options] */
async function close(options) {
  for (const closer of closers.toReversed()) {
    try {
      await closer(options);
    } catch (error) {
      failWith(error);
    }
  }
}

// A reader of our output that goes away (`npm start | head`) is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

onStopSignal((_signal, count) => {
  if (count === 1) {
    report('Stopping (Ctrl-C again to force it) …');
    stopping.abort();
    return;
  }
  void forceEnd();
});

async function forceEnd() {
  await close({ isForced: true });
  process.exit(130);
}

try {
  await develop();
} catch (error) {
  if (!signal.aborted) failWith(error);
}
await close();
