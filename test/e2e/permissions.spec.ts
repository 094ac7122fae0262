import { readFileSync, writeFileSync } from 'node:fs';
import { KeyScopeRegistry, ROLES } from '../../src/tenancy/index.js';
import { buildApiKey, buildSuperuser, type BuiltKey, type BuiltUser } from '../support/builders.js';
import { readApi } from '../support/open-api.js';
import { RawClient } from '../support/open-api-request.js';
import { type Permission, readPermissions, writePermissions } from '../support/permission-table.js';
import { buildFixture, fillPath, type Fixture } from '../support/sweep.js';
import { TestApp } from '../support/test-app.js';

const DOCUMENT = 'docs/permissions.md';
/** What the door answers, and nothing behind it. */
const REFUSALS = [
  'UNAUTHENTICATED',
  'ORGANIZATION_REQUIRED',
  'ORGANIZATION_NOT_FOUND',
  'ROLE_TOO_LOW',
  'SCOPE_MISSING',
  'API_KEY_NOT_ALLOWED',
  'SUPPORT_SESSION_READ_ONLY',
];
/** Who is let in sends something that no route takes: that is found out behind the door, and changes nothing. */
const PASSED = 'VALIDATION_FAILED';
const CALLERS = [
  'nobody',
  'MEMBER',
  'ADMIN',
  'OWNER',
  'a superuser without membership',
  'support',
  'support that may write',
  'a key with the scope',
  'a key with the scope and the role MEMBER',
  'a key that may only read',
  'a key with all scopes but this',
] as const;
type Caller = (typeof CALLERS)[number];

const reviewed = readPermissions(readFileSync(DOCUMENT, 'utf8'));

let app: TestApp;
let client: RawClient;
let fixture: Fixture;
let superuser: BuiltUser;
let support: BuiltUser;
let writingSupport: BuiltUser;
let scopes: readonly string[];
const keys = new Map<string, BuiltKey>();

beforeAll(async () => {
  // One for each route's scope, and more.
  app = await TestApp.start({ environment: { API_KEYS_PER_ORGANIZATION: '1000' } });
  client = new RawClient(app.url);
  fixture = await buildFixture(app, readApi(app), 'matrix');
  superuser = await buildSuperuser(app);
  support = await buildSupport(true);
  writingSupport = await buildSupport(false);
  scopes = app.get(KeyScopeRegistry).list();
});
afterAll(async () => {
  client.close();
  await app.stop();
});

async function buildSupport(isReadOnly: boolean): Promise<BuiltUser> {
  const user = await buildSuperuser(app);
  const { id: organizationId, owner } = fixture.organization;
  const body = { organizationId, reason: 'A look at every route', isReadOnly };
  const { body: session } = await app.http(user).post('/api/v1/platform/support-sessions').send(body).expect(201);
  const { id } = session as { id: string };
  await app.http(owner, organizationId).put(`/api/v1/support-sessions/${id}/approval`).expect(200);
  return user;
}

async function keyWith(wanted: readonly string[], role = 'ADMIN'): Promise<BuiltKey> {
  const name = `${role} ${wanted.join(' ')}`;
  const key = keys.get(name) ?? (await buildApiKey(app, fixture.organization, { scopes: [...wanted], role }));
  keys.set(name, key);
  return key;
}

/** @param scope - of a route that no key may call, any will do */
async function logInAs(caller: Caller, scope: string): Promise<{ accessToken: string } | null> {
  const own = scopes.includes(scope) ? [scope] : scopes;
  switch (caller) {
    case 'nobody':
      return null;
    case 'MEMBER':
      return fixture.member;
    case 'ADMIN':
      return fixture.admin;
    case 'OWNER':
      return fixture.organization.owner;
    case 'a superuser without membership':
      return superuser;
    case 'support':
      return support;
    case 'support that may write':
      return writingSupport;
    case 'a key with the scope':
      return await keyWith(own);
    case 'a key with the scope and the role MEMBER':
      return await keyWith(own, 'MEMBER');
    case 'a key that may only read':
      return await keyWith(scopes.filter((name) => name.endsWith(':read')));
    case 'a key with all scopes but this':
      return await keyWith(scopes.filter((name) => name !== scope));
  }
}

/** What the table promises a caller, as the code of the answer. */
function expectedCode({ method, least, scope }: Permission, caller: Caller): string {
  const isKey = caller.startsWith('a key');
  const isSupport = caller.startsWith('support');
  if (least === 'anybody') return 'anything but a refusal of the door';
  const isRecognizing = least === 'anybody, known by a token';
  if (isRecognizing && ['nobody', 'a superuser without membership'].includes(caller)) return PASSED;
  if (caller === 'nobody') return 'UNAUTHENTICATED';
  if (isKey && scope === '–') return 'API_KEY_NOT_ALLOWED';
  if (least === 'anyone logged in') return PASSED;
  if (caller === 'a superuser without membership') return 'ORGANIZATION_NOT_FOUND';
  if (caller === 'a key with all scopes but this') return 'SCOPE_MISSING';
  if (caller === 'a key that may only read' && !scope.endsWith(':read')) return 'SCOPE_MISSING';
  const role = caller.endsWith('MEMBER') ? 'MEMBER' : isKey || isSupport ? 'ADMIN' : caller;
  if (!isRecognizing && rankOf(role) < rankOf(least)) return 'ROLE_TOO_LOW';
  return caller === 'support' && method !== 'get' ? 'SUPPORT_SESSION_READ_ONLY' : PASSED;
}

function rankOf(role: string): number {
  return (ROLES as readonly string[]).indexOf(role);
}

async function ask({ method, path, least, scope }: Permission, caller: Caller): Promise<string> {
  const isStranger = caller === 'a superuser without membership';
  const isNamed = !caller.startsWith('a key') && !(isStranger && !ROLES.includes(least as 'OWNER'));
  const answer = await client.sendAs(await logInAs(caller, scope), {
    method,
    path: `${fillPath(path, fixture.places)}?nobodyKnowsThis=1`,
    ...(isNamed && { organization: fixture.organization.id }),
    ...(method !== 'get' && { body: '{"nobodyKnowsThis":1}' }),
  });
  const { code } = (typeof answer.body === 'object' ? answer.body : {}) as { code?: string };
  if (least === 'anybody' && !REFUSALS.includes(code ?? '')) return 'anything but a refusal of the door';
  return code ?? `status ${answer.status}`;
}

describe(DOCUMENT, () => {
  it('says of every route who may call it; `npm run docs:permissions` brings it up to date', () => {
    const current = writePermissions(readApi(app).operations);
    const { snapshotState } = expect.getState() as unknown as { snapshotState: { _updateSnapshot: string } };
    if (snapshotState._updateSnapshot === 'all') writeFileSync(DOCUMENT, current);
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(current);
  });
});

describe('the role matrix', () => {
  it.each(reviewed.map((row) => [`${row.method} ${row.path}`, row] as const))(
    'is what is answered: %s',
    async (_route, row) => {
      const answers: Record<string, string> = {};
      for (const caller of CALLERS) answers[caller] = await ask(row, caller);
      const expected = Object.fromEntries(CALLERS.map((caller) => [caller, expectedCode(row, caller)]));
      expect(answers).toEqual(expected);
    },
  );
});
