import { randomUUID } from 'node:crypto';
import { getOr404 } from '../../src/platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { buildBusiness, buildOrganization } from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { TestApp } from '../support/test-app.js';

describe(getOr404.name, () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => await app.stop());

  it('S1-8 gives a row of the current organization, and the same 404 for a foreign and an unknown one', async () => {
    const [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    const { id } = await buildBusiness(app, acme, 'Own');
    const { business } = app.get(OrganizationDatabase);
    const get = (target: string) => getOr404<{ id: string }, { name: string }>(business, { id: target }, 'business');
    await expect(runAs(app, acme, () => get(id))).resolves.toMatchObject({ name: 'Own' });
    const refusals = await Promise.all(
      [id, randomUUID()].map((target) => runAs(app, globex, () => get(target).catch((error: unknown) => error))),
    );
    expect(refusals[0]).toMatchObject({ code: 'BUSINESS_NOT_FOUND', category: 'not-found' });
    expect(refusals[0]).toEqual(refusals[1]);
    await expect(get(id)).rejects.toMatchObject({ code: 'ORGANIZATION_CONTEXT_MISSING' });
  });
});
