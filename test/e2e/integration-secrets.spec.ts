import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { CredentialService } from '../../src/features/credentials/credential.service.js';
import type { IntegrationAnswer } from '../../src/features/integrations/integration.dto.js';
import { PINO } from '../../src/platform/logging/logging.module.js';
import { buildBusiness, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { buildIntegration as buildIn, FACEBOOK_PAGE, integrationBody } from '../support/integration-builders.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const BASE = '/api/v1/integrations';

describe('secrets of integrations', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let business: { readonly id: string; readonly slug: string };
  const logLines: string[] = [];

  beforeAll(async () => {
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logLines.push(chunk.toString());
        done();
      },
    });
    app = await TestApp.start({
      override: (builder) => builder.overrideProvider(PINO).useValue(pino({ level: 'trace' }, destination)),
    });
    acme = await buildOrganization(app);
    business = (await buildBusiness(app, acme)) as typeof business;
  });
  afterAll(async () => await app.stop());

  const buildIntegration = (fields: object = {}) => buildIn(app, acme, business.id, fields);
  const http = () => app.http(acme.owner);
  const storedOf = async (id: string) => {
    const [row] = await askAsSuperuser<Record<string, string>>(
      `SELECT i.secrets_envelope, p.access_token_envelope, p.page_access_token_envelope, i::text || p::text AS everything
         FROM integrations i JOIN facebook_pages p ON p.integration_id = i.id WHERE i.id = $1`,
      [id],
    );
    return row as Record<string, string>;
  };
  const secretsOf = async (id: string) => {
    const { secrets_envelope: envelope = '' } = await storedOf(id);
    const place = { table: 'integrations', column: 'secrets_envelope', rowId: id };
    return runAs(app, acme, () => app.get(CredentialService).open(envelope, place));
  };

  /** PostgreSQL puts the whole row that it refuses into the error. */
  const withRefusingDatabase = async <T>(work: () => Promise<T>): Promise<T> => {
    await askAsSuperuser("ALTER TABLE facebook_pages ADD COLUMN missing text NOT NULL DEFAULT ''");
    await askAsSuperuser('ALTER TABLE facebook_pages ALTER COLUMN missing DROP DEFAULT');
    try {
      return await work();
    } finally {
      await askAsSuperuser('ALTER TABLE facebook_pages DROP COLUMN missing');
    }
  };

  it('S2-22 keeps each secret encrypted by itself, bound to its place', async () => {
    const tokens = { accessToken: `access-${randomUUID()}`, pageAccessToken: `page-${randomUUID()}` };
    const secret = `secret-${randomUUID()}`;
    const { id } = await buildIntegration({ secrets: { secret }, facebookPage: { ...FACEBOOK_PAGE, ...tokens } });
    const { everything, ...envelopes } = await storedOf(id);
    expect(new Set(Object.values(envelopes)).size).toBe(3);
    for (const envelope of Object.values(envelopes)) expect(envelope).toMatch(/^v1\.[\w-]{8}(\.[\w-]+){3}$/);
    for (const plain of [secret, tokens.accessToken, tokens.pageAccessToken]) {
      const hidden = Object.values(envelopes).map((envelope) =>
        Buffer.from(envelope.split('.')[3] as string, 'base64url').toString(),
      );
      expect([everything, ...hidden].filter((text) => text?.includes(plain))).toEqual([]);
    }
    const open = (envelope: string | undefined, column: string) =>
      runAs(app, acme, () =>
        app.get(CredentialService).open(envelope as string, { table: 'facebook_pages', column, rowId: id }),
      );
    expect(await open(envelopes['access_token_envelope'], 'access_token_envelope')).toBe(tokens.accessToken);
    expect(await open(envelopes['page_access_token_envelope'], 'page_access_token_envelope')).toBe(
      tokens.pageAccessToken,
    );
    await expect(open(envelopes['access_token_envelope'], 'page_access_token_envelope')).rejects.toThrow(
      'cannot be read',
    );
  });

  it('S2-23 shows no secret, envelope or config in an answer, the audit list or a log line', async () => {
    const marker = `MARKER${randomUUID()}`;
    const secret = {
      secrets: { app_secret: marker },
      config: { verify_token: marker, nested: { deep: [marker] } },
      facebookPage: { ...FACEBOOK_PAGE, accessToken: marker, pageAccessToken: marker },
    };
    const first = await http().post(BASE).send(integrationBody(business.id, secret)).expect(201);
    const one = `${BASE}/${first.body.id}`;
    const answers = [
      first,
      await http().get(one),
      await http().patch(one).send(secret),
      await http().get(BASE),
      await http().get(`/api/v1/businesses/${business.id}/integrations`),
      await http().get(`/api/v1/organizations/${acme.slug}/businesses/${business.slug}/integrations`),
      await http().patch(one).set('If-Match', '"1"').send(secret),
      await http().delete(one),
      await http().patch(one).send(secret),
      await http().put(`${one}/activation`),
      await http()
        .post(BASE)
        .send(integrationBody(business.id, { ...secret, settings: { page_token: marker } })),
      await http()
        .post(BASE)
        .send(
          integrationBody(business.id, { secrets: marker, config: [marker], facebookPage: { accessToken: [marker] } }),
        ),
      await http().post(BASE).send(integrationBody(randomUUID(), secret)),
      await http().get('/api/v1/audit-logs?limit=100'),
      await withRefusingDatabase(async () => await http().post(BASE).send(integrationBody(business.id, secret))),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      201, 200, 200, 200, 200, 200, 412, 204, 404, 200, 400, 400, 404, 200, 500,
    ]);
    const shown = answers.map((answer) => JSON.stringify([answer.headers, answer.text]));
    expect(shown.filter((text) => /envelope|verify_token|deep/i.test(text))).toEqual([]);
    expect([...shown, ...logLines].filter((text) => text.includes(marker) || /v1\.[\w-]{8}\./.test(text))).toEqual([]);
    expect(logLines.length).toBeGreaterThan(answers.length);
  });

  it('C9 S2-11 divides a config into settings, which are shown, and secrets, which are not', async () => {
    const config = {
      auto_reply: true,
      limit: 5,
      language: 'th',
      app_secret: 's',
      apiKey: 's',
      verify_token: 's',
      nested: { a: 1 },
    };
    const created = await buildIntegration({
      config,
      settings: { language: 'en', hours: { open: 9 } },
      secrets: { app_secret: 'mine' },
    });
    expect(created).toMatchObject({
      hasSecrets: true,
      settings: { auto_reply: true, limit: 5, language: 'en', hours: { open: 9 } },
    });
    expect(Object.keys(created.settings as object)).toHaveLength(4);
    const secrets = await secretsOf(created.id);
    expect(secrets).toEqual({ app_secret: 'mine', apiKey: 's', verify_token: 's', nested: { a: 1 } });
    const changed = await http()
      .patch(`${BASE}/${created.id}`)
      .send({ config: { auto_reply: false } })
      .expect(200);
    expect(changed.body).toMatchObject({ hasSecrets: true, settings: { auto_reply: false } });
  });

  it('C9 replaces settings and secrets, and removes secrets', async () => {
    const { id } = await buildIntegration({ settings: { auto_reply: true }, secrets: { a: 1, b: 2 } });
    const patch = async (body: object) =>
      (await http().patch(`${BASE}/${id}`).send(body).expect(200)).body as IntegrationAnswer;
    expect(await patch({ name: 'New' })).toMatchObject({
      name: 'New',
      settings: { auto_reply: true },
      hasSecrets: true,
    });
    expect(await patch({ settings: { other: 1 }, secrets: { c: 3 } })).toMatchObject({
      settings: { other: 1 },
      hasSecrets: true,
    });
    expect(await secretsOf(id)).toEqual({ c: 3 });
    expect(await patch({ secrets: null })).toMatchObject({ settings: { other: 1 }, hasSecrets: false });
  });

  it('C9 keeps settings exactly as they are sent', async () => {
    const settings = {
      set: { increment: 1 },
      path: ['$type'],
      toJSON: 'text',
      length: 3,
      $type: 'Raw',
      value: { $type: 'Json', value: '{}' },
      'ü "\\': [null, [], {}, -0.5, 1e21, ''],
    };
    const { id } = await buildIntegration({ settings });
    expect((await http().get(`${BASE}/${id}`).expect(200)).body.settings).toEqual(settings);
    const { body } = await http()
      .patch(`${BASE}/${id}`)
      .send({ settings: { nested: settings } })
      .expect(200);
    expect(body.settings).toEqual({ nested: settings });
  });

  it('forgets what was known of the health of secrets that are replaced', async () => {
    const { id } = await buildIntegration();
    const sick = `UPDATE integrations SET health_state = 'REVOKED', health_checked_at = now() WHERE id = $1`;
    const stateAfter = async (change: object) => {
      await askAsSuperuser(sick, [id]);
      return (await http().patch(`${BASE}/${id}`).send(change).expect(200)).body.health.state as string;
    };
    expect(await stateAfter({ name: 'New' })).toBe('REVOKED');
    expect(await stateAfter({ facebookPage: { pageName: 'New' } })).toBe('REVOKED');
    expect(await stateAfter({ facebookPage: { accessToken: 'new' } })).toBe('UNKNOWN');
    expect(await stateAfter({ secrets: { a: 1 } })).toBe('UNKNOWN');
  });
});
