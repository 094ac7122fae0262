// @ts-check
// Logs in, or reads, over connections that stay open; and reads while log-ins arrive at a rate of their own.
import { setTimeout as delay } from 'node:timers/promises';
import { runLanes } from '../method/lanes.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';
import { quantile } from '../method/statistics.mjs';
import { Connection } from './http-connection.mjs';

/** @typedef {{ port: number, emails: string[], password: string, accessToken: string, businessId: string }} Target */

/** @type {Target} */
let target;

serveContestant({
  open: (details) => {
    target = details.target;
  },
  logIn: async ({ seconds, inFlight, isTimed }) => await run({ seconds, inFlight, isTimed, send: logIn }),
  warmUp: async ({ work, seconds }) =>
    await run({ seconds, inFlight: 8, isTimed: false, send: work === 'read' ? read : logIn }),
  arrive: async ({ seconds, readsPerSecond, loginsPerSecond }) => {
    const before = process.cpuUsage();
    const crowds = [new Crowd(readsPerSecond, read), new Crowd(loginsPerSecond, logIn)];
    const [reads, logins] = await Promise.all(crowds.map((crowd) => crowd.arriveFor(seconds)));
    const latencyMicros = quantile(reads?.latencies ?? [], 0.99) * 1_000;
    const operations = reads?.latencies.length ?? 0;
    const { user, system } = process.cpuUsage(before);
    return { operations, seconds, processorMicros: user + system, latencyMicros, logins: logins?.answeredInTime };
  },
});

/** Sends at even intervals, whether what was sent before is answered or not: people do not wait for each other. */
class Crowd {
  /** @type {Connection[]} */
  #idle = [];
  /** @type {number[]} */
  #latencies = [];

  /**
   * @param {number} perSecond
   * @param {(connection: Connection) => Promise<void>} send throws on a wrong answer, which voids the run
   */
  constructor(perSecond, send) {
    this.perSecond = perSecond;
    this.send = send;
  }

  /**
   * @param {number} seconds
   * @returns {Promise<{ latencies: number[], answeredInTime: number }>} in ms, each from when it was due
   */
  async arriveFor(seconds) {
    const startedAt = performance.now();
    /** @type {Promise<void>[]} */
    const sent = [];
    for (let number = 0; number < this.perSecond * seconds; number += 1) {
      const dueAt = startedAt + (number * 1_000) / this.perSecond;
      const early = dueAt - performance.now();
      if (early > 0) await delay(early);
      sent.push(this.#sendOne(dueAt));
    }
    await delay(startedAt + seconds * 1_000 - performance.now());
    const answeredInTime = this.#latencies.length;
    await Promise.all(sent);
    for (const connection of this.#idle) connection.close();
    return { latencies: this.#latencies, answeredInTime };
  }

  /** @param {number} dueAt */
  async #sendOne(dueAt) {
    const connection = this.#idle.pop() ?? (await Connection.open(target.port));
    await this.send(connection);
    this.#latencies.push(performance.now() - dueAt);
    this.#idle.push(connection);
  }
}

/**
 * @param {object} options
 * @param {number} options.seconds
 * @param {number} options.inFlight
 * @param {boolean} options.isTimed
 * @param {(connection: Connection) => Promise<void>} options.send
 */
async function run({ inFlight, send, ...options }) {
  const connections = await Promise.all(Array.from({ length: inFlight }, () => Connection.open(target.port)));
  const free = [...connections];
  const work = async () => {
    const connection = free.pop();
    if (!connection) throw new Error('There are more lanes than connections.');
    await send(connection);
    free.push(connection);
  };
  try {
    return await runLanes({ work, inFlight, ...options });
  } finally {
    for (const connection of connections) connection.close();
  }
}

let logIns = 0;

/** @param {Connection} connection */
async function logIn(connection) {
  const email = target.emails[logIns++ % target.emails.length];
  const body = JSON.stringify({ email, password: target.password });
  const head = `POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json`;
  expectPart(
    await connection.send(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
    '"accessToken"',
  );
}

/** @param {Connection} connection */
async function read(connection) {
  const head = `GET /api/v1/businesses/${target.businessId} HTTP/1.1\r\nHost: localhost`;
  expectPart(
    await connection.send(`${head}\r\nAuthorization: Bearer ${target.accessToken}\r\n\r\n`),
    `"id":"${target.businessId}"`,
  );
}

/**
 * @param {string} answer
 * @param {string} part
 */
function expectPart(answer, part) {
  if (answer.startsWith('{') && answer.includes(part)) return;
  throw new Error(`A request was answered wrongly, so nothing that was measured counts: ${answer.slice(0, 300)}`);
}
