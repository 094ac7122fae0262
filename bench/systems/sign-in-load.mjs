// @ts-check
// Logs in, or reads, over connections that stay open; and reads while log-ins arrive at a rate of their own.
import { runLanes } from '../method/lanes.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';
import { Connection } from './http-connection.mjs';

/** @typedef {{ port: number, email: string, password: string, accessToken: string, businessId: string }} Target */

/** @type {Target} */
let target;

serveContestant({
  open: (details) => {
    target = details.target;
  },
  logIn: async ({ seconds, inFlight, isTimed }) => await run({ seconds, inFlight, isTimed, send: logIn }),
  read: async ({ seconds, inFlight, loginsPerSecond }) => {
    const arriving = loginsPerSecond > 0 ? new Arrivals(loginsPerSecond) : undefined;
    try {
      const measured = await run({ seconds, inFlight, isTimed: true, latencyQuantile: 0.99, send: read });
      return { ...measured, logins: (await arriving?.stop()) ?? 0 };
    } finally {
      arriving?.close();
    }
  },
});

/** Log-ins at even intervals, whether those before are answered or not: people do not wait for each other. */
class Arrivals {
  /** @type {Connection[]} */
  #idle = [];
  /** @type {Connection[]} */
  #all = [];
  /** @type {Set<Promise<void>>} */
  #running = new Set();
  #answered = 0;
  /** @type {unknown} */
  #failure;
  #timer;

  /** @param {number} perSecond */
  constructor(perSecond) {
    this.#timer = setInterval(() => {
      const running = this.#logIn().catch((error) => void (this.#failure ??= error));
      this.#running.add(running);
      void running.finally(() => this.#running.delete(running));
    }, 1_000 / perSecond);
  }

  /** @returns {Promise<number>} how many were answered so far */
  async stop() {
    clearInterval(this.#timer);
    const answered = this.#answered;
    await Promise.all(this.#running);
    if (this.#failure) throw this.#failure;
    return answered;
  }

  close() {
    clearInterval(this.#timer);
    for (const connection of this.#all) connection.close();
  }

  async #logIn() {
    const connection = this.#idle.pop() ?? (await this.#open());
    await logIn(connection);
    this.#answered += 1;
    this.#idle.push(connection);
  }

  async #open() {
    const connection = await Connection.open(target.port);
    this.#all.push(connection);
    return connection;
  }
}

/**
 * @param {object} options
 * @param {number} options.seconds
 * @param {number} options.inFlight
 * @param {boolean} options.isTimed
 * @param {number} [options.latencyQuantile]
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

/** @param {Connection} connection */
async function logIn(connection) {
  const body = JSON.stringify({ email: target.email, password: target.password });
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
