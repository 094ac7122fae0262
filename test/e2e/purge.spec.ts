import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { REDIS } from '../../src/platform/redis/redis.module.js';
import {
  build,
  buildApiKey,
  buildBusiness,
  buildClientWithData,
  buildJob,
  buildOrganization,
  buildPublishedProperty,
  buildSuperuser,
  buildSupportSession,
  buildUser,
} from '../support/builders.js';
import { carryOut, type CommandResult } from '../support/command-line.js';
import { buildIntegration } from '../support/integration-builders.js';
import { askAsSuperuser } from '../support/superuser.js';
import { Witness } from '../support/sweep-witness.js';
import { TestApp } from '../support/test-app.js';
import { buildWork } from '../support/work-builders.js';

interface Purged {
  readonly isDryRun: boolean;
  readonly purged: { readonly id: string; readonly rows: Record<string, number> }[];
}

/** Each command starts an application of its own. */
const COMMANDS_MS = 120_000;

describe('org:purge', () => {
  let app: TestApp;
  let witness: Witness;

  beforeAll(async () => {
    app = await TestApp.start();
    witness = await Witness.open();
  });
  afterAll(async () => {
    await witness.close();
    await app.stop();
  });

  /** An organization with a row in every table, deactivated so many days ago. */
  const buildDeactivated = async (days: number) => {
    const organization = await buildOrganization(app);
    const { id } = await buildBusiness(app, organization);
    await buildIntegration(app, organization, id);
    const { client } = await buildClientWithData(app, organization);
    await buildWork(app, organization, client.id);
    await build(app, organization, '/invitations', { email: `${randomUUID()}@example.test`, role: 'MEMBER' });
    await buildApiKey(app, organization);
    await buildJob(organization);
    await buildPublishedProperty(app, organization);
    const { id: talk } = await build(app, organization, '/chat/conversations', {});
    await build(app, organization, `/chat/conversations/${talk}/messages`, { content: 'Hello' });
    await buildSupportSession(app, await buildSuperuser(app), organization);
    await app.http(organization.owner).delete('/api/v1/organizations/current').expect(204);
    await askAsSuperuser(`UPDATE organizations SET deleted_at = now() - make_interval(days => $2) WHERE id = $1`, [
      organization.id,
      days,
    ]);
    return organization;
  };
  const purge = async (...parameters: string[]): Promise<CommandResult> => await carryOut('org:purge', ...parameters);
  const toJson = ({ stdout }: CommandResult) => JSON.parse(stdout) as Purged;
  const anchorsOf = async (...ids: string[]) => await app.nest.get<Redis>(REDIS).hmget('audit:heads', ...ids);
  const isThere = async (id: string) =>
    (await askAsSuperuser('SELECT 1 FROM organizations WHERE id = $1', [id])).length === 1;

  it(
    'C3 deletes all that an organization owned, and nothing else, once the grace period is over',
    async () => {
      const [due, other] = [await buildDeactivated(31), await buildDeactivated(29)];
      const [before, people] = [
        await witness.checksums(other.id),
        await askAsSuperuser('SELECT id FROM users ORDER BY id'),
      ];
      expect(await anchorsOf(due.id, other.id)).toEqual([expect.any(String), expect.any(String)]);
      const rehearsal = await purge('--organization', due.slug, '--dry-run', '--json');
      expect(rehearsal.code).toBe(0);
      expect(toJson(rehearsal)).toMatchObject({ isDryRun: true, purged: [{ id: due.id, rows: { clients: 1 } }] });
      expect(await isThere(due.id)).toBe(true);
      const done = await purge('--organization', due.id, '--json');
      expect({ code: done.code, stderr: done.stderr }).toEqual({ code: 0, stderr: '' });
      const [report] = toJson(done).purged;
      expect(report).toMatchObject({ id: due.id });
      const empty = Object.entries(report?.rows ?? {}).filter(([, count]) => count === 0);
      expect(empty).toEqual([]);
      const left = Object.values(await witness.checksums(due.id));
      expect(left.filter((sum) => !sum.startsWith('0:'))).toEqual([]);
      expect(await anchorsOf(due.id, other.id)).toEqual([null, expect.any(String)]);
      expect(await witness.checksums(other.id)).toEqual(before);
      expect(await askAsSuperuser('SELECT id FROM users ORDER BY id')).toEqual(people);
      const tombstones = await askAsSuperuser<{ action: string; reason: string }>(
        `SELECT action, reason FROM security_events WHERE organization_id = $1 AND action = 'organization.purged'`,
        [due.id],
      );
      expect(tombstones).toEqual([
        { action: 'organization.purged', reason: expect.stringContaining(due.slug) as string },
      ]);
      // The log-in lives, and has no organization any more; it falls back to none.
      await app.http(due.owner).get('/api/v1/auth/me').expect(200);
      await app.http(due.owner).get('/api/v1/businesses').expect(404);
      await app
        .http(due.owner)
        .put('/api/v1/organizations/current/activation')
        .send({ organizationId: due.id })
        .expect(404);
    },
    COMMANDS_MS,
  );

  it(
    'refuses an organization that is active or too young, one that it does not know, and none',
    async () => {
      const [active, young] = [await buildOrganization(app), await buildDeactivated(29)];
      for (const { id } of [active, young]) {
        expect(await purge('--organization', id, '--json')).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('PURGE_TOO_EARLY') as string,
        });
        expect(await isThere(id)).toBe(true);
      }
      expect(await purge('--organization', `unknown-${randomUUID()}`)).toMatchObject({ code: 1 });
      for (const wrong of [
        [],
        ['--all-organizations', '--organization', young.id],
        ['--all-organizations', '--grace-days', '-1'],
      ]) {
        expect(await carryOut('org:purge', ...wrong)).toMatchObject({ code: 2 });
      }
      expect(await isThere(young.id)).toBe(true);
      expect(await purge('--organization', young.slug, '--grace-days', '28')).toMatchObject({ code: 0 });
      expect(await isThere(young.id)).toBe(false);
    },
    COMMANDS_MS,
  );

  it(
    'takes all whose time has come, and leaves the people of more than one organization alone',
    async () => {
      const [first, second, young] = [
        await buildDeactivated(40),
        await buildDeactivated(50),
        await buildDeactivated(1),
      ];
      const person = await buildUser(app, 'Other');
      await askAsSuperuser(
        `INSERT INTO memberships (id, organization_id, product, user_id, email, role) VALUES ($1, $2, 'bestays', $3, $4, 'MEMBER')`,
        [randomUUID(), first.id, person.user.id, person.email],
      );
      const result = await purge('--all-organizations', '--json');
      expect(toJson(result).purged.map(({ id }) => id)).toEqual(expect.arrayContaining([first.id, second.id]));
      expect(await isThere(young.id)).toBe(true);
      await app.http(person).get('/api/v1/businesses').expect(200);
      expect(toJson(await purge('--all-organizations', '--json')).purged).toEqual([]);
    },
    COMMANDS_MS,
  );
});
