import { randomUUID } from 'node:crypto';
import { buildUser } from '../support/builders.js';
import { RawClient } from '../support/open-api-request.js';
import { SmtpServer } from '../support/smtp-server.js';
import { TestApp } from '../support/test-app.js';

let app: TestApp;
let client: RawClient;
let smtp: SmtpServer;

beforeAll(async () => {
  smtp = await SmtpServer.start();
  const environment = { SMTP_URL: smtp.url, MAIL_FROM: 'no-reply@example.test', APP_URL: 'https://app.example.test/' };
  app = await TestApp.start({ environment });
  client = new RawClient(app.url);
});
afterAll(async () => {
  client.close();
  await smtp.stop();
  await app.stop();
});

const ask = async (email: string) =>
  await client.sendAs(null, {
    method: 'post',
    path: '/api/v1/auth/password-resets',
    body: JSON.stringify({ email }),
  });

async function until(isDone: () => boolean): Promise<void> {
  for (const late = Date.now() + 5_000; !isDone() && Date.now() < late;)
    await new Promise((done) => setTimeout(done, 10));
  expect(isDone()).toBe(true);
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

describe('a mail with a link', () => {
  it('reaches the mail server, and its link the application', async () => {
    const { email } = await buildUser(app);
    expect((await ask(email)).status).toBe(202);
    await until(() => smtp.mails.length === 1);
    const text = smtp.mails[0]?.replaceAll('=\n', '').replaceAll('=3D', '=') ?? '';
    const [, token] = /https:\/\/app\.example\.test\/reset-password#token=([\w-]{43})/.exec(text) ?? [];
    await app.http().put('/api/v1/auth/password-resets').send({ token, newPassword: 'another horse' }).expect(204);
  });

  it.each(['refuse', 'silent', 'hang', 'close'] as const)(
    'changes nothing for whoever asks when the server would %s',
    async (mode) => {
      smtp.mode = mode;
      const { email } = await buildUser(app);
      const before = smtp.connections;
      const known = await ask(email);
      const unknown = await ask(`nobody-${randomUUID()}@example.test`);
      expect(known).toMatchObject({ status: 202, body: unknown.body });
      expect(known.durationMs).toBeLessThan(500);
      await until(() => smtp.connections > before);
      smtp.mode = 'accept';
    },
  );

  it('is sent behind the answer: known and unknown addresses take the same time', async () => {
    smtp.mode = 'accept';
    const users = await Promise.all(Array.from({ length: 10 }, () => buildUser(app)));
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (let round = 0; round < 6; round += 1) {
      for (const { email } of users) {
        times.known.push((await ask(email)).durationMs);
        times.unknown.push((await ask(`nobody-${randomUUID()}@example.test`)).durationMs);
      }
    }
    const [known, unknown] = [median(times.known), median(times.unknown)];
    // A mail takes several round trips; a millisecond is less than any of them, and what the machine varies by.
    expect([known, unknown, Math.abs(known - unknown) < Math.max(1.5, 0.3 * unknown)]).toEqual([known, unknown, true]);
  });
});
