import { randomUUID } from 'node:crypto';
import { KeyScopeRegistry } from '../../src/tenancy/index.js';
import { buildApiKey, buildMember, type BuiltKey } from '../support/builders.js';
import { named, type Operation, readApi } from '../support/open-api.js';
import { observable, type RawAnswer, RawClient } from '../support/open-api-request.js';
import { bodyOf, buildFixture, fillPath, type Fixture, queryOf, referencesIn, unknownLike } from '../support/sweep.js';
import { Witness } from '../support/sweep-witness.js';
import { TestApp } from '../support/test-app.js';

// Before the tests are declared: each operation of the document is one.
const app = await TestApp.start();
const api = readApi(app);
const guarded = named(api.operations.filter(({ stance }) => stance?.kind !== 'public'));

let witness: Witness;
let client: RawClient;
let acme: Fixture;
let globex: Fixture;
/** Of the first organization, with all that a key can be given, made by somebody who owns both. */
let key: BuiltKey;
let foreignRows: Record<string, string>;

beforeAll(async () => {
  witness = await Witness.open();
  client = new RawClient(app.url);
  acme = await buildFixture(app, api, `own-${randomUUID().slice(0, 18)}`);
  globex = await buildFixture(app, api, `CANARY-${randomUUID().slice(0, 18)}`);
  const both = await buildMember(app, acme.organization, 'OWNER');
  const { owner, id } = globex.organization;
  await app.http(owner, id).post('/api/v1/members').send({ email: both.email, role: 'OWNER' }).expect(201);
  const scopes = [...app.get(KeyScopeRegistry).list()];
  key = await buildApiKey(app, acme.organization, { as: both, scopes, role: 'ADMIN' });
  foreignRows = await witness.checksums(id);
});
afterAll(async () => {
  client.close();
  await witness.close();
  await app.stop();
});

interface Attempt {
  readonly places?: Fixture['places'];
  readonly ids?: Fixture['ids'];
  readonly organization?: string;
}

/** Calls an operation with the key, and expects that nothing of the other organization was changed or shown. */
async function attempt(
  operation: Operation,
  { places = acme.places, ids = acme.ids, organization }: Attempt,
): Promise<RawAnswer> {
  const body = bodyOf(api, operation, acme, ids);
  const path = fillPath(operation.path, places) + queryOf(api, operation, ids);
  const answer = await client.sendAs(key, {
    method: operation.method,
    path,
    organization,
    body: body && JSON.stringify(body),
  });
  expect(`${answer.text} ${JSON.stringify(answer.headers)}`.toLowerCase()).not.toContain(globex.marker.toLowerCase());
  expect(await witness.checksums(globex.organization.id)).toEqual(foreignRows);
  return answer;
}

describe.each(guarded)('an API key at %s', (_route, operation) => {
  it('never reaches another organization, not even of the same owner, by naming it', async () => {
    const absent = await attempt(operation, { organization: randomUUID() });
    expect(absent).toMatchObject({ status: 404, body: { code: 'ORGANIZATION_NOT_FOUND' } });
    for (const organization of [globex.organization.id, globex.organization.slug])
      expect(observable(await attempt(operation, { organization }))).toEqual(observable(absent));
  });

  it('never reaches a row of another organization', async () => {
    const unknown = unknownLike(globex);
    if (referencesIn(operation, acme).length > 0) {
      const foreign = await attempt(operation, { places: globex.places });
      expect(foreign.status).toBeGreaterThanOrEqual(400);
      expect(observable(foreign)).toEqual(observable(await attempt(operation, { places: unknown.places })));
    }
    const { ids } = globex;
    const sent = `${JSON.stringify(bodyOf(api, operation, acme, ids))} ${queryOf(api, operation, ids)}`;
    if (Object.values(ids).some((id) => sent.includes(id))) {
      const foreign = await attempt(operation, { places: unknown.places, ids });
      expect(observable(foreign)).toEqual(observable(await attempt(operation, unknown)));
    }
  });
});
