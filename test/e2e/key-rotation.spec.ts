import { buildClientWithData, buildOrganization } from '../support/builders.js';
import { carryOut } from '../support/command-line.js';
import { RotationTrial } from '../support/rotation-trial.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

// Every organization of the database is rotated.
process.env['TEST_DATABASE_SUFFIX'] = '_destroyed';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);

describe('credentials:rotate', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => await app.stop());

  const keysOf = async (organizationId: string) =>
    await askAsSuperuser<{ id: string; state: string }>(
      'SELECT id, state FROM organization_keys WHERE organization_id = $1 ORDER BY version',
      [organizationId],
    );

  it(`keeps every secret readable, whenever it is killed, while others read and store (TEST_SEED=${SEED})`, async () => {
    const trial = await RotationTrial.build(app, 2, 40, SEED);
    const killed = await trial.rotate(2, 400);
    expect(trial.problems).toEqual([]);
    expect(await trial.listLost()).toEqual([]);
    expect([trial.reads, trial.stores].every((count) => count > 5)).toBe(true);
    expect(killed).toBeGreaterThan(0);
    for (const { id } of trial.organizations) {
      const keys = await keysOf(id);
      expect(keys.map(({ state }) => state)).toEqual(['RETIRED', 'ACTIVE']);
      const [{ others } = { others: -1 }] = await askAsSuperuser<{ others: number }>(
        `SELECT count(*)::int AS others FROM client_credentials
          WHERE organization_id = $1 AND split_part(envelope, '.', 2) <> $2`,
        [id, keys[1]?.id],
      );
      expect(others).toBe(0);
    }
  }, 240_000);

  it('goes past what does not open, says where it stands and fails, and leaves a record with counts', async () => {
    const acme = await buildOrganization(app);
    const { client } = await buildClientWithData(app, acme);
    const [row] = await askAsSuperuser<{ id: string }>(
      `UPDATE client_credentials SET envelope = overlay(envelope PLACING 'AAAA' FROM 60)
        WHERE client_id = $1 AND provider = 'SEARCH_CONSOLE' RETURNING id`,
      [client.id],
    );
    const { code, stdout } = await carryOut('credentials:rotate', '--organization', acme.slug);
    expect(stdout).toContain(`Rotated ${acme.slug}: a new data key, 1 secrets encrypted again`);
    expect(stdout).toContain(`client_credentials.envelope in row ${row?.id}`);
    expect(code).toBe(1);
    expect((await keysOf(acme.id)).map(({ state }) => state)).toEqual(['RETIRING', 'ACTIVE']);
    const audit = await app.http(acme.owner).get('/api/v1/audit-logs?action=credentials.rotated').expect(200);
    expect((audit.body as { data: unknown[] }).data).toMatchObject([
      { entity: 'OrganizationKey', fields: ['client_credentials.envelope:1', 'retiredKeys:0', 'unreadable:1'] },
    ]);
  }, 60_000);

  it('refuses to guess which organizations', async () => {
    expect(await carryOut('credentials:rotate')).toMatchObject({ code: 2, stdout: '' });
  }, 60_000);
});
