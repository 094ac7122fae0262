import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { LoginAnswer } from '../../src/features/auth/auth.dto.js';
import { askAsSuperuser } from './superuser.js';
import type { TestApp } from './test-app.js';

export const PASSWORD = 'correct horse battery';

/** A log-in together with the address it belongs to. */
export type BuiltUser = LoginAnswer & { readonly email: string };
export interface BuiltOrganization {
  readonly id: string;
  readonly slug: string;
  readonly owner: BuiltUser;
}

/** Registers a person with an address of its own. */
export async function buildUser(app: TestApp, organizationName?: string): Promise<BuiltUser> {
  const email = `user-${randomUUID()}@example.test`;
  const body = {
    email,
    password: PASSWORD,
    firstName: 'Test',
    lastName: 'User',
    ...(organizationName && { organizationName }),
  };
  const { body: login } = await app.http().post('/api/v1/auth/register').send(body).expect(201);
  return { ...(login as LoginAnswer), email };
}

/** Registers a person and makes it one who runs the platform, as only the command line can. */
export async function buildSuperuser(app: TestApp): Promise<BuiltUser> {
  const user = await buildUser(app);
  await askAsSuperuser(`UPDATE users SET platform_role = 'SUPERUSER' WHERE id = $1`, [user.user.id]);
  return user;
}

/** Has a superuser ask for a support session in the organization, which waits for an owner's approval. Returns its id. */
export async function buildSupportSession(
  app: TestApp,
  superuser: BuiltUser,
  { id, owner }: BuiltOrganization,
  reason = 'A reason that is long enough',
): Promise<string> {
  const requirement = '/api/v1/support-sessions/approval-requirement';
  await app.http(owner, id).put(requirement).send({ isRequired: true }).expect(204);
  const asked = app.http(superuser).post('/api/v1/platform/support-sessions').send({ organizationId: id, reason });
  return ((await asked.expect(201)).body as { id: string }).id;
}

/** Registers an owner together with an organization, which is the active one of the log-in. */
export async function buildOrganization(
  app: TestApp,
  name = `Organization ${randomUUID().slice(0, 8)}`,
): Promise<BuiltOrganization> {
  const owner = await buildUser(app, name);
  const [organization] = owner.organizations;
  if (!organization) throw new Error('The registration made no organization.');
  return { id: organization.id, slug: organization.slug, owner };
}

/** Registers a person and adds it to the organization with a role; the log-in's active organization is that one. */
export async function buildMember(
  app: TestApp,
  organization: BuiltOrganization,
  role: 'ADMIN' | 'MEMBER' | 'OWNER' = 'MEMBER',
): Promise<BuiltUser> {
  const user = await buildUser(app);
  await app
    .http(organization.owner, organization.id)
    .post('/api/v1/members')
    .send({ email: user.email, role })
    .expect(201);
  return user;
}

/** Links the organization's owner to an account at Clerk, as its webhook does. Returns the id there. */
export async function buildClerkUserId({ owner }: BuiltOrganization): Promise<string> {
  const id = `user_${randomUUID()}`;
  await askAsSuperuser('UPDATE users SET clerk_user_id = $2 WHERE id = $1', [owner.user.id, id]);
  return id;
}

/** Creates a row over HTTP, as the owner, and returns the answer. */
export async function build<Answer extends { id: string }>(
  app: TestApp,
  organization: BuiltOrganization,
  path: string,
  body: object,
): Promise<Answer> {
  const answer = await app.http(organization.owner, organization.id).post(`/api/v1${path}`).send(body).expect(201);
  return answer.body as Answer;
}

export async function buildBusiness(app: TestApp, organization: BuiltOrganization, name = 'E-commerce Store') {
  return await build(app, organization, '/businesses', { name });
}

export async function buildClient(app: TestApp, organization: BuiltOrganization, fields: object = {}) {
  return await build(app, organization, '/clients', { name: 'Example Ltd.', ...fields });
}

/** A listing that everybody may read. */
export async function buildPublishedProperty(app: TestApp, organization: BuiltOrganization, title = 'A house') {
  const home = { title, type: 'HOUSE', offer: 'SALE', place: 'Riverside', price: 100, currency: 'EUR' };
  const property = await build(app, organization, '/properties', home);
  const http = app.http(organization.owner, organization.id);
  await http.put(`/api/v1/properties/${property.id}/publication`).send({ isPublished: true }).expect(200);
  return property;
}

/** A job that was set aside, as the queue leaves it; there is no route that makes just any job. Returns its id. */
export async function buildJob({ id, owner }: BuiltOrganization, marker = 'plain'): Promise<string> {
  const [row] = await askAsSuperuser<{ id: string }>(
    `INSERT INTO jobs (organization_id, product, id, name, state, data, digest, signature, actor_type, actor_id,
                       entry_point, failure_code, failure_message, due_at, finished_at)
     VALUES ($1, 'bestays', $4, 'built', 'DEAD', jsonb_build_object('marker', $3::text), 'none', 'none',
             'user', $2, 'http', 'BUILT', 'Built ' || $3, NULL, now()) RETURNING id`,
    [id, owner.user.id, marker, uuidv7()],
  );
  return row?.id ?? '';
}

/** What jobs found on the site of a client, as they leave it; no route makes it without a site. Returns the ids by path. */
export async function buildSiteWork(
  { id }: BuiltOrganization,
  clientId: string,
  marker = 'plain',
): Promise<Record<string, string>> {
  const [audit, snapshot, optimization] = [uuidv7(), uuidv7(), uuidv7()];
  const url = `https://www.example.com/${marker}`;
  const insert = async (table: string, row: Record<string, unknown>) => {
    const all = { organization_id: id, product: 'bestays', ...row };
    const names = Object.keys(all);
    const places = names.map((_, index) => `$${index + 1}`);
    await askAsSuperuser(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')})`,
      Object.values(all),
    );
  };
  const of = { client_id: clientId, website_url: url, pages: 1 };
  await insert('seo_audits', {
    ...{ ...of, id: audit, score: 50, errors: 3, warnings: 0, notices: 0 },
    detail: { crawl: { startUrl: url }, deductions: [], comparison: null, isTruncated: false },
  });
  for (const rule of ['title-missing', 'description-missing', 'h1-missing']) {
    const issue = { id: uuidv7(), seo_audit_id: audit, rule, severity: 'ERROR', is_new: true };
    await insert('seo_audit_issues', { ...issue, url, detail: `Detail ${marker}` });
  }
  await insert('meta_tag_snapshots', {
    ...{ ...of, id: snapshot, added: 0, removed: 0, changed: 0 },
    detail: { pages: [{ url, tags: [{ name: 'title', content: marker }] }], end: 'COMPLETE', difference: null },
  });
  await insert('optimizations', {
    ...{ ...of, id: optimization, url, keyword: marker, score: 50, suggestions: 0 },
    detail: { pages: [], skipped: [{ keyword: marker, reason: 'built' }] },
  });
  return { 'seo-audits': audit, 'meta-tag-snapshots': snapshot, optimizations: optimization };
}

/** An API key, in the form in which builders take log-ins. */
export interface BuiltKey {
  readonly id: string;
  readonly accessToken: string;
}

/** Makes an API key as the owner, or as another member. Without scopes it may read clients. */
export async function buildApiKey(
  app: TestApp,
  organization: BuiltOrganization,
  { as = organization.owner, ...fields }: { as?: BuiltUser; scopes?: string[]; role?: string } = {},
): Promise<BuiltKey> {
  const body = { name: 'Nightly report', scopes: ['clients:read'], ...fields };
  const answer = await app.http(as, organization.id).post('/api/v1/api-keys').send(body).expect(201);
  const { id, key } = answer.body as { id: string; key: string };
  return { id, accessToken: key };
}

/** Creates a client with both credentials, a project and keywords, and what jobs found on its site. */
export async function buildClientWithData(app: TestApp, organization: BuiltOrganization, marker = 'plain') {
  const client = await buildClient(app, organization, {
    name: `Client ${marker}`,
    websiteUrl: 'https://www.example.com',
    businessObjectives: `Objectives ${marker}`,
    targetAudience: `Audience ${marker}`,
  });
  const http = app.http(organization.owner, organization.id);
  const secrets = { refreshToken: `refresh-${marker}`, clientSecret: `secret-${marker}` };
  const credentials = `/api/v1/clients/${client.id}/credentials`;
  await http.put(`${credentials}/google-analytics`).send({ propertyId: '123456', secrets }).expect(200);
  await http.put(`${credentials}/search-console`).send({ propertyUrl: 'sc-domain:example.com', secrets }).expect(200);
  const project = await build(app, organization, `/clients/${client.id}/seo-projects`, { name: `Project ${marker}` });
  for (const term of ['hand-made shoes', 'leather boots'])
    await build(app, organization, `/seo-projects/${project.id}/keywords`, { term });
  await buildSiteWork(organization, client.id, marker);
  return { client, project };
}
