import {
  buildMember,
  buildOrganization,
  buildUser,
  type BuiltOrganization,
  type BuiltUser,
  PASSWORD,
} from '../support/builders.js';
import { TestApp } from '../support/test-app.js';

describe('the active organization', () => {
  let app: TestApp;
  let home: BuiltOrganization;
  let other: BuiltOrganization;
  let third: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    [home, other, third] = [await buildOrganization(app), await buildOrganization(app), await buildOrganization(app)];
  });
  afterAll(async () => await app.stop());

  const add = ({ owner, id }: BuiltOrganization, { email }: BuiltUser) =>
    app.http(owner, id).post('/api/v1/members').send({ email, role: 'MEMBER' }).expect(201);
  /** A member of all three, first of `home`. */
  const buildPerson = async () => {
    const person = await buildMember(app, home);
    for (const organization of [other, third]) await add(organization, person);
    return person;
  };
  const logIn = async ({ email }: BuiltUser) => {
    const { body } = await app.http().post('/api/v1/auth/login').send({ email, password: PASSWORD }).expect(200);
    return body as BuiltUser;
  };
  const switchTo = (as: BuiltUser, { id }: BuiltOrganization) =>
    app.http(as).post('/api/v1/auth/switch-organization').send({ organizationId: id });
  const current = (as: BuiltUser, organization?: string) =>
    app.http(as, organization).get('/api/v1/organizations/current');
  const currentId = async (as: BuiltUser, organization?: string) =>
    ((await current(as, organization).expect(200)).body as { id: string }).id;

  it('S3-9 is the home organization at log-in, then the one switched to, and the header before both', async () => {
    const person = await buildPerson();
    const login = await logIn(person);
    expect(login.activeOrganizationId).toBe(home.id);
    expect(await currentId(login)).toBe(home.id);
    expect((await switchTo(login, other).expect(200)).body).toEqual({ activeOrganizationId: other.id });
    expect(await currentId(login)).toBe(other.id);
    expect(await currentId(login, third.slug)).toBe(third.id);
    expect(await currentId(login)).toBe(other.id);
  });

  it('belongs to one log-in, and lasts through a refresh', async () => {
    const person = await buildPerson();
    const [laptop, phone] = [await logIn(person), await logIn(person)];
    await switchTo(laptop, other).expect(200);
    expect(await currentId(phone)).toBe(home.id);
    const { refreshToken } = laptop;
    const { body } = await app.http().post('/api/v1/auth/refresh').send({ refreshToken }).expect(200);
    expect(body).toMatchObject({ activeOrganizationId: other.id });
    expect(await currentId(body as BuiltUser)).toBe(other.id);
    expect((await logIn(person)).activeOrganizationId).toBe(home.id);
  });

  it('S2-18 is never some other one when the person left it, or it was deactivated', async () => {
    const person = await buildPerson();
    const login = await logIn(person);
    await switchTo(login, other).expect(200);
    await app.http(person, other.id).delete('/api/v1/members/me').expect(204);
    expect((await current(login).expect(404)).body).toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
    await switchTo(login, other).expect(404);
    expect(await currentId(login, home.id)).toBe(home.id);

    const doomed = await buildOrganization(app);
    await add(doomed, person);
    await switchTo(login, doomed).expect(200);
    await app.http(doomed.owner).delete('/api/v1/organizations/current').expect(204);
    await current(login).expect(404);
    await switchTo(login, doomed).expect(404);
    await switchTo(login, third).expect(200);
    expect(await currentId(login)).toBe(third.id);
  });

  it('is none at log-in when the person does not belong to the home organization any more', async () => {
    const person = await buildPerson();
    await app.http(person, home.id).delete('/api/v1/members/me').expect(204);
    const login = await logIn(person);
    expect(login.activeOrganizationId).toBeNull();
    expect(login.organizations.map(({ id }) => id).sort()).toEqual([other.id, third.id].sort());
    await current(login).expect(404);
    expect(await currentId(login, other.id)).toBe(other.id);
  });

  it('is none for a person without organizations, who is told to name one', async () => {
    const person = await buildUser(app);
    expect((await current(person).expect(400)).body).toMatchObject({ code: 'ORGANIZATION_REQUIRED' });
    await switchTo(person, home).expect(404);
  });
});
