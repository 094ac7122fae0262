// @ts-check
// Sends requests over connections that stay open, each waiting for its answer before the next, and reads every answer.
import 'reflect-metadata';
import { SigningKeys } from '../../dist/features/auth/signing-keys.js';
import { TokenService } from '../../dist/features/auth/token.service.js';
import { Configuration } from '../../dist/platform/config/configuration.js';
import { runLanes } from '../method/lanes.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';
import { Connection } from './http-connection.mjs';

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
