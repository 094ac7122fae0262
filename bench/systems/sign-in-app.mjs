// @ts-check
// The real application on a port of its own, with people who log in and one business to read; and argon2 alone.
import 'reflect-metadata';
import { argon2, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { hash } from '@node-rs/argon2';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../dist/app.module.js';
import { configureApp } from '../../dist/configure-app.js';
import { runLanes } from '../method/lanes.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';

const PASSWORD = 'correct horse battery';
/** As `src/platform/crypto/password-hasher.ts` has them. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };
const NODE_PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
const HASHES_AT_ONCE = 2;
/** Many log-ins of one person at once would be delayed like guesses. */
const PEOPLE = 100;

const argon2Async = promisify(argon2);

serveContestant({
  open: async () => {
    /** @type {import('@nestjs/platform-express').NestExpressApplication} */
    const app = await NestFactory.create(AppModule.for('api'), { bodyParser: false, logger: false });
    configureApp(app);
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const emails = Array.from({ length: PEOPLE }, () => `bench-${randomBytes(8).toString('hex')}@example.test`);
    const names = { firstName: 'Bench', lastName: 'Mark', organizationName: 'Benchmark' };
    let accessToken = '';
    for (const [number, email] of emails.entries()) {
      // Each from an address of its own: registrations from one are delayed.
      const from = `127.0.1.${number + 1}`;
      ({ accessToken } = await post(url, 'auth/register', { email, password: PASSWORD, ...names }, { from }));
    }
    const business = await post(url, 'businesses', { name: 'Read again and again' }, { accessToken });
    return { port: Number(new URL(url).port), emails, password: PASSWORD, accessToken, businessId: business.id };
  },
  hash: async ({ seconds, isTimed }) => {
    const work = async () => void (await hash(PASSWORD, PARAMETERS));
    return await runLanes({ work, seconds, inFlight: HASHES_AT_ONCE, isTimed });
  },
  hashWithNode: async ({ seconds, isTimed }) => {
    const work = async () => {
      const nonce = randomBytes(16);
      await argon2Async('argon2id', { ...NODE_PARAMETERS, message: PASSWORD, nonce });
    };
    return await runLanes({ work, seconds, inFlight: HASHES_AT_ONCE, isTimed });
  },
  processorMicros: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  collectGarbage: () => globalThis.gc?.(),
});

/**
 * @param {string} url
 * @param {string} path
 * @param {object} body
 * @param {{ accessToken?: string, from?: string }} [options] `from`: an address of this machine
 * @returns {Promise<any>}
 */
async function post(url, path, body, { accessToken, from } = {}) {
  const headers = {
    'Content-Type': 'application/json',
    ...(accessToken && { Authorization: `Bearer ${accessToken}` }),
  };
  const sent = request(`${url}/api/v1/${path}`, { method: 'POST', headers, localAddress: from });
  sent.end(JSON.stringify(body));
  const [answer] = await once(sent, 'response');
  const received = await text(answer);
  if (answer.statusCode === 201) return JSON.parse(received);
  throw new Error(`POST ${path} was answered ${answer.statusCode}: ${received}`);
}
