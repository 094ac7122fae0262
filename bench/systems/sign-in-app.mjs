// @ts-check
// The real application on a port of its own, with one person who logs in and one business to read; and argon2 alone.
import 'reflect-metadata';
import { argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../dist/app.module.js';
import { configureApp } from '../../dist/configure-app.js';
import { runLanes } from '../method/lanes.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';

const PASSWORD = 'correct horse battery';
/** As `src/platform/crypto/password-hasher.ts` has them. */
const PARAMETERS = /** @type {const} */ ({ memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 });
const HASHES_AT_ONCE = 2;

const argon2Async = promisify(argon2);

serveContestant({
  open: async () => {
    /** @type {import('@nestjs/platform-express').NestExpressApplication} */
    const app = await NestFactory.create(AppModule.for('api'), { bodyParser: false, logger: false });
    configureApp(app);
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const email = `bench-${randomBytes(8).toString('hex')}@example.test`;
    const names = { firstName: 'Bench', lastName: 'Mark', organizationName: 'Benchmark' };
    const { accessToken } = await post(url, 'auth/register', { email, password: PASSWORD, ...names });
    const business = await post(url, 'businesses', { name: 'Read again and again' }, accessToken);
    return { port: Number(new URL(url).port), email, password: PASSWORD, accessToken, businessId: business.id };
  },
  hash: async ({ seconds, isTimed }) => {
    const work = async () => {
      const nonce = randomBytes(16);
      await argon2Async('argon2id', { ...PARAMETERS, message: PASSWORD, nonce });
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
 * @param {string} [accessToken]
 * @returns {Promise<any>}
 */
async function post(url, path, body, accessToken) {
  const headers = {
    'Content-Type': 'application/json',
    ...(accessToken && { Authorization: `Bearer ${accessToken}` }),
  };
  const answer = await fetch(`${url}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (answer.status === 201) return await answer.json();
  throw new Error(`POST ${path} was answered ${answer.status}: ${await answer.text()}`);
}
