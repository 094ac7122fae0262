import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { PINO } from '../../src/platform/logging/logging.module.js';
import { buildBusiness, buildOrganization, type BuiltOrganization, PASSWORD } from '../support/builders.js';
import { FACEBOOK_PAGE, integrationBody } from '../support/integration-builders.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

/** One secret of each kind, sent in every way in which one can be sent, and then looked for wherever anything is kept. */
describe('a secret that somebody stores', () => {
  const marker = `MARKER${randomUUID().replaceAll('-', '')}`;
  const secret = { refreshToken: `${marker}-refresh`, nested: { clientSecret: `${marker}-nested` } };
  const logLines: string[] = [];
  const answers: string[] = [];
  let app: TestApp;
  let acme: BuiltOrganization;

  beforeAll(async () => {
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logLines.push(chunk.toString());
        done();
      },
    });
    // Without the redaction of the real logger: what reaches it must be clean already.
    app = await TestApp.start({
      override: (builder) => builder.overrideProvider(PINO).useValue(pino({ level: 'trace' }, destination)),
    });
    acme = await buildOrganization(app);
  });
  afterAll(async () => await app.stop());

  type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
  const send = async (method: Method, path: string, body?: object) => {
    const answer = await app.http(acme.owner)[method](`/api/v1${path}`).send(body);
    answers.push(JSON.stringify([answer.headers, answer.text]));
    return answer;
  };

  const storeEverywhere = async (): Promise<string> => {
    const legacy = { legacyCredentials: { google_analytics_refresh_token: marker } };
    const client = (await send('post', '/clients', { name: 'Client', ...legacy })).body as { id: string };
    await send('patch', `/clients/${client.id}`, legacy);
    for (const provider of ['google-analytics', 'search-console'])
      await send('put', `/clients/${client.id}/credentials/${provider}`, { secrets: secret });
    const business = await buildBusiness(app, acme);
    const page = { ...FACEBOOK_PAGE, accessToken: marker, pageAccessToken: marker };
    const hidden = { secrets: secret, config: { verify_token: marker }, facebookPage: page };
    const made = await send('post', '/integrations', integrationBody(business.id, hidden));
    await send('patch', `/integrations/${(made.body as { id: string }).id}`, hidden);
    return client.id;
  };

  /** In the wrong place, of the wrong type, with a password that is wrong, to clients that are not there. */
  const sendWrongly = async (clientId: string): Promise<void> => {
    await send('put', `/clients/${randomUUID()}/credentials/google-analytics`, { secrets: secret });
    await send('put', `/clients/${clientId}/credentials/google-analytics`, { secrets: marker });
    await send('put', `/clients/${clientId}/credentials/google-analytics`, { secrets: secret, unknown: marker });
    await send('put', `/clients/${clientId}/credentials/google-analytics`, { secrets: [secret] });
    await send('post', '/integrations', integrationBody(randomUUID(), { secrets: marker, config: [marker] }));
    await send('post', '/auth/login', { email: acme.owner.email, password: `${marker}-password` });
    await send('put', '/auth/password', { currentPassword: `${marker}-password`, newPassword: `${marker}-new` });
    await send('post', '/invitations/accept', { token: `${marker}-token` });
    await send('post', '/auth/refresh', { refreshToken: `${marker}-token` });
    await app
      .http({ accessToken: `${marker}-bearer` })
      .get('/api/v1/clients')
      .expect(401);
  };

  const readEverything = async (clientId: string): Promise<void> => {
    for (const path of [
      '/clients',
      `/clients/${clientId}`,
      `/clients/${clientId}/data`,
      // Once more, from whatever was kept.
      `/clients/${clientId}/data`,
      `/clients/${clientId}/credentials/google-analytics`,
      `/clients/${clientId}/credentials/search-console`,
      '/integrations',
      '/audit-logs?limit=100',
      '/audit-logs/verification',
      '/audit-logs/export?format=csv',
      '/audit-logs/export?format=ndjson',
      '/jobs',
    ])
      expect((await send('get', path)).status).toBe(200);
  };

  const readDatabase = async (): Promise<string[]> => {
    const tables = await askAsSuperuser<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const rows = await Promise.all(
      tables.map(async ({ name }) =>
        (await askAsSuperuser<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)).map(({ row }) => name + row),
      ),
    );
    return rows.flat();
  };

  const readRedis = async (): Promise<string[]> => {
    const redis = new Redis(environmentFor()['REDIS_URL'] as string);
    try {
      const keys = await redis.keys('*');
      const values = await Promise.all(
        keys.map(async (key) => {
          switch (await redis.type(key)) {
            case 'string':
              return await redis.get(key);
            case 'hash':
              return JSON.stringify(await redis.hgetall(key));
            case 'list':
              return JSON.stringify(await redis.lrange(key, 0, -1));
            case 'zset':
              return JSON.stringify(await redis.zrange(key, 0, -1));
            case 'stream':
              return JSON.stringify(await redis.xrange(key, '-', '+'));
            default:
              return JSON.stringify(await redis.smembers(key).catch(() => []));
          }
        }),
      );
      return keys.map((key, index) => `${key} ${values[index] ?? ''}`);
    } finally {
      redis.disconnect();
    }
  };

  it('S0-22 S2-23 is in no answer, log line, metric, audit record, job, table or key, and neither is a wrong password', async () => {
    const clientId = await storeEverywhere();
    await sendWrongly(clientId);
    await readEverything(clientId);
    const key = (
      await app
        .http(acme.owner)
        .post('/api/v1/api-keys')
        .send({ name: 'Report', scopes: ['clients:read'] })
    ).body as { key: string };
    const secretOfKey = key.key.slice(-40);
    await app.http({ accessToken: key.key }, acme.id).get('/api/v1/clients').expect(200);
    const metrics = await app
      .http()
      .get('/metrics')
      .set('Authorization', `Bearer ${process.env['METRICS_TOKEN']}`)
      .expect(200);
    const sinks = {
      answers,
      logs: logLines,
      metrics: [metrics.text],
      database: await readDatabase(),
      redis: await readRedis(),
    };
    for (const [sink, texts] of Object.entries(sinks)) {
      const leaks = [marker, secretOfKey, PASSWORD].flatMap((value) => texts.filter((text) => text.includes(value)));
      expect({ sink, leaks: leaks.map((text) => text.slice(0, 300)) }).toEqual({ sink, leaks: [] });
      expect(texts.length).toBeGreaterThan(0);
    }
  });

  it('is in the places that were searched, if nobody keeps it out', async () => {
    await askAsSuperuser(`UPDATE clients SET name = $1 WHERE organization_id = $2`, [marker, acme.id]);
    expect((await readDatabase()).filter((text) => text.includes(marker))).not.toEqual([]);
  });
});
