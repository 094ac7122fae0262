import { AuditTrail } from '../support/audit-trail.js';
import { tamperAtRandom } from '../support/random-tampering.js';
import { TestApp } from '../support/test-app.js';

const RECORDS = 60;
const ACTS = 1_000;

describe('tampering with the audit log at random', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => await app.stop());

  it('R24 finds and locates a thousand acts', async () => {
    const trail = await AuditTrail.build(app);
    for (let count = 0; count < RECORDS; count += 1) {
      if (count % 13 === 0) await trail.checkpoint();
      await trail.record();
    }
    const earlier = await trail.snapshot();
    for (let count = 0; count < 20; count += 1) await trail.record();
    const before = await trail.snapshot();
    expect((await trail.check()).findings).toEqual([]);
    expect(await tamperAtRandom(trail, before, earlier, ACTS)).toEqual([]);
  }, 600_000);
});
