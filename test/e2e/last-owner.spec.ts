import pg from 'pg';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { toDatabaseFault } from '../../src/platform/errors/database-fault.js';
import { buildMember, buildOrganization, type BuiltOrganization, type BuiltUser } from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { RawClient } from '../support/open-api-request.js';
import { superuserUrl } from '../support/superuser.js';
import { environmentFor } from '../support/test-environment.js';
import { TestApp } from '../support/test-app.js';

const ROUNDS = 100;
const SECONDS = 20;
const AT_ONCE = 50;

describe('the last owner', () => {
  let app: TestApp;
  let client: RawClient;
  let organization: BuiltOrganization;
  let second: BuiltUser;
  let ids: [string, string];
  const witness = new pg.Client({ connectionString: superuserUrl() });
  const bare = new pg.Pool({ connectionString: environmentFor()['DATABASE_URL'] as string, max: AT_ONCE });

  beforeAll(async () => {
    await witness.connect();
    app = await TestApp.start();
    client = new RawClient(app.url, AT_ONCE);
    organization = await buildOrganization(app);
    second = await buildMember(app, organization, 'OWNER');
    ids = await Promise.all([membershipOf(organization.owner), membershipOf(second)]);
  });
  afterAll(async () => {
    client.close();
    await app.stop();
    await bare.end();
    await witness.end();
  });

  async function membershipOf({ user }: BuiltUser): Promise<string> {
    const { rows } = await witness.query<{ id: string }>(
      'SELECT id FROM memberships WHERE organization_id = $1 AND user_id = $2',
      [organization.id, user.id],
    );
    return rows[0]?.id as string;
  }

  const renew = async () => {
    await witness.query(
      `UPDATE memberships SET role = 'OWNER', is_active = true, deleted_at = NULL WHERE organization_id = $1`,
      [organization.id],
    );
  };
  const owners = async () => {
    const { rows } = await witness.query<{ user_id: string; named: string }>(
      `SELECT m.user_id, o.owner_id AS named FROM memberships m JOIN organizations o ON o.id = m.organization_id
        WHERE o.id = $1 AND m.role = 'OWNER' AND m.is_active`,
      [organization.id],
    );
    return rows;
  };

  /** Both owners remove and demote each other and themselves. */
  async function attack(): Promise<number[]> {
    const requests = Array.from({ length: AT_ONCE }, (_, index) => {
      const as = index % 2 === 0 ? organization.owner : second;
      const path = `/api/v1/members/${index % 4 < 2 ? ids[0] : ids[1]}`;
      if (index % 5 === 4) return { as, method: 'delete', path: '/api/v1/members/me' };
      if (index % 3 === 0) return { as, method: 'patch', path, body: '{"role":"MEMBER"}' };
      return { as, method: 'delete', path };
    });
    const answers = await Promise.all(
      requests.map(({ as, ...request }) => client.sendAs(as, { ...request, organization: organization.id })),
    );
    return answers.map(({ status }) => status);
  }

  it(
    'S2-3 stays, whatever 50 parallel removals, demotions and departures of the last two owners do',
    async () => {
      const deadline = Date.now() + SECONDS * 1_000;
      const statuses = new Set<number>();
      let rounds = 0;
      for (; rounds < ROUNDS && Date.now() < deadline; rounds += 1) {
        await renew();
        const answers = await attack();
        for (const status of answers) statuses.add(status);
        expect(answers.filter((status) => status < 300)).not.toEqual([]);
        const left = await owners();
        expect(left).toHaveLength(1);
        expect(left[0]?.named).toBe(left[0]?.user_id);
      }
      expect(rounds).toBeGreaterThan(2);
      expect([...statuses].filter((status) => ![200, 204, 403, 404, 422, 503].includes(status))).toEqual([]);
      process.stdout.write(`last owner: ${rounds} rounds of ${AT_ONCE} requests\n`);
    },
    (SECONDS + 20) * 1_000,
  );

  it('is kept by the database alone, for statements that take no lock first', async () => {
    const end = async (id: string | undefined, isRemoval: boolean) => {
      const connection = await bare.connect();
      try {
        await connection.query('BEGIN');
        await connection.query(
          `SELECT set_config('app.product', 'bestays', true), set_config('app.organization_id', $1, true)`,
          [organization.id],
        );
        await connection.query(
          `UPDATE memberships SET ${isRemoval ? 'is_active = false' : `role = 'ADMIN'`} WHERE organization_id = $1 AND id = $2`,
          [organization.id, id],
        );
        await connection.query('COMMIT');
        return 'done';
      } catch (error) {
        await connection.query('ROLLBACK');
        return (error as pg.DatabaseError).code;
      } finally {
        connection.release();
      }
    };
    for (let round = 0; round < 20; round += 1) {
      await renew();
      const ends = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => end(ids[index % 2], index % 4 < 2)));
      expect(ends).toContain('OW001');
      expect(await owners()).toHaveLength(1);
    }
    await renew();
    const both = bare.connect().then(async (connection) => {
      try {
        await connection.query(
          `BEGIN; SELECT set_config('app.product', 'bestays', true), set_config('app.organization_id', '${organization.id}', true)`,
        );
        await connection.query(`UPDATE memberships SET role = 'MEMBER' WHERE organization_id = '${organization.id}'`);
      } finally {
        await connection.query('ROLLBACK');
        connection.release();
      }
    });
    await expect(both).rejects.toMatchObject({ code: 'OW001', constraint: 'memberships_keep_an_owner' });
  });

  it('is known by its code through the ORM as well', async () => {
    await renew();
    const database = app.get(OrganizationDatabase);
    const refused = await runAs(app, organization, () =>
      database.membership.updateMany({ data: { role: 'MEMBER' } }).then(
        () => null,
        (error: unknown) => toDatabaseFault(error),
      ),
    );
    expect(refused).toEqual({ kind: 'refused', state: 'OW001' });
  });

  it('is told so', async () => {
    const alone = await buildOrganization(app);
    const http = app.http(alone.owner, alone.id);
    const { body } = await http.get('/api/v1/members').expect(200);
    const [{ id }] = (body as { data: [{ id: string }] }).data;
    for (const request of [
      http.delete('/api/v1/members/me'),
      http.delete(`/api/v1/members/${id}`),
      http.patch(`/api/v1/members/${id}`).send({ role: 'ADMIN' }),
    ]) {
      expect((await request.expect(422)).body).toMatchObject({ code: 'LAST_OWNER' });
    }
    await http.patch(`/api/v1/members/${id}`).send({ role: 'OWNER' }).expect(200);
  });
});
