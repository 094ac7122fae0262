// @ts-check
// `npm run start:both`: both products with demo content, on one PostgreSQL and one Redis, until Ctrl-C.
import { once } from 'node:events';
import { join } from 'node:path';
import { checkoutFolder } from './checkout.mjs';
import { spawnLaunched } from './launched-process.mjs';
import { PORTS } from './products.mjs';
import { failWith, StartupProblem } from './startup-problem.mjs';
import { onStopSignal } from './stop-signals.mjs';

const READY = /^Bulkhead is ready on /m;

/**
 * What runs, in the order of its start: the first holds the embedded services, so it is stopped last.
 * @type {Array<ReturnType<typeof startProduct>>}
 */
const running = [];
let isStopping = false;

/** @param {string} product */
function startProduct(product) {
  const script = join(checkoutFolder, 'scripts/start-product.mjs');
  const child = spawnLaunched(process.execPath, [script, product], {
    env: process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const label = `${product.padEnd(10)} | `;
  /** @type {Promise<void>} */
  const ready = new Promise((resolve) => {
    for (const [stream, out] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])) {
      stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        out.write(text.replaceAll(/^(?=[^\n])/gm, label));
        if (READY.test(text)) resolve();
      });
    }
  });
  const ended = once(child, 'exit').then(
    ([code, signal]) => `${product} has ended (${signal ?? `exit code ${code}`}).`,
  );
  return { child, ready, ended };
}

/** @param {number} count */
async function stop(count) {
  isStopping = true;
  if (count > 1) {
    for (const { child } of running) child.kill('SIGINT');
    return;
  }
  for (const { child, ended } of running.toReversed()) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    await ended;
  }
}

async function startBoth() {
  for (const product of Object.keys(PORTS)) {
    const started = startProduct(product);
    running.push(started);
    const problem = await Promise.race([started.ready, started.ended]);
    if (problem !== undefined) throw new StartupProblem(problem);
    if (isStopping) return;
  }
  const addresses = Object.entries(PORTS).map(([product, port]) => `${product} on http://localhost:${port}`);
  process.stdout.write(`\nBoth are ready: ${addresses.join(', ')}\n`);
  const problem = await Promise.race(running.map(({ ended }) => ended));
  if (!isStopping) throw new StartupProblem(`${problem} Stopping the other …`);
}

const stopListening = onStopSignal((_signal, count) => void stop(count));
try {
  await startBoth();
} catch (error) {
  if (!isStopping) failWith(error);
}
await stop(1);
stopListening();
