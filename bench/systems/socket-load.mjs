// @ts-check
// Clients of one server, as small as they can be: Socket.IO's protocol by hand, over plain WebSockets.
import 'reflect-metadata';
import { WebSocket } from 'ws';
import { SigningKeys } from '../../dist/features/auth/signing-keys.js';
import { TokenService } from '../../dist/features/auth/token.service.js';
import { Configuration } from '../../dist/platform/config/configuration.js';
import { serveContestant } from '../method/serve-contestant.mjs';
import { quantile } from '../method/statistics.mjs';

const NAMESPACE = '/organization';
const OPENING_AT_ONCE = 50;
const LONGEST_WAIT_MS = 20_000;

/** @typedef {{ organizationId: string, token: string }} Login */

/** @type {Login[]} */
let logins = [];
let port = 0;
/** Sockets that stay. @type {WebSocket[]} */
const staying = [];
let received = 0;
let expected = Infinity;
let onAll = () => {};
/** By when it was sent: how many have it, and when the last one got it. @type {Map<string, { count: number, lastAt: number }>} */
const deliveries = new Map();

serveContestant({
  open: async (details) => {
    const configuration = Configuration.load();
    const tokens = new TokenService(configuration, await SigningKeys.load(configuration));
    port = details.port;
    logins = await Promise.all(
      details.logins.map(async (/** @type {any} */ { userId, sessionId, organizationId }) => ({
        organizationId,
        token: await tokens.issueAccessToken(userId, sessionId),
      })),
    );
  },
  /** Opens so many sockets of each log-in, for good. */
  connect: async ({ each }) => {
    for (let time = 0; time < each; time += 1) staying.push(...(await openAll(logins)));
  },
  /** Opens sockets and closes them again; returns how long the opening took. */
  connectBriefly: async ({ count }) => {
    const startedAt = performance.now();
    const before = process.cpuUsage();
    const sockets = await openAll(
      Array.from({ length: count }, (_, number) => /** @type {Login} */ (logins[number % logins.length])),
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    const { user, system } = process.cpuUsage(before);
    await Promise.all(sockets.map(closeSocket));
    return { operations: count, seconds, helperMicros: user + system };
  },
  /** To be asked before updates are sent. */
  expect: ({ count }) => {
    received = 0;
    expected = count;
    deliveries.clear();
  },
  /** Answers when all have come, with how long each update took to reach its last receiver, in µs. */
  receiveAll: async ({ most = LONGEST_WAIT_MS }) => {
    await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`Of ${expected} updates ${received} came, so nothing counts.`)),
        most,
      );
      onAll = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
      if (received >= expected) onAll();
    });
    const micros = [...deliveries].map(([sentAt, { lastAt }]) => (lastAt - Number(sentAt)) * 1_000);
    return { latencyMicros: quantile(micros, 0.99), receivers: [...deliveries.values()].map(({ count }) => count) };
  },
  processorMicros: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  collectGarbage: () => globalThis.gc?.(),
});

/** @param {readonly Login[]} wanted */
async function openAll(wanted) {
  /** @type {WebSocket[]} */
  const sockets = [];
  const waiting = [...wanted];
  const lane = async () => {
    for (let login = waiting.pop(); login; login = waiting.pop()) sockets.push(await openSocket(login));
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, lane));
  return sockets;
}

/** @param {Login} login */
async function openSocket({ organizationId, token }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
    perMessageDeflate: false,
  });
  await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const message = String(data);
      if (message === '2') socket.send('3');
      else if (message.startsWith('0')) socket.send(`40${NAMESPACE},${JSON.stringify({ token, organizationId })}`);
      else if (message.startsWith(`42${NAMESPACE},["ready"`)) resolve(undefined);
      else if (message.startsWith(`42${NAMESPACE},["update"`)) receive(message, organizationId);
      else if (!message.startsWith('40')) reject(new Error(`A socket was told ${message.slice(0, 300)}`));
    });
  });
  return socket;
}

/**
 * @param {string} message
 * @param {string} organizationId
 */
function receive(message, organizationId) {
  if (!message.includes(`"organizationId":"${organizationId}"`)) throw new Error(`A foreign update: ${message}`);
  const sentAt = /** @type {string} */ (/"sentAt":([\d.]+)/.exec(message)?.[1]);
  const delivery = deliveries.get(sentAt) ?? { count: 0, lastAt: 0 };
  delivery.count += 1;
  delivery.lastAt = performance.timeOrigin + performance.now();
  deliveries.set(sentAt, delivery);
  received += 1;
  if (received >= expected) onAll();
}

/** @param {WebSocket} socket */
async function closeSocket(socket) {
  await new Promise((resolve) => {
    socket.once('close', resolve);
    socket.close();
  });
}
