import { randomUUID } from 'node:crypto';
import { buildJob, buildPublishedProperty, buildSiteWork, buildSupportSession } from '../support/builders.js';
import { named, type Operation, readApi } from '../support/open-api.js';
import { differencesFrom } from '../support/open-api-conformance.js';
import { RawClient } from '../support/open-api-request.js';
import { bodyOf, buildFixture, fillPath, type Fixture, isOfPlatform, withRequired } from '../support/sweep.js';
import { invalid } from '../support/sweep-refusals.js';
import { TestApp } from '../support/test-app.js';

interface Page {
  readonly data: readonly { readonly id: string; readonly [field: string]: unknown }[];
  readonly page: { readonly nextCursor: string | null; readonly hasMore: boolean };
}

const app = await TestApp.start();
const api = readApi(app);
const sortsOf = ({ parameters }: Operation) => parameters.find(({ name }) => name === 'sort')?.schema.enum ?? [];
const find = (method: string, path: string) =>
  api.operations.find((operation) => operation.method === method && operation.path === path);
const lists = named(
  api.operations.filter(
    ({ method, parameters }) => method === 'get' && parameters.some(({ name }) => name === 'cursor'),
  ),
);
// Their documentation promises it.
const derivations = named(
  api.operations.filter(
    ({ method, body }) => method === 'post' && /made unique/.test(body?.properties?.['slug']?.description ?? ''),
  ),
);
const changes = named(api.operations.filter(({ method, path }) => method === 'patch' && find('get', path)));

let client: RawClient;
let acme: Fixture;

beforeAll(async () => {
  client = new RawClient(app.url);
  acme = await buildFixture(app, api, 'listed');
  for (const [, { path }] of lists) {
    const creation = find('post', path);
    for (let number = 0; creation && number < 4; number += 1) await send(creation);
  }
  // Made by others than those who list them.
  for (let number = 0; number < 4; number += 1) {
    await buildSupportSession(app, acme.superuser, acme.organization);
    await buildJob(acme.organization);
    await buildPublishedProperty(app, acme.organization);
    await buildSiteWork(acme.organization, acme.places['/clients/{id}'] as string);
  }
});
afterAll(async () => {
  client.close();
  await app.stop();
});

async function send(operation: Operation, query = '', headers: Record<string, string> = {}) {
  const body = operation.method === 'get' ? undefined : JSON.stringify(bodyOf(api, operation, acme));
  const path = fillPath(operation.path, acme.places) + withRequired(operation, query);
  return await client.sendAs(isOfPlatform(operation) ? acme.superuser : acme.organization.owner, {
    method: operation.method,
    path,
    headers,
    body,
    organization: acme.organization.id,
  });
}

async function read(operation: Operation, query: string): Promise<Page> {
  const answer = await send(operation, query);
  expect([query, answer.status]).toEqual([query, 200]);
  expect(differencesFrom(api, operation, answer)).toEqual([]);
  return answer.body as Page;
}

/** Reading some lists is recorded, so the list of records grows while it is read. Fixed at a time, it stays. */
function fixedFilter({ parameters }: Operation): string {
  return parameters.some(({ name }) => name === 'to') ? `&to=${new Date(Date.now() - 50).toISOString()}` : '';
}

describe.each(lists)('%s', (_route, operation) => {
  it('gives 25 rows unless told, and 1 to 100', async () => {
    const { data, page } = await read(operation, '');
    expect(data.length).toBeLessThanOrEqual(25);
    expect(page.nextCursor === null).toBe(!page.hasMore);
    expect((await read(operation, '?limit=1')).data).toHaveLength(1);
    await read(operation, '?limit=100');
    for (const limit of ['0', '-1', '101', '1000000', '1.5', 'x', '']) {
      expect(await send(operation, `?limit=${limit}`)).toMatchObject(invalid('limit'));
    }
  });

  it('S2-10 pages through every order without losing or doubling a row', async () => {
    const filter = fixedFilter(operation);
    for (const sort of sortsOf(operation)) {
      const all = await read(operation, `?limit=100&sort=${sort}${filter}`);
      const seen: string[] = [];
      for (let cursor = ''; ;) {
        const { data, page } = await read(operation, `?limit=2&sort=${sort}${filter}${cursor}`);
        seen.push(...data.map(({ id }) => id));
        if (!page.hasMore) break;
        cursor = `&cursor=${page.nextCursor}`;
      }
      expect(all.data.length).toBeGreaterThan(2);
      expect(seen.slice(0, 100)).toEqual(all.data.map(({ id }) => id));
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  it('sorts by each field in both directions', async () => {
    const filter = fixedFilter(operation);
    for (const sort of sortsOf(operation).filter((name) => !name.startsWith('-'))) {
      const [up, down] = await Promise.all(
        [sort, `-${sort}`].map((order) => read(operation, `?limit=100&sort=${order}${filter}`)),
      );
      if (up?.page.hasMore) continue;
      expect(down?.data.map(({ id }) => id)).toEqual(up?.data.map(({ id }) => id).reverse());
      if (sort.endsWith('At'))
        expect(up?.data.map((row) => row[sort])).toEqual(up?.data.map((row) => row[sort]).sort());
    }
    expect(await send(operation, '?sort=id')).toMatchObject(invalid('sort'));
  });

  it('S2-17 shows deactivated rows on demand only', async () => {
    expect(await send(operation, '?includeInactive=yes')).toMatchObject(invalid('includeInactive'));
    // What everybody may read has none.
    if (!operation.parameters.some(({ name }) => name === 'includeInactive')) return;
    const shown = await read(operation, '?limit=100&includeInactive=false');
    expect(shown.data.filter(({ isActive }) => isActive === false)).toEqual([]);
    await read(operation, '?limit=100&includeInactive=true');
  });
});

describe.each(changes)('%s', (_route, operation) => {
  const tagOf = (answer: { headers: object }) => (answer.headers as Record<string, string>)['etag'] ?? '';

  it('changes only the version that was read', async () => {
    const reading = find('get', operation.path) as Operation;
    const before = await send(reading);
    expect(tagOf(before)).toBe(`"${(before.body as { version: number }).version}"`);
    const changed = await send(operation, '', { 'if-match': tagOf(before) });
    expect([changed.status, changed.text]).toEqual([200, expect.any(String)]);
    expect(tagOf(changed)).not.toBe(tagOf(before));
    const conflict = await send(operation, '', { 'if-match': tagOf(before) });
    expect(conflict).toMatchObject({ status: 412, body: { code: 'VERSION_CONFLICT' } });
    expect(differencesFrom(api, operation, conflict)).toEqual([]);
    const weak = await send(operation, '', { 'if-match': `W/${tagOf(changed)}` });
    expect(weak.status).toBe(412);
    const after = await send(reading);
    expect([tagOf(after), after.body]).toEqual([tagOf(changed), changed.body]);
    expect((await send(operation, '', { 'if-match': '*' })).status).toBe(200);
    expect((await send(operation)).status).toBe(200);
  });

  it('lets one of many who change the same version at once succeed', async () => {
    const tag = tagOf(await send(find('get', operation.path) as Operation));
    const answers = await Promise.all(Array.from({ length: 6 }, () => send(operation, '', { 'if-match': tag })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
  });

  it('tells that nothing changed since', async () => {
    const reading = find('get', operation.path) as Operation;
    const tag = tagOf(await send(reading));
    expect(await send(reading, '', { 'if-none-match': tag })).toMatchObject({ status: 304, text: '' });
    expect((await send(reading, '', { 'if-none-match': '"0"' })).status).toBe(200);
  });
});

describe.each(derivations)('%s', (_route, operation) => {
  it('S2-9 derives a free slug for each of many who choose the same name at once', async () => {
    const body = JSON.stringify({ name: `Same name ${randomUUID()}` });
    const create = async () =>
      await client.sendAs(acme.organization.owner, { method: 'post', path: operation.path, body });
    const answers = await Promise.all(Array.from({ length: 6 }, create));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
    expect(new Set(answers.map(({ body: row }) => (row as { slug: string }).slug)).size).toBe(6);
  });
});
