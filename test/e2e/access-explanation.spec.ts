import { randomUUID } from 'node:crypto';
import {
  buildApiKey,
  buildClient,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
} from '../support/builders.js';
import { carryOut } from '../support/command-line.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

interface Explanation {
  readonly isAllowed: boolean;
  readonly steps: readonly { readonly step: string; readonly isOk: boolean; readonly detail: string }[];
}

describe('the explanation of access', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
  });
  afterAll(async () => await app.stop());

  const explain = async (query: string): Promise<Explanation> =>
    (await app.http(acme.owner).get(`/api/v1/access/explanation?${query}`).expect(200)).body as Explanation;
  const lastOf = ({ isAllowed, steps }: Explanation) => ({ isAllowed, ...steps.at(-1) });

  it('follows the chain of a member to the role, and to a client', async () => {
    const member = await buildMember(app, acme);
    const client = await buildClient(app, acme);
    const { isAllowed, steps } = await explain(`userId=${member.user.id}&clientId=${client.id}`);
    expect(isAllowed).toBe(true);
    expect(steps.map(({ step }) => step)).toEqual(['product', 'organization', 'membership', 'user', 'role', 'client']);
    expect(steps).toMatchObject([{ detail: 'bestays' }, {}, {}, {}, { detail: expect.stringContaining('MEMBER') }, {}]);
  });

  it('tells whether a feature is switched on, and where the organization comes from', async () => {
    const ask = `userId=${acme.owner.user.id}&feature=reports`;
    expect(lastOf(await explain(ask))).toMatchObject({ isAllowed: false, step: 'feature', isOk: false });
    const enabled = await carryOut('org:features', '--organization', acme.slug, '--enable', 'reports');
    expect(enabled).toMatchObject({ code: 0, stderr: '' });
    expect(lastOf(await explain(ask))).toMatchObject({ isAllowed: true, step: 'feature', isOk: true });
    const sourceFor = async (http: ReturnType<TestApp['http']>) => {
      const { body } = await http.get(`/api/v1/access/explanation?${ask}`).expect(200);
      return (body as Explanation).steps.find(({ step }) => step === 'organization')?.detail;
    };
    const key = await buildApiKey(app, acme, { scopes: ['access:read'], role: 'ADMIN' });
    expect(await sourceFor(app.http(acme.owner))).toContain('log-in');
    expect(await sourceFor(app.http(acme.owner, acme.id))).toContain('X-Organization-Id');
    expect(await sourceFor(app.http(key))).toContain('API key');
  });

  it('names the first link that does not hold', async () => {
    const member = await buildMember(app, acme);
    const email = encodeURIComponent(member.email);
    const foreign = await buildClient(app, globex);
    for (const id of [foreign.id, randomUUID()])
      expect(lastOf(await explain(`email=${email}&clientId=${id}`))).toMatchObject({
        isAllowed: false,
        step: 'client',
      });
    await askAsSuperuser('UPDATE users SET is_active = false WHERE id = $1', [member.user.id]);
    expect(lastOf(await explain(`email=${email}`))).toMatchObject({ isAllowed: false, step: 'user' });
    await askAsSuperuser('UPDATE memberships SET is_active = false WHERE user_id = $1', [member.user.id]);
    expect(lastOf(await explain(`email=${email}`))).toMatchObject({ isAllowed: false, step: 'membership' });
  });

  it('knows no more of people of other organizations than of nobody', async () => {
    const nobody = await explain(`email=${randomUUID()}%40example.test`);
    expect(lastOf(nobody)).toEqual({
      isAllowed: false,
      step: 'membership',
      isOk: false,
      detail: 'none, now or before',
    });
    expect(await explain(`email=${encodeURIComponent(globex.owner.email)}`)).toEqual(nobody);
    expect(await explain(`userId=${globex.owner.user.id}`)).toEqual(nobody);
  });

  it('needs a person, named once, and an administrator who asks', async () => {
    const path = '/api/v1/access/explanation';
    const { id } = acme.owner.user;
    await app.http(acme.owner).get(path).expect(400);
    await app.http(acme.owner).get(`${path}?userId=${id}&email=a%40example.test`).expect(400);
    await app
      .http(await buildMember(app, acme))
      .get(`${path}?userId=${id}`)
      .expect(403);
  });

  it('is given on the command line, too, and stands on the audit log', async () => {
    const asked = ['access:explain', '--organization', acme.slug, '--email', acme.owner.email];
    const { code, stderr, stdout } = await carryOut(...asked, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ isAllowed: true });
    expect((await carryOut(...asked)).stdout).toContain('yes  membership: an active member');
    const { body } = await app.http(acme.owner).get('/api/v1/audit-logs?action=access.explained').expect(200);
    expect((body as { data: object[] }).data[0]).toMatchObject({ actorType: 'system', entryPoint: 'cli' });
  });
});
