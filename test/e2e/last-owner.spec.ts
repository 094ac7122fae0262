import pg from 'pg';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { toDatabaseFault } from '../../src/platform/errors/database-fault.js';
import { buildOrganization } from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { AT_ONCE, TwoOwners } from '../support/last-owner.js';
import { environmentFor } from '../support/test-environment.js';
import { TestApp } from '../support/test-app.js';

/** The long form is test/drills/last-owner.spec.ts. */
const ROUNDS = 8;

describe('the last owner', () => {
  let app: TestApp;
  let both: TwoOwners;
  const bare = new pg.Pool({ connectionString: environmentFor()['DATABASE_URL'] as string, max: AT_ONCE });

  beforeAll(async () => {
    app = await TestApp.start();
    both = await TwoOwners.meet(app);
  });
  afterAll(async () => {
    await both.part();
    await app.stop();
    await bare.end();
  });

  it('S2-3 stays, whatever 50 parallel removals, demotions and departures of the last two owners do', async () => {
    for (let round = 0; round < ROUNDS; round += 1) await both.fight();
  }, 120_000);

  it('is kept by the database alone, for statements that take no lock first', async () => {
    const end = async (id: string | undefined, isRemoval: boolean) => {
      const connection = await bare.connect();
      try {
        await connection.query('BEGIN');
        await connection.query(
          `SELECT set_config('app.product', 'bestays', true), set_config('app.organization_id', $1, true)`,
          [both.organization.id],
        );
        await connection.query(
          `UPDATE memberships SET ${isRemoval ? 'is_active = false' : `role = 'ADMIN'`} WHERE organization_id = $1 AND id = $2`,
          [both.organization.id, id],
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
      await both.renew();
      const ends = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) => end(both.ids[index % 2], index % 4 < 2)),
      );
      expect(ends).toContain('OW001');
      expect(await both.owners()).toHaveLength(1);
    }
    await both.renew();
    const demotion = bare.connect().then(async (connection) => {
      try {
        await connection.query(
          `BEGIN; SELECT set_config('app.product', 'bestays', true), set_config('app.organization_id', '${both.organization.id}', true)`,
        );
        await connection.query(
          `UPDATE memberships SET role = 'MEMBER' WHERE organization_id = '${both.organization.id}'`,
        );
      } finally {
        await connection.query('ROLLBACK');
        connection.release();
      }
    });
    await expect(demotion).rejects.toMatchObject({ code: 'OW001', constraint: 'memberships_keep_an_owner' });
  });

  it('is known by its code through the ORM as well', async () => {
    await both.renew();
    const database = app.get(OrganizationDatabase);
    const refused = await runAs(app, both.organization, () =>
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
