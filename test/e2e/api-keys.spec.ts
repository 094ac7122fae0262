import {
  buildApiKey,
  buildBusiness,
  buildClient,
  buildMember,
  buildOrganization,
  type BuiltKey,
  type BuiltOrganization,
} from '../support/builders.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const KEYS = '/api/v1/api-keys';
const CLIENTS = '/api/v1/clients';

let app: TestApp;
/** A second process on the same database. */
let beside: TestApp;
let acme: BuiltOrganization;
let globex: BuiltOrganization;

beforeAll(async () => {
  app = await TestApp.start();
  beside = await TestApp.start();
  [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
});
afterAll(async () => await Promise.all([app.stop(), beside.stop()]));

/** One answer for all that is no valid key. */
async function expectRefused(key: BuiltKey, at: TestApp = beside): Promise<void> {
  const answer = await at.http(key).get(CLIENTS);
  const detail = 'The API key is not valid. Use another, or ask an administrator for one.';
  expect([answer.status, answer.body]).toEqual([401, expect.objectContaining({ code: 'UNAUTHENTICATED', detail })]);
}

async function expectServed(key: BuiltKey, at: TestApp = beside): Promise<void> {
  await at.http(key).get(CLIENTS).expect(200);
}

async function eventsOf({ id }: BuiltKey): Promise<object[]> {
  return await askAsSuperuser(
    `SELECT actor_type AS type, action, reason, organization_id AS organization FROM security_events WHERE actor_id = $1 ORDER BY id`,
    [id],
  );
}

describe('an API key', () => {
  it('is one of a limited number, also when many are made at once, until another is revoked', async () => {
    const few = await TestApp.start({ environment: { API_KEYS_PER_ORGANIZATION: '3' } });
    try {
      const organization = await buildOrganization(few);
      const make = () =>
        few
          .http(organization.owner)
          .post(KEYS)
          .send({ name: 'Report', scopes: ['clients:read'] });
      const unrevoked = async () =>
        await askAsSuperuser<{ id: string }>(
          'SELECT id FROM api_keys WHERE organization_id = $1 AND revoked_at IS NULL',
          [organization.id],
        );
      await make().expect(201);
      const answers = await Promise.all(Array.from({ length: 6 }, make));
      // Who waits for the others too long is told to come again.
      expect(answers.filter(({ status }) => ![201, 422, 503].includes(status))).toEqual([]);
      for (let count = (await unrevoked()).length; count < 3; count += 1) await make().expect(201);
      expect((await make().expect(422)).body).toMatchObject({ code: 'API_KEY_LIMIT_REACHED' });
      expect(await unrevoked()).toHaveLength(3);
      await buildApiKey(few, await buildOrganization(few));
      const [first] = await unrevoked();
      await few.http(organization.owner).delete(`${KEYS}/${first?.id}`).expect(204);
      await make().expect(201);
      await make().expect(422);
    } finally {
      await few.stop();
    }
  });

  it('is shown once, and only its hash is kept', async () => {
    const body = { name: 'Nightly report', scopes: ['clients:read'], role: 'ADMIN', expiresInDays: 30 };
    const { body: made } = await app.http(acme.owner).post(KEYS).send(body).expect(201);
    expect(made).toMatchObject({
      name: body.name,
      scopes: body.scopes,
      role: 'ADMIN',
      createdById: acme.owner.user.id,
    });
    const { id, key, prefix } = made as Record<'id' | 'key' | 'prefix', string>;
    expect(key).toMatch(/^bk_bestays_[0-9A-Za-z]{43}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(key.startsWith(prefix)).toBe(true);
    const [, , , secret = ''] = key.split('_');
    for (const path of [KEYS, `${KEYS}/${id}`, '/api/v1/audit-logs']) {
      expect((await app.http(acme.owner).get(path).expect(200)).text).not.toContain(secret);
    }
    const [row] = await askAsSuperuser<{ row: string }>('SELECT k::text AS row FROM api_keys k WHERE id = $1', [id]);
    expect(row?.row).not.toContain(secret);
  });

  it('is in the list, in use or not, of its own organization only', async () => {
    const [used, unused] = [await buildApiKey(app, acme), await buildApiKey(app, acme)];
    await app.http(acme.owner).delete(`${KEYS}/${unused.id}`).expect(204);
    const list = async (as: BuiltOrganization, query = '') => {
      const { body } = await app.http(as.owner).get(`${KEYS}?limit=100${query}`).expect(200);
      return (body as { data: { id: string }[] }).data.map(({ id }) => id);
    };
    expect(await list(acme)).toContain(used.id);
    expect(await list(acme)).not.toContain(unused.id);
    expect(await list(acme, '&includeInactive=true')).toEqual(expect.arrayContaining([used.id, unused.id]));
    expect(await list(globex, '&includeInactive=true')).toEqual([]);
    for (const method of ['get', 'delete'] as const) {
      await expectIndistinguishable(used.id, (id) => app.http(globex.owner)[method](`${KEYS}/${id}`));
    }
  });

  it('acts as itself on the audit log, and its use is noted', async () => {
    const key = await buildApiKey(app, acme, { scopes: ['businesses:write', 'businesses:read'], role: 'ADMIN' });
    const { body } = await app.http(key).post('/api/v1/businesses').send({ name: 'By key' }).expect(201);
    await app
      .http(key)
      .delete(`/api/v1/businesses/${(body as { id: string }).id}`)
      .expect(204);
    const { body: log } = await app.http(acme.owner).get(`/api/v1/audit-logs?actor=${key.id}`).expect(200);
    const { data } = log as { data: object[] };
    expect(data).toMatchObject([{ action: 'business.deactivated' }, { action: 'business.created' }]);
    for (const record of data) expect(record).toMatchObject({ actorType: 'apiKey', actorId: key.id, role: 'ADMIN' });
    const lastUse = async () => {
      const answer = await app.http(acme.owner).get(`${KEYS}/${key.id}`).expect(200);
      return (answer.body as { lastUsedAt: string | null }).lastUsedAt;
    };
    for (let attempt = 0; (await lastUse()) === null && attempt < 50; attempt += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const noted = await lastUse();
    expect(Date.parse(noted as string)).toBeGreaterThan(Date.now() - 60_000);
    await app.http(key).get('/api/v1/businesses').expect(200);
    expect(await lastUse()).toBe(noted);
  });

  it('cannot be made with a role, scope or lifetime that there is not', async () => {
    const refused = async (fields: object, path: string) => {
      const answer = await app
        .http(acme.owner)
        .post(KEYS)
        .send({ name: 'x', scopes: ['clients:read'], ...fields });
      expect([answer.status, answer.body]).toMatchObject([400, { code: 'VALIDATION_FAILED', errors: [{ path }] }]);
    };
    await refused({ role: 'OWNER' }, 'role');
    await refused({ expiresInDays: 366 }, 'expiresInDays');
    await refused({ expiresInDays: 0 }, 'expiresInDays');
    await refused({ scopes: [] }, 'scopes');
    await refused({ scopes: ['clients:read', 'clients:read'] }, 'scopes');
    await refused({ scopes: ['clients:read', 'nothing:read'] }, 'scopes.1');
    for (const scope of ['api-keys:write', 'members:write', 'auth:read', 'clients:delete', '*', 'clients:*'])
      await refused({ scopes: [scope] }, expect.stringMatching(/^scopes/));
  });
});

describe('the rights of an API key', () => {
  it('are its scopes, and the refusal names the one that is missing', async () => {
    const key = await buildApiKey(app, acme, { scopes: ['clients:read'], role: 'ADMIN' });
    await expectServed(key);
    for (const [method, path, scope] of [
      ['post', CLIENTS, 'clients:write'],
      ['get', '/api/v1/businesses', 'businesses:read'],
      ['get', '/api/v1/organizations/current', 'organizations:read'],
    ] as const) {
      const answer = await app.http(key)[method](path);
      expect([answer.status, answer.body]).toMatchObject([403, { code: 'SCOPE_MISSING' }]);
      expect((answer.body as { detail: string }).detail).toContain(scope);
    }
    expect(await eventsOf(key)).toEqual(
      Array(3).fill({ type: 'apiKey', action: 'organization.refused', reason: 'SCOPE_MISSING', organization: acme.id }),
    );
  });

  it('end where no organization is, and where rights are given away', async () => {
    const { body } = await app.http(acme.owner).get('/docs-json').expect(200);
    const { CreateApiKey } = (
      body as { components: { schemas: Record<string, { properties: { scopes: { items: { enum: string[] } } } }> } }
    ).components.schemas;
    const scopes = CreateApiKey?.properties.scopes.items.enum as string[];
    expect(scopes).toEqual(
      expect.arrayContaining(['clients:read', 'clients:write', 'audit-logs:read', 'members:read']),
    );
    const key = await buildApiKey(app, acme, { scopes, role: 'ADMIN' });
    for (const [method, path] of [
      ['get', '/api/v1/auth/me'],
      ['get', '/api/v1/organizations'],
      ['post', '/api/v1/organizations'],
      ['post', '/api/v1/members'],
      ['post', KEYS],
      ['post', `${KEYS}/${key.id}/rotation`],
      ['delete', `${KEYS}/${key.id}`],
    ] as const) {
      const answer = await app.http(key)[method](path);
      expect([path, answer.status, answer.body]).toMatchObject([path, 403, { code: 'API_KEY_NOT_ALLOWED' }]);
    }
    await app.http(key).get('/api/v1/members').expect(200);
    // A public route takes no notice of it.
    await app.http(key).get('/api/health/live').expect(200);
  });

  it('are never more than its maker has at the moment', async () => {
    const admin = await buildMember(app, acme, 'ADMIN');
    const key = await buildApiKey(app, acme, { as: admin, scopes: ['businesses:write'], role: 'ADMIN' });
    const create = async () => await beside.http(key).post('/api/v1/businesses').send({ name: 'x' });
    expect((await create()).status).toBe(201);
    const { body } = await app.http(acme.owner).get('/api/v1/members?limit=100').expect(200);
    const { data } = body as { data: { id: string; userId: string }[] };
    const path = `/api/v1/members/${data.find(({ userId }) => userId === admin.user.id)?.id}`;

    await app.http(acme.owner).patch(path).send({ role: 'MEMBER' }).expect(200);
    expect(await create()).toMatchObject({ status: 403, body: { code: 'ROLE_TOO_LOW' } });
    await app.http(acme.owner).patch(path).send({ role: 'OWNER' }).expect(200);
    expect((await create()).status).toBe(201);
    await app.http(acme.owner).delete(path).expect(204);
    expect(await create()).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(await eventsOf(key)).toMatchObject([
      { reason: 'ROLE_TOO_LOW', organization: acme.id },
      { action: 'api-key.refused', reason: 'its maker is no member any more', organization: acme.id },
    ]);
  });

  it('are not more than the key’s own role, whoever made it', async () => {
    const key = await buildApiKey(app, acme, { scopes: ['businesses:write', 'audit-logs:read'] });
    for (const send of [app.http(key).post('/api/v1/businesses'), app.http(key).get('/api/v1/audit-logs')])
      expect(await send).toMatchObject({ status: 403, body: { code: 'ROLE_TOO_LOW' } });
  });

  it('end with the account of its maker, and with its organization', async () => {
    const own = await buildOrganization(app);
    const admin = await buildMember(app, own, 'ADMIN');
    const [theirs, ours] = [await buildApiKey(app, own, { as: admin }), await buildApiKey(app, own)];
    await askAsSuperuser('UPDATE users SET is_active = false WHERE id = $1', [admin.user.id]);
    await expectRefused(theirs);
    await expectServed(ours);
    await askAsSuperuser('UPDATE organizations SET is_active = false WHERE id = $1', [own.id]);
    await expectRefused(ours);
  });
});

describe('the organization of an API key', () => {
  it('is fixed: naming another is like naming none that exists', async () => {
    const key = await buildApiKey(app, acme);
    await buildClient(app, globex);
    for (const name of [acme.id, acme.slug]) await app.http(key, name).get(CLIENTS).expect(200);
    await expectIndistinguishable(globex.id, (id) => app.http(key, id).get(CLIENTS));
    for (const name of [globex.slug, `${acme.id}0`, '']) {
      const answer = await app.http(key, name).get(CLIENTS);
      expect(answer).toMatchObject({ status: 404, body: { code: 'ORGANIZATION_NOT_FOUND' } });
    }
  });

  it('is not left for another in which its maker is owner, too', async () => {
    await app.http(globex.owner).post('/api/v1/members').send({ email: acme.owner.email, role: 'OWNER' }).expect(201);
    const { slug } = (await buildBusiness(app, globex)) as { id: string; slug?: string };
    const key = await buildApiKey(app, acme, { scopes: ['clients:read', 'organizations:read'] });
    await app.http(acme.owner, globex.id).get(CLIENTS).expect(200);
    await app.http(key, globex.id).get(CLIENTS).expect(404);
    await app.http(key).get(`/api/v1/organizations/${globex.slug}/businesses/${slug}/integrations`).expect(404);
  });
});

describe('the end of an API key', () => {
  it('by revocation counts on the next request, in every process', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => buildApiKey(app, acme)));
    for (const key of keys) {
      await expectServed(key);
      await app.http(acme.owner).delete(`${KEYS}/${key.id}`).expect(204);
      await expectRefused(key, beside);
      await app.http(acme.owner).delete(`${KEYS}/${key.id}`).expect(404);
    }
    expect(await eventsOf(keys[0] as BuiltKey)).toMatchObject([{ action: 'api-key.refused', reason: 'revoked' }]);
  });

  it('comes with its expiry', async () => {
    const key = await buildApiKey(app, acme);
    await askAsSuperuser(`UPDATE api_keys SET expires_at = now() + interval '1 second' WHERE id = $1`, [key.id]);
    await expectServed(key);
    await askAsSuperuser(`UPDATE api_keys SET expires_at = now() WHERE id = $1`, [key.id]);
    await expectRefused(key);
    expect(await eventsOf(key)).toMatchObject([{ reason: 'expired' }]);
  });

  it('is announced by no other answer than that of an unknown key', async () => {
    const [revoked, other] = [await buildApiKey(app, acme), await buildApiKey(app, globex)];
    await app.http(acme.owner).delete(`${KEYS}/${revoked.id}`).expect(204);
    await expectRefused(revoked);
    await expectRefused({ ...other, accessToken: other.accessToken.slice(0, -1) });
    await expectRefused({ ...other, accessToken: 'bk_' });
    const realestate = await TestApp.start({ environment: { PRODUCT: 'realestate' } });
    await expectRefused(other, realestate);
    await realestate.stop();
    await expectServed(other);
  });
});

describe('the rotation of an API key', () => {
  const rotate = async (key: BuiltKey, body: object = {}): Promise<BuiltKey> => {
    const answer = await app.http(acme.owner).post(`${KEYS}/${key.id}/rotation`).send(body).expect(200);
    return { id: key.id, accessToken: (answer.body as { key: string }).key };
  };

  it('gives a second secret beside the first, until the grace ends', async () => {
    const first = await buildApiKey(app, acme);
    const second = await rotate(first);
    expect(second.accessToken).not.toBe(first.accessToken);
    await expectServed(first);
    await expectServed(second);
    await askAsSuperuser('UPDATE api_keys SET previous_expires_at = now() WHERE id = $1', [first.id]);
    await expectRefused(first);
    await expectServed(second);
  });

  it('ends the secret of before at once without grace, and the one before that always', async () => {
    const first = await buildApiKey(app, acme);
    const second = await rotate(first);
    const third = await rotate(second);
    await expectRefused(first);
    await expectServed(second);
    const fourth = await rotate(third, { graceSeconds: 0 });
    for (const key of [first, second, third]) await expectRefused(key);
    await expectServed(fourth);
    await app.http(acme.owner).delete(`${KEYS}/${first.id}`).expect(204);
    await expectRefused(fourth);
  });

  it('brings no expired secret back, and no revoked key', async () => {
    const first = await buildApiKey(app, acme);
    await askAsSuperuser('UPDATE api_keys SET expires_at = now() WHERE id = $1', [first.id]);
    const second = await rotate(first, { graceSeconds: 3_600 });
    await expectRefused(first);
    await expectServed(second);
    await app.http(acme.owner).delete(`${KEYS}/${first.id}`).expect(204);
    await app.http(acme.owner).post(`${KEYS}/${first.id}/rotation`).send({}).expect(404);
  });

  it('happens once when it is asked for many times at once', async () => {
    const first = await buildApiKey(app, acme);
    const send = async () => (await app.http(acme.owner).post(`${KEYS}/${first.id}/rotation`).send({})).status;
    const statuses = await Promise.all(Array.from({ length: 8 }, send));
    const done = statuses.filter((status) => status === 200).length;
    expect(statuses.filter((status) => status !== 200 && status !== 412)).toEqual([]);
    const [row] = await askAsSuperuser<{ version: number }>('SELECT version FROM api_keys WHERE id = $1', [first.id]);
    expect(row?.version).toBe(1 + done);
  });
});
