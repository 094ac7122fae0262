import { readFileSync } from 'node:fs';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { OrganizationContextService } from '../../src/tenancy/index.js';
import { filesUnder } from '../architecture/project-files.js';
import { buildBusiness, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { contextOf } from '../support/contexts.js';
import { statementsOf } from '../support/statements.js';
import { TestApp } from '../support/test-app.js';

describe('setting the context and enforcing it', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    for (const organization of [acme, globex]) await buildBusiness(app, organization);
  });
  afterAll(async () => await app.stop());

  const importsOf = (folder: string) =>
    filesUnder(`src/tenancy/${folder}`, '.ts').flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/from '\.\.\/(\w+)\//g)].map(([, other]) => other),
    );

  it('S1-21 are two layers: neither the context nor the doors know the isolation, and it knows no door', () => {
    for (const folder of ['context', 'http', 'cli']) expect(importsOf(folder)).not.toContain('isolation');
    expect(importsOf('isolation').filter((other) => other !== 'context')).toEqual([]);
  });

  it('S1-21 hold each by itself: a context asks the database nothing, and queries are enforced where they are made', async () => {
    const contexts = app.get(OrganizationContextService);
    const database = app.get(OrganizationDatabase);
    expect(await statementsOf(app, async () => await contexts.run(contextOf(acme), () => Promise.resolve()))).toEqual(
      [],
    );
    await expect(database.business.findMany()).rejects.toMatchObject({ code: 'ORGANIZATION_CONTEXT_MISSING' });
    const read = (organizationId: string) =>
      contexts.run(contextOf(acme), () => database.business.findMany({ where: { organizationId } }));
    expect(await read(acme.id)).toHaveLength(1);
    expect(await read(globex.id)).toEqual([]);
  });
});
