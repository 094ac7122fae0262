import { randomUUID } from 'node:crypto';
import { PasswordHasher } from '../../src/platform/crypto/password-hasher.js';
import { BearerClient } from '../support/open-api-bearer.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const SAMPLES = 40;

let app: TestApp;
let client: BearerClient;

beforeAll(async () => {
  app = await TestApp.start();
  client = new BearerClient(app.url);
});
afterAll(async () => {
  client.close();
  await app.stop();
});

/** Puts accounts into the database, each with an address of its own, so that no limit per address is met. */
async function buildAccounts(password: string | null, isActive: boolean): Promise<string[]> {
  const hash = password === null ? null : await app.get(PasswordHasher).hash(password);
  const emails = Array.from({ length: SAMPLES }, () => `timed-${randomUUID()}@example.test`);
  await askAsSuperuser(
    `INSERT INTO users (id, product, email, password_hash, first_name, last_name, is_active)
       SELECT gen_random_uuid(), 'bestays', email, $2, 'Timed', 'User', $3 FROM unnest($1::text[]) email`,
    [emails, hash, isActive],
  );
  return emails;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

describe('the time of a failed log-in', () => {
  it('S2-26 does not tell an unknown address from an account, without a password or deactivated', async () => {
    const groups: Record<string, string[]> = {
      unknown: Array.from({ length: SAMPLES }, () => `nobody-${randomUUID()}@example.test`),
      known: await buildAccounts('correct horse battery', true),
      'without a password': await buildAccounts(null, true),
      deactivated: await buildAccounts('correct horse battery', false),
    };
    const times = Object.fromEntries(Object.keys(groups).map((name) => [name, [] as number[]]));
    // In turns, so that what the machine does besides falls on all alike.
    for (let number = 0; number < SAMPLES; number += 1) {
      for (const [name, emails] of Object.entries(groups)) {
        const { status, durationMs } = await client.login(emails[number] as string, 'wrong password');
        expect(status).toBe(401);
        times[name]?.push(durationMs);
      }
    }
    const medians = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
    const reference = medians['unknown'] ?? 0;
    // A log-in without a hash is 20 times as fast; what a busy machine does to medians is far less.
    const differing = Object.entries(medians).filter(([, value]) => value / reference > 2 || value / reference < 0.5);
    expect([medians, differing]).toEqual([medians, []]);
  });
});
