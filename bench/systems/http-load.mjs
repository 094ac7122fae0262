// @ts-check
// Sends requests over connections that stay open, each waiting for its answer before the next, and reads every answer.
import 'reflect-metadata';
import { once } from 'node:events';
import { connect } from 'node:net';
import { SigningKeys } from '../../dist/features/auth/signing-keys.js';
import { TokenService } from '../../dist/features/auth/token.service.js';
import { Configuration } from '../../dist/platform/config/configuration.js';
import { runLanes } from '../method/lanes.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';

/**
 * @typedef {{ userId: string, sessionId: string, organizationId: string }} Login
 * @typedef {{ message: string, organizationId: string }} PreparedRequest
 */

/** @type {PreparedRequest[]} */
let requests = [];
let next = 0;

serveContestant({
  open: async ({ logins }) => {
    const configuration = Configuration.load();
    const tokens = new TokenService(configuration, await SigningKeys.load(configuration));
    requests = await Promise.all(logins.map((/** @type {Login} */ login) => prepare(login, tokens)));
  },
  /** `answers` is what the doors of the server let its handler know: nothing, one organization for all, or the right one. */
  run: async ({ port, seconds, inFlight, firstLogins, organizationId, isTimed }) => {
    const connections = await Promise.all(Array.from({ length: inFlight }, () => Connection.open(port)));
    const work = async () => {
      const connection = connections.pop();
      const request = requests[next++ % firstLogins];
      if (!connection || !request) throw new Error('There are more lanes than connections.');
      const expected = organizationId === undefined ? request.organizationId : organizationId;
      const body = await connection.send(request.message);
      if (body !== JSON.stringify({ organizationId: expected })) {
        throw new Error(`A request for ${expected} was answered wrongly, so nothing that was measured counts: ${body}`);
      }
      connections.push(connection);
    };
    try {
      return await runLanes({ work, seconds, inFlight, isTimed });
    } finally {
      for (const connection of connections) connection.close();
    }
  },
});

/**
 * @param {Login} login
 * @param {TokenService} tokens
 * @returns {Promise<PreparedRequest>}
 */
async function prepare({ userId, sessionId, organizationId }, tokens) {
  const token = await tokens.issueAccessToken(userId, sessionId);
  const lines = [
    'GET /api/v1/nothing HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${token}`,
    'Accept: application/json',
  ];
  return { message: `${lines.join('\r\n')}\r\n\r\n`, organizationId };
}

/** One connection of a client that is cheaper than the server, so that it does not become what is measured. */
class Connection {
  #socket;
  #received = '';
  /** @type {((body: string) => void) | undefined} */
  #deliver;
  /** @type {((error: Error) => void) | undefined} */
  #fail;

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (chunk) => this.#receive(String(chunk)));
    socket.on('error', (error) => this.#fail?.(error));
    socket.on('end', () => this.#fail?.(new Error('The server closed the connection.')));
  }

  /** @param {number} port */
  static async open(port) {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /**
   * @param {string} message
   * @returns {Promise<string>} the body of the answer; of one that is not 200 also the status
   */
  send(message) {
    return new Promise((resolve, reject) => {
      this.#deliver = resolve;
      this.#fail = reject;
      this.#socket.write(message);
    });
  }

  close() {
    this.#socket.destroy();
  }

  /** @param {string} chunk */
  #receive(chunk) {
    this.#received += chunk;
    const headerEnd = this.#received.indexOf('\r\n\r\n') + 4;
    if (headerEnd < 4) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received)?.[1]);
    if (Number.isNaN(length)) throw new Error('The answer has no Content-Length.');
    if (this.#received.length < headerEnd + length) return;
    const answer = this.#received;
    this.#received = '';
    const body = answer.slice(headerEnd);
    this.#deliver?.(answer.startsWith('HTTP/1.1 200 ') ? body : `${answer.slice(9, 12)} ${body}`);
  }
}
