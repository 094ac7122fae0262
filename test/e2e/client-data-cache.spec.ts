import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { AuditService } from '../../src/features/audit/audit.service.js';
import { ClientDataService } from '../../src/features/client-data/client-data.service.js';
import { CacheKey } from '../../src/platform/cache/cache-key.js';
import { SharedStore } from '../../src/platform/cache/shared-store.js';
import { buildClientWithData, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { addClientRows, type ClientRows, findClient, warmUp } from '../support/client-rows.js';
import { runAs } from '../support/contexts.js';
import { eventually } from '../support/fault-proxy.js';
import { statementsOf } from '../support/statements.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

/** How long a change may stay unseen by another process. */
const SEEN_WITHIN_MS = 1_000;
const secret = `SECRET-${randomUUID()}`;

/** Every way in which a client's data changes, by SQL that no application sends. */
const CHANGES: Record<string, { readonly sql: string; readonly of: keyof ClientRows }> = {
  'the client': { sql: `UPDATE clients SET name = 'after' WHERE id = $1`, of: 'id' },
  'the client, taken out of use': { sql: 'UPDATE clients SET is_active = false WHERE id = $1', of: 'id' },
  'a credential': { sql: `UPDATE client_credentials SET fingerprint = 'after' WHERE id = $1`, of: 'credentialId' },
  'a credential less': { sql: 'DELETE FROM client_credentials WHERE id = $1', of: 'credentialId' },
  'a credential more': {
    sql: `INSERT INTO client_credentials (organization_id, product, id, client_id, provider)
          SELECT organization_id, product, gen_random_uuid(), id, 'SEARCH_CONSOLE' FROM clients WHERE id = $1`,
    of: 'id',
  },
  'a project': { sql: `UPDATE seo_projects SET name = 'after' WHERE id = $1`, of: 'projectId' },
  'a project more': {
    sql: `INSERT INTO seo_projects (organization_id, product, id, client_id, name)
          SELECT organization_id, product, gen_random_uuid(), id, 'after' FROM clients WHERE id = $1`,
    of: 'id',
  },
  'a keyword': { sql: `UPDATE keywords SET term = 'after' WHERE id = $1`, of: 'keywordId' },
  'a keyword less': { sql: 'DELETE FROM keywords WHERE id = $1', of: 'keywordId' },
  'a keyword more': {
    sql: `INSERT INTO keywords (organization_id, product, id, seo_project_id, term)
          SELECT organization_id, product, gen_random_uuid(), id, 'after' FROM seo_projects WHERE id = $1`,
    of: 'projectId',
  },
};

describe('cached client data', () => {
  let app: TestApp;
  /** Shares database and Redis with the first, as another process does. */
  let other: TestApp;
  let redis: Redis;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    other = await TestApp.start();
    redis = new Redis(environmentFor()['REDIS_URL'] as string);
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
  });
  afterAll(async () => {
    redis.disconnect();
    await Promise.all([app.stop(), other.stop()]);
  });

  const read = (id: string, from = app) => findClient(from, acme, id);
  const keysOf = async (id: string) => await redis.keys(`*:client-data:${id}:*`);
  const addOne = async () => (await addClientRows(acme, 1))[0] as ClientRows;
  const rename = async (id: string, name: string) => {
    await askAsSuperuser('UPDATE clients SET name = $2 WHERE id = $1', [id, name]);
  };

  it('gives every reader objects of their own, down to the dates', async () => {
    const [{ id }, { id: another }] = (await addClientRows(acme, 2)) as [ClientRows, ClientRows];
    await warmUp(app, acme, [another]);
    await askAsSuperuser(`UPDATE clients SET competitors = '{rival.example}' WHERE id = $1`, [id]);
    // Of one load, and of what it kept.
    const found = [...(await Promise.all([read(id), read(id)])), await read(id)];
    expect(found.map(({ isCached }) => isCached)).toEqual([false, false, true]);
    const objects = found.map(({ client }) => objectsIn(client));
    expect(objects[0]?.length).toBeGreaterThan(10);
    expect(new Set(objects.flat()).size).toBe(objects.flat().length);
    for (const { client } of found) expect(client).toEqual(found[0]?.client);
  });

  it('S0-19 is read again without a query besides its audit record', async () => {
    const { client } = await buildClientWithData(app, acme);
    const open = () => runAs(app, acme, () => app.get(ClientDataService).getClientData(client.id));
    await eventually(async () => {
      const statements = await statementsOf(app, open);
      expect(statements).toEqual([expect.stringContaining('append_audit_records')]);
    });
    const data = await open();
    expect(data.googleAnalytics.getPropertyId()).toBe('123456');
    expect(data.client.createdAt).toBeInstanceOf(Date);
    expect(data.targetedKeywords).toEqual(['hand-made shoes', 'leather boots']);
  });

  it('C8 S0-17 puts a hit on record like a miss, before it is given out', async () => {
    const { client } = await buildClientWithData(app, acme);
    const open = () => runAs(app, acme, () => app.get(ClientDataService).getClientData(client.id));
    await open();
    await warmUp(app, acme, [client.id]);
    await open();
    const records = await askAsSuperuser<{ fields: string[] }>(
      `SELECT action, outcome, actor_id, entity_id, entry_point, fields FROM audit_logs
        WHERE client_id = $1 AND action = 'client-data.read' ORDER BY occurred_at DESC, id DESC`,
      [client.id],
    );
    const [hit] = records;
    const miss = records.find(({ fields }) => fields.includes('cache:miss'));
    expect(hit?.fields).toEqual(expect.arrayContaining(['cache:hit', 'credential:GOOGLE_ANALYTICS', 'seoProjects']));
    const plain = (record?: { fields: string[] }) => ({
      ...record,
      fields: record?.fields.filter((field) => !field.startsWith('cache:')),
    });
    expect(plain(hit)).toEqual(plain(miss));

    const audit = app.get(AuditService);
    const record = audit.record.bind(audit);
    audit.record = async () => await Promise.reject(new Error('disk full'));
    try {
      await expect(open()).rejects.toThrow('disk full');
    } finally {
      audit.record = record;
    }
  });

  it('S0-20 follows every change of a client and its parts in every process, also by SQL from outside', async () => {
    const names = Object.keys(CHANGES);
    const rows = await addClientRows(acme, names.length);
    const ids = rows.map(({ id }) => id);
    await warmUp(app, acme, ids);
    await warmUp(other, acme, ids);
    const before = await Promise.all(ids.map(async (id) => (await read(id)).client));
    for (const [index, { sql, of }] of Object.values(CHANGES).entries()) {
      await askAsSuperuser(sql, [(rows[index] as ClientRows)[of]]);
    }
    await new Promise((resolve) => setTimeout(resolve, SEEN_WITHIN_MS));
    for (const process of [app, other]) {
      const after = await Promise.all(ids.map(async (id) => (await read(id, process)).client));
      const unseen = names.filter((_name, index) => {
        const withoutVersion = (client: object | null | undefined) => ({ ...client, dataVersion: 0 });
        return JSON.stringify(withoutVersion(after[index])) === JSON.stringify(withoutVersion(before[index]));
      });
      expect(unseen).toEqual([]);
    }
  });

  it('S0-20 raises the version once for a statement, in its transaction, and lets nobody set it', async () => {
    const { id, projectId } = await addOne();
    const version = async () =>
      (await askAsSuperuser<{ version: number }>('SELECT data_version AS version FROM clients WHERE id = $1', [id]))[0]
        ?.version as number;
    const first = await version();
    await askAsSuperuser(`DO $$ BEGIN UPDATE keywords SET term = 'lost'; RAISE 'no'; END $$`).catch(() => []);
    expect(await version()).toBe(first);
    await askAsSuperuser(
      `INSERT INTO keywords (organization_id, product, id, seo_project_id, term)
       SELECT organization_id, product, gen_random_uuid(), id, 'term ' || n
         FROM seo_projects, generate_series(1, 1000) n WHERE id = $1`,
      [projectId],
    );
    const second = await version();
    expect(second).toBeGreaterThan(first);
    await askAsSuperuser('UPDATE clients SET data_version = 1 WHERE id = $1', [id]);
    expect(await version()).toBeGreaterThan(second);
    const [rights] = await askAsSuperuser(
      `SELECT has_column_privilege('bulkhead_app', 'clients', 'data_version', 'UPDATE') AS app`,
    );
    expect(rights).toEqual({ app: false });
  });

  it('S0-20 keeps values under product and organization, and no secret in the open', async () => {
    const { client } = await buildClientWithData(app, acme, secret);
    await warmUp(app, acme, [client.id]);
    const keys = await eventuallyFound(() => keysOf(client.id));
    for (const key of keys) expect(key).toMatch(new RegExp(`^bestays:${acme.id}:client-data:${client.id}:`));
    const kept = (await redis.mget(keys)).join('\n');
    expect(kept).toContain(`Client ${secret}`);
    expect(kept).toContain('"envelope" : "v2.');
    for (const part of [`refresh-${secret}`, `secret-${secret}`]) expect(kept).not.toContain(part);
    expect(await redis.ttl(keys[0] as string)).toBeLessThanOrEqual(60);
  });

  it('S0-20 lets no slow reader put an old value over a newer one', async () => {
    const store = app.get(SharedStore);
    await warmUp(app, acme, [(await addOne()).id]);
    const key = CacheKey.of({ product: 'bestays', organizationId: acme.id }, 'test', randomUUID(), 'all');
    const stamped = (version: number, readAt: number) => ({
      stamp: { version, readAt, server: '1.5' },
      text: `${version} at ${readAt}`,
    });
    // In the order in which they reach Redis, on one connection.
    for (const [version, readAt, kept] of [
      [20, 7, '20 at 7'],
      [9, 8, '20 at 7'],
      [20, 6, '20 at 7'],
      [20, 9, '20 at 9'],
      [21, 5, '21 at 5'],
    ] as const) {
      store.put(key, stamped(version, readAt));
      expect((await store.find([key]))[0]?.text).toBe(kept);
    }
  });

  it('gives no organization what stands under a key of another', async () => {
    const { id } = await addOne();
    await warmUp(app, acme, [id]);
    const [key = ''] = await eventuallyFound(() => keysOf(id));
    await redis.copy(key, key.replace(acme.id, globex.id));
    for (const process of [app, other]) expect((await findClient(process, globex, id)).client).toBeNull();
  });

  it('loads one client id in two organizations twice, and never mixes them', async () => {
    const { id } = await addOne();
    await addClientRows(globex, 1, [id]);
    const owners = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? acme : globex));
    for (let round = 0; round < 5; round += 1) {
      await askAsSuperuser('UPDATE clients SET name = organization_id::text WHERE id = $1', [id]);
      let found: (string | undefined)[] = [];
      const loads = await statementsOf(app, async () => {
        found = await Promise.all(
          owners.map(async (owner) => (await findClient(app, owner, id)).client?.organizationId),
        );
      });
      expect(found).toEqual(owners.map((owner) => owner.id));
      expect(loads.length).toBeLessThanOrEqual(2);
    }
  });

  it('P9b is loaded once for 1,000 readers at the same time; a failed load fails them all and is forgotten', async () => {
    const { id } = await addOne();
    const all = async () => await Promise.all(Array.from({ length: 1_000 }, () => read(id)));
    expect(await statementsOf(app, all)).toHaveLength(1);
    const broken = await addOne();
    await askAsSuperuser('REVOKE SELECT ON keywords FROM bulkhead_app');
    try {
      const failed = await Promise.allSettled(Array.from({ length: 50 }, () => read(broken.id)));
      expect(new Set(failed.map(({ status }) => status))).toEqual(new Set(['rejected']));
    } finally {
      await askAsSuperuser('GRANT SELECT ON keywords TO bulkhead_app');
    }
    expect((await read(broken.id)).client).toMatchObject({ id: broken.id });
  });

  it.each(['{"id":', '{}', 'null'])('passes over a copy in Redis that says %s', async (text) => {
    const { id } = await addOne();
    await warmUp(other, acme, [(await addOne()).id]);
    await warmUp(app, acme, [id]);
    const [key = ''] = await eventuallyFound(() => keysOf(id));
    const kept = (await redis.get(key)) ?? '';
    await redis.set(key, kept.slice(0, kept.indexOf('\n') + 1) + text);
    expect(await read(id, other)).toMatchObject({ client: { id }, isCached: false });
  });

  it('takes from Redis what another process loaded, and nothing that came back with an old Redis', async () => {
    const [shared, changed] = (await addClientRows(acme, 2)) as [ClientRows, ClientRows];
    await warmUp(other, acme, [(await addOne()).id]);
    await warmUp(app, acme, [shared.id, changed.id]);
    const [key = ''] = await eventuallyFound(() => keysOf(changed.id));
    await eventuallyFound(() => keysOf(shared.id));
    const old = (await redis.getBuffer(key)) as Buffer;
    expect(await statementsOf(other, () => read(shared.id, other))).toEqual([]);

    await rename(changed.id, 'after');
    await new Promise((resolve) => setTimeout(resolve, SEEN_WITHIN_MS));
    await redis.set(key, old);
    expect((await read(changed.id, other)).client?.name).toBe('after');
    // And one that did not run yet when the change was announced.
    const late = await TestApp.start();
    try {
      await warmUp(late, acme, [shared.id]);
      await redis.set(key, old);
      expect((await read(changed.id, late)).client?.name).toBe('after');
    } finally {
      await late.stop();
    }
  });

  it('shows a change to the process that made it at once', async () => {
    const { client } = await buildClientWithData(app, acme);
    const path = `/api/v1/clients/${client.id}`;
    for (let round = 0; round < 20; round += 1) {
      await app
        .http(acme.owner)
        .patch(path)
        .send({ name: `Round ${round}` })
        .expect(200);
      const { body } = await app.http(acme.owner).get(`${path}/data`).expect(200);
      expect(body).toMatchObject({ name: `Round ${round}` });
    }
    await app.http(acme.owner).delete(path).expect(204);
    await app.http(acme.owner).get(`${path}/data`).expect(404);
  });
});

async function eventuallyFound(find: () => Promise<string[]>): Promise<string[]> {
  let found: string[] = [];
  await eventually(async () => {
    found = await find();
    expect(found).not.toEqual([]);
  });
  return found;
}

/** Everything in a value that could be changed. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}
