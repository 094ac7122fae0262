import { performance } from 'node:perf_hooks';
import { AuditService } from '../../src/features/audit/audit.service.js';
import { AuditVerificationService } from '../../src/features/audit/audit-verification.service.js';
import { AuditTrail } from '../support/audit-trail.js';
import { TestApp } from '../support/test-app.js';

const ORGANIZATIONS = 20;
const RECORDS = 200_000;
const IN_FLIGHT = 4_000;

/** Rates are printed, not asserted: what they are worth depends on what else the machine does. */
describe('a long audit log', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => await app.stop());

  it('P8 is written in batches and verified with progress', async () => {
    const trails: AuditTrail[] = [];
    for (let count = 0; count < ORGANIZATIONS; count += 1) trails.push(await AuditTrail.build(app));
    const audit = app.get(AuditService);
    const entry = { action: 'client.read', entity: 'Client', fields: ['name', 'websiteUrl'] };
    let left = RECORDS;
    const startedAt = performance.now();
    const lane = async (number: number) =>
      await (trails[number % ORGANIZATIONS] as AuditTrail).inside(async () => {
        while (left > 0) {
          left -= 1;
          await audit.record({ ...entry, entityId: String(left) });
        }
      });
    await Promise.all(Array.from({ length: IN_FLIGHT }, async (_, number) => await lane(number)));
    print('written', RECORDS, startedAt);

    const first = trails[0] as AuditTrail;
    const seen: number[] = [];
    const verifiedAt = performance.now();
    const { isIntact, records } = await first.inside(
      async () => await app.get(AuditVerificationService).verify((done) => seen.push(done)),
    );
    print('verified', records, verifiedAt);
    expect(isIntact).toBe(true);
    expect(seen.at(-1)).toBe(records);
    const checkedAt = performance.now();
    for (const trail of trails) expect(await trail.check()).toMatchObject({ isIntact: true });
    print('verified, all chains', RECORDS, checkedAt);
  }, 600_000);
});

function print(what: string, count: number, since: number): void {
  const seconds = (performance.now() - since) / 1_000;
  process.stdout.write(`${what}: ${count} records in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)}/s\n`);
}
