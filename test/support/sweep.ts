import { randomUUID } from 'node:crypto';
import {
  buildClerkUserId,
  buildJob,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
  buildSiteWork,
  buildPublishedProperty,
  buildSuperuser,
  buildSupportSession,
  type BuiltUser,
  PASSWORD,
} from './builders.js';
import { buildFaq, buildFaqDesk } from './faq-builders.js';
import { buildLogin, buildResetToken } from './log-ins.js';
import type { Api, Operation } from './open-api.js';
import { exampleOf, type JsonObject } from './open-api-example.js';
import type { TestApp } from './test-app.js';

/** An organization that holds a row of everything, with its marker in every text of it. */
export interface Fixture {
  readonly organization: BuiltOrganization;
  readonly marker: string;
  readonly admin: BuiltUser;
  readonly member: BuiltUser;
  /** Runs the platform, and belongs to the organization too, so that a request may name it. */
  readonly superuser: BuiltUser;
  /** Sets the password of somebody else: using it ends all log-ins of whom it belongs to. */
  readonly resetToken: string;
  /** What stands for a path parameter, by the path segment in front of it: `/clients/{id}`. */
  readonly places: Readonly<Record<string, string>>;
  /** What stands for a field or query parameter that refers to a row, by its name. */
  readonly ids: Readonly<Record<string, string>>;
  /** Of an invitation that nobody has accepted. */
  readonly invitationToken: string;
}

/**
 * Builds one organization over HTTP, each row from the documented body of its route, so that new fields join by themselves.
 * A new kind of row with an id in a path or body needs a line here.
 */
export async function buildFixture(app: TestApp, api: Api, marker: string): Promise<Fixture> {
  const organization = await buildOrganization(app, `Organization ${marker}`);
  const ids: Record<string, string> = { organizationId: organization.id, actor: organization.owner.user.id };
  const http = app.http(organization.owner, organization.id);
  const create = async (path: string, route: string, method: 'post' | 'put' = 'post') => {
    const { id, body } = findOperation(api, method, route);
    const {
      ok,
      text,
      body: row,
    } = await http[method](`/api/v1${path}`).send(
      completed(id, exampleOf(api, body ?? {}, { marker, ids }) as JsonObject, ids),
    );
    if (!ok) throw new Error(`${method.toUpperCase()} ${path} refuses the body made of its documentation: ${text}`);
    return row as Record<string, string>;
  };
  await http
    .patch('/api/v1/organizations/current')
    .send({ email: `${marker}@example.test` })
    .expect(200);
  const business = await create('/businesses', '/businesses');
  ids['businessId'] = business['id'] as string;
  const integration = await create('/integrations', '/integrations');
  const client = await create('/clients', '/clients');
  ids['client'] = client['id'] as string;
  ids['clientId'] = client['id'] as string;
  ids['userId'] = organization.owner.user.id;
  for (const provider of ['google-analytics', 'search-console']) {
    await create(`/clients/${client['id']}/credentials/${provider}`, '/clients/{id}/credentials/{provider}', 'put');
  }
  const project = await create(`/clients/${client['id']}/seo-projects`, '/clients/{id}/seo-projects');
  const keyword = await create(`/seo-projects/${project['id']}/keywords`, '/seo-projects/{id}/keywords');
  const crew = await create('/crews', '/crews');
  ids['crewId'] = crew['id'] as string;
  const execution = await create('/crew-executions', '/crew-executions');
  const board = `/crew-executions/${execution['id']}/tasks`;
  const { body: tasks } = await http.get(`/api/v1${board}`).expect(200);
  const taskId = (tasks as { data: { id: string }[] }).data[0]?.id ?? '';
  await create(`${board}/${taskId}/comments`, '/crew-executions/{id}/tasks/{taskId}/comments');
  ids['assigneeId'] = organization.owner.user.id;
  const report = await create('/research-reports', '/research-reports');
  const siteWork = await buildSiteWork(organization, client['id'] as string, marker);
  const property = await create('/properties', '/properties');
  const membership = await create('/members', '/members');
  const superuser = await buildSuperuser(app);
  await http.post('/api/v1/members').send({ email: superuser.email, role: 'MEMBER' }).expect(201);
  const apiKey = await create('/api-keys', '/api-keys');
  // Lists are read in pages, and one of these may be ended.
  await buildLogin(app, organization.owner.email);
  const login = await buildLogin(app, organization.owner.email);
  const invitation = await create('/invitations', '/invitations');
  const { token } = await create('/invitations', '/invitations');
  const desk = await buildFaqDesk(app);
  const faq = await buildFaq(app, desk);
  const { body: conversation } = await http.post('/api/v1/chat/conversations').expect(201);
  // So that the first may leave, and somebody can take over.
  ids['userId'] = (await buildMember(app, organization, 'OWNER')).user.id;
  ids['categoryId'] = desk.category.id;
  ids['relatedIds'] = faq.id;
  return {
    organization,
    marker,
    resetToken: await buildResetToken(app),
    invitationToken: token as string,
    admin: await buildMember(app, organization, 'ADMIN'),
    member: await buildMember(app, organization, 'MEMBER'),
    superuser,
    ids,
    places: {
      '/organizations/{organizationSlug}': organization.slug,
      '/businesses/{id}': business['id'] as string,
      '/businesses/{businessSlug}': business['slug'] as string,
      '/integrations/{id}': integration['id'] as string,
      '/clients/{id}': client['id'] as string,
      '/credentials/{provider}': 'google-analytics',
      '/seo-projects/{id}': project['id'] as string,
      '/keywords/{keywordId}': keyword['id'] as string,
      '/properties/{id}': property['id'] as string,
      '/published-properties/{id}': (await buildPublishedProperty(app, organization)).id,
      '/users/{clerkUserId}': await buildClerkUserId(organization),
      '/users/{id}': ids['userId'],
      '/members/{id}': membership['id'] as string,
      '/support-sessions/{id}': await buildSupportSession(app, superuser, organization, `Reason ${marker}`),
      '/faq-categories/{id}': (await buildFaqDesk(app)).category.id,
      '/faqs/{id}': faq.id,
      '/conversations/{id}': (conversation as { id: string }).id,
      '/api-keys/{id}': apiKey['id'] as string,
      '/sessions/{id}': login.sessionId,
      '/jobs/{id}': await buildJob(organization, marker),
      '/seo-audits/{id}': siteWork['seo-audits'] as string,
      '/meta-tag-snapshots/{id}': siteWork['meta-tag-snapshots'] as string,
      '/optimizations/{id}': siteWork['optimizations'] as string,
      '/invitations/{id}': invitation['id'] as string,
      '/tools/{name}': 'keyword-list',
      '/crews/{id}': crew['id'] as string,
      '/crew-executions/{id}': execution['id'] as string,
      '/tasks/{taskId}': taskId,
      '/research-reports/{id}': report['id'] as string,
    },
  };
}

/** Stands for rows that nobody has: of the same form as those of `fixture`. */
export function unknownLike({ places, ids }: Fixture): Pick<Fixture, 'places' | 'ids'> {
  const replace = (values: Fixture['places']) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, isReference(value) ? unknownOf(value) : value]),
    );
  return { places: replace(places), ids: replace(ids) };
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
// Parameters that choose one of a few words refer to no row.
const WORDS = ['google-analytics', 'search-console', 'keyword-list'];

function isReference(value: string): boolean {
  return !WORDS.includes(value);
}

function unknownOf(value: string): string {
  return UUID.test(value) ? randomUUID() : `unknown-${randomUUID()}`;
}

/** The names of the path parameters of an operation that refer to rows. */
export function referencesIn({ path }: Pick<Operation, 'path'>, { places }: Pick<Fixture, 'places'>): string[] {
  return placesIn(path).filter((place) => isReference(placeOf(places, place, path)));
}

/** Fills the parameters of a path. @throws Error that says where to add a fixture for one that is not known. */
export function fillPath(path: string, places: Fixture['places']): string {
  return placesIn(path).reduce((filled, place) => {
    const [segment, parameter] = place.split('{') as [string, string];
    return filled.replace(`${segment}{${parameter}`, segment + encodeURIComponent(placeOf(places, place, path)));
  }, path);
}

function placesIn(path: string): string[] {
  return path.match(/\/[\w-]+\/\{\w+\}/g) ?? [];
}

function placeOf(places: Fixture['places'], place: string, path: string): string {
  const value = places[place];
  if (value !== undefined) return value;
  throw new Error(
    `${path}: the sweep has no row for "${place}". Build one in buildFixture() of test/support/sweep.ts and add it to "places".`,
  );
}

/** Routes of people of the platform; everybody else is refused there before the input is looked at. */
export function isOfPlatform({ path }: Pick<Operation, 'path'>): boolean {
  return /\/(platform|admin)\//.test(path);
}

/** Who sends an operation that is to succeed: nobody, where nobody is asked who it is. */
export function callerOf(
  operation: Pick<Operation, 'path' | 'stance'>,
  { organization, superuser }: Pick<Fixture, 'organization' | 'superuser'>,
): BuiltUser | null {
  if (operation.stance?.kind === 'public' && !operation.stance.isRecognizing) return null;
  return isOfPlatform(operation) ? superuser : organization.owner;
}

/** A valid body of an operation as somebody of `fixture` would send it; references are those of `ids`. */
export function bodyOf(api: Api, { id, body }: Operation, fixture: Fixture, ids = fixture.ids): JsonObject | undefined {
  if (!body) return undefined;
  const { owner } = fixture.organization;
  const example = exampleOf(api, body, { marker: fixture.marker, ids }) as JsonObject;
  // These routes take what only the account's owner knows; no example can be made of their schemas.
  if (id === 'clerkWebhook_receive') return { type: 'email.created', data: { id: 'ema_1' } };
  if (id === 'auth_login') return { email: owner.email, password: PASSWORD };
  if (id === 'auth_refresh') return { refreshToken: owner.refreshToken };
  if (id === 'password_change') return { currentPassword: PASSWORD, newPassword: PASSWORD };
  if (id === 'password_reauthenticate') return { currentPassword: PASSWORD };
  if (id === 'password_reset') return { token: fixture.resetToken, newPassword: PASSWORD };
  if (id === 'invitation_accept') return { ...example, token: fixture.invitationToken };
  return completed(id, example, ids);
}

/** Mends an example where what is valid depends on more than its schema: tasks refer to each other and to tools. */
function completed(id: string, example: JsonObject, ids: Fixture['ids']): JsonObject {
  if (id === 'tool_execute') return { inputs: { clientId: ids['clientId'] as string } };
  if (/^faqDocument_(create|update)$/.test(id)) return { ...example, status: 'PUBLISHED' };
  if (id !== 'crew_create' && id !== 'crew_update') return example;
  const tasks = (example['tasks'] as JsonObject[]).map(({ tool: _tool, inputs: _inputs, ...task }) => task);
  return { ...example, tasks: tasks.map((task) => ({ ...task, dependsOn: [] })) };
}

/** A query that names a row in every parameter that refers to one; empty if there is none. */
export function queryOf(api: Api, { parameters }: Operation, ids: Fixture['ids']): string {
  const references = parameters.filter(
    (parameter) => parameter.in === 'query' && api.resolve(parameter.schema).format === 'uuid',
  );
  const pairs = references.map(({ name }) => {
    const id = ids[name];
    if (id === undefined)
      throw new Error(
        `The query parameter ${name} refers to a row: add the id of one to "ids" in test/support/sweep.ts.`,
      );
    return `${name}=${id}`;
  });
  return withRequired({ parameters }, pairs.length === 0 ? '' : `?${pairs.join('&')}`);
}

/** Adds to a query the parameters without which the operation refuses all others. */
export function withRequired({ parameters }: Pick<Operation, 'parameters'>, query = ''): string {
  const given = new URLSearchParams(query);
  return parameters
    .filter(({ name, in: place, required }) => place === 'query' && required === true && !given.has(name))
    .reduce((text, { name }) => `${text}${text === '' ? '?' : '&'}${name}=Said+by+a+test`, query);
}

export function findOperation(api: Api, method: string, route: string): Operation {
  const found = api.operations.find((operation) => operation.method === method && operation.path === `/api/v1${route}`);
  if (!found)
    throw new Error(`The OpenAPI document has no ${method.toUpperCase()} ${route}: correct test/support/sweep.ts.`);
  return found;
}
