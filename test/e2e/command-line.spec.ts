import { randomUUID } from 'node:crypto';
import { buildClientWithData, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { carryOut, carryOutIn, runCommand } from '../support/command-line.js';
import { ScratchDatabase } from '../support/scratch-database.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

// Each process takes seconds on a busy machine.
const PROCESSES_MS = 60_000;

describe('the command line', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
  });
  afterAll(async () => await app.stop());

  const json = async (...parameters: string[]): Promise<unknown> =>
    JSON.parse((await carryOut(...parameters, '--json')).stdout);

  it(
    'lists its commands',
    async () => {
      const { code, stdout } = await runCommand(['--help']);
      expect(code).toBe(0);
      for (const name of [
        'org:create',
        'org:list',
        'user:create',
        'member:add',
        'client:show',
        'client:data',
        'db:migrate',
        'db:status',
        'db:seed',
      ]) {
        expect(stdout).toContain(name);
      }
    },
    PROCESSES_MS,
  );

  it(
    'S3-22 S2-4 creates a user that can log in, and an organization that it owns',
    async () => {
      const email = `${randomUUID()}@example.test`;
      const password = 'from the shell';
      const created = await runCommand(['user:create', '--email', email, '--first-name', 'Op', '--password-stdin'], {
        input: `${password}\n`,
      });
      expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining(email) as string });
      expect(created.stdout + created.stderr).not.toContain(password);
      const organization = (await json('org:create', '--name', 'From the Shell', '--owner', email)) as {
        id: string;
        slug: string;
      };
      const { body } = await app.http().post('/api/v1/auth/login').send({ email, password }).expect(200);
      expect(body).toMatchObject({
        activeOrganizationId: organization.id,
        organizations: [{ slug: organization.slug, role: 'OWNER' }],
      });
      expect(await json('org:list')).toContainEqual(
        expect.objectContaining({ slug: organization.slug, memberCount: 1, businessCount: 0 }),
      );
    },
    PROCESSES_MS,
  );

  it('S3-10 adds the same address to two organizations, and once to each', async () => {
    const email = `${randomUUID()}@example.test`;
    const add = async (organization: string) =>
      await carryOut('member:add', '--organization', organization, '--email', email, '--role', 'member');
    expect(await add(acme.slug)).toMatchObject({ code: 0 });
    expect(await add(globex.id)).toMatchObject({ code: 0 });
    expect(await add(acme.slug)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('belongs to the organization already') as string,
    });
  });

  it('S0-5 shows a client and its data inside the named organization, on the record', async () => {
    const { client } = await buildClientWithData(app, acme, 'shell');
    expect(await json('client:show', client.id, '--organization', acme.slug)).toMatchObject({
      id: client.id,
      name: 'Client shell',
    });
    const data = await carryOut('client:data', client.id, '--organization', acme.id);
    expect(data.stdout).toContain('Objectives shell');
    expect(data.stdout).not.toContain('refresh-shell');
    const records = await askAsSuperuser<{ action: string; entry_point: string; actor_type: string }>(
      `SELECT action, entry_point, actor_type FROM audit_logs WHERE client_id = $1 AND entry_point = 'cli' ORDER BY occurred_at`,
      [client.id],
    );
    expect(records).toEqual([
      { action: 'client.read', entry_point: 'cli', actor_type: 'system' },
      { action: 'client-data.read', entry_point: 'cli', actor_type: 'system' },
    ]);
  });

  it('answers for a client of another organization as for none', async () => {
    const { client } = await buildClientWithData(app, globex);
    const foreign = await carryOut('client:data', client.id, '--organization', acme.slug);
    const absent = await carryOut('client:data', randomUUID(), '--organization', acme.slug);
    expect(foreign).toEqual(absent);
    expect(foreign).toMatchObject({ code: 1, stdout: '' });
  });

  it(
    'exits 2 and touches nothing without organization, and 1 for an unknown one',
    async () => {
      const email = `${randomUUID()}@example.test`;
      const parameters = ['member:add', '--email', email, '--role', 'MEMBER'];
      expect(await runCommand(parameters)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--organization') as string,
      });
      expect(await carryOut(...parameters, '--organization', 'no-such')).toMatchObject({ code: 1 });
      const boss = ['member:add', '--organization', acme.slug, '--email', email, '--role', 'BOSS'];
      expect(await runCommand(boss)).toMatchObject({ code: 2 });
      expect(await carryOut('client:show', 'not-a-uuid', '--organization', acme.slug)).toMatchObject({ code: 2 });
      expect(await carryOut('org:create', '--owner', email)).toMatchObject({ code: 2 });
      expect(await runCommand(['no:such'])).toMatchObject({ code: 2 });
      expect(await askAsSuperuser('SELECT FROM users WHERE email = $1', [email])).toEqual([]);
    },
    PROCESSES_MS,
  );

  it('S3-7 records unscoped work with its reason', async () => {
    await carryOut('org:list');
    const [event] = await askAsSuperuser<{ reason: string }>(
      `SELECT reason FROM security_events WHERE action = 'unscoped.started' AND entry_point = 'cli' ORDER BY occurred_at DESC LIMIT 1`,
    );
    expect(event?.reason).toContain('org:list');
  });

  it(
    'says that the database is down instead of hanging',
    async () => {
      const environment = {
        DATABASE_URL: 'postgres://bulkhead_app:x@127.0.0.1:1/x',
        DATABASE_IDENTITY_URL: 'postgres://x:x@127.0.0.1:1/x',
      };
      const { code, stderr } = await runCommand(['org:list'], { environment });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining('database does not answer') as string,
      });
    },
    PROCESSES_MS,
  );

  it(
    'S2-25 S2-1 seeds the whole hierarchy once, and reads the counts back',
    async () => {
      const database = await ScratchDatabase.create({ isMigrated: true });
      const { environment } = database;
      const seeded = await carryOutIn(environment, 'db:seed', '--if-empty', '--json');
      expect(seeded.stderr).toBe('');
      const counts = { businessCount: 2, integrationCount: 1, clientCount: 3 };
      expect(JSON.parse(seeded.stdout)).toMatchObject({
        seeded: true,
        organizations: [
          { slug: 'acme', memberCount: 4, ...counts },
          { slug: 'globex', memberCount: 2, ...counts },
        ],
      });
      const again = await carryOutIn(environment, 'db:seed', '--if-empty', '--json');
      expect(JSON.parse(again.stdout)).toEqual({ seeded: false });
      expect(await carryOutIn(environment, 'db:seed')).toMatchObject({ code: 2 });
      const staging = { ...environment, ENVIRONMENT: 'staging' };
      expect(await carryOutIn(staging, 'db:seed')).toMatchObject({ code: 2 });
      const chain = await database.ask<{ email: string; business: string; page: string }>(
        `SELECT u.email, b.name AS business, f.page_name AS page FROM users u
         JOIN organizations o ON o.owner_id = u.id JOIN businesses b ON b.organization_id = o.id
         JOIN integrations i ON i.organization_id = b.organization_id AND i.business_id = b.id
         JOIN facebook_pages f ON f.organization_id = i.organization_id AND f.integration_id = i.id ORDER BY 1`,
      );
      expect(chain.map(({ email, page }) => [email, page])).toEqual([
        ['owner@acme.test', 'Acme'],
        ['owner@globex.test', 'Globex'],
      ]);
      await expect(database.ask(`DELETE FROM users WHERE email = 'owner@acme.test'`)).rejects.toMatchObject({
        code: '23001',
      });
      await database.drop();
    },
    PROCESSES_MS,
  );
});
