import { randomUUID } from 'node:crypto';
import { IdentityDatabase } from '../../src/platform/database/identity-database.js';
import {
  buildBusiness,
  buildClient,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
  type BuiltUser,
} from '../support/builders.js';
import { problemDefects, type RawAnswer, RawClient } from '../support/open-api-request.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

interface Sent {
  readonly key: string;
  readonly path?: string;
  readonly body?: object;
  readonly as?: BuiltUser;
  readonly organization?: string;
}

describe('Idempotency-Key', () => {
  let app: TestApp;
  let client: RawClient;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start();
    client = new RawClient(app.url, 32);
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    // What other specs of this worker left would be too much to be removed here.
    await askAsSuperuser('DELETE FROM idempotency_keys');
  });
  afterAll(async () => {
    client.close();
    await app.stop();
  });

  const post = async ({ key, path = '/clients', body, as = acme.owner, organization = acme.id }: Sent) =>
    await client.sendAs(as, {
      method: 'post',
      path: `/api/v1${path}`,
      organization,
      headers: { 'idempotency-key': key },
      ...(body && { body: JSON.stringify(body) }),
    });
  const namesLike = async (name: string) =>
    await askAsSuperuser<{ organization_id: string }>('SELECT organization_id FROM clients WHERE name = $1', [name]);
  const isReplay = (answer: RawAnswer) => answer.headers['idempotency-replayed'] === 'true';
  const expectProblem = (answer: RawAnswer, status: number, code: string) => {
    expect(answer).toMatchObject({ status, body: { code } });
    expect(problemDefects(answer)).toEqual([]);
  };

  it('R25 carries out once what is sent 20 times in parallel, and answers 20 times the same', async () => {
    const [key, name] = [randomUUID(), `Once ${randomUUID()}`];
    const answers = await Promise.all(Array.from({ length: 20 }, () => post({ key, body: { name } })));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.etag))).toEqual(new Set(['"1"']));
    expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1);
    expect(await namesLike(name)).toHaveLength(1);
  });

  it('is another request with another key, caller, organization or route', async () => {
    const key = randomUUID();
    const name = `Twice ${randomUUID()}`;
    const admin = await buildMember(app, acme, 'ADMIN');
    await app
      .http(globex.owner, globex.id)
      .post('/api/v1/members')
      .send({ email: acme.owner.email, role: 'ADMIN' })
      .expect(201);
    const answers = [
      await post({ key, body: { name } }),
      await post({ key: `${key}2`, body: { name } }),
      await post({ key, body: { name }, as: admin }),
      await post({ key, body: { name }, organization: globex.id }),
      await post({ key, body: { name }, as: globex.owner, organization: globex.id }),
      await post({ key, body: { name }, path: '/businesses' }),
      await post({ key, body: { name }, path: '/organizations' }),
    ];
    expect(answers.map((answer) => [answer.status, isReplay(answer)])).toEqual(answers.map(() => [201, false]));
    const rows = (await namesLike(name)).map(({ organization_id }) => organization_id);
    expect(rows.filter((id) => id === acme.id)).toHaveLength(3);
    expect(rows.filter((id) => id === globex.id)).toHaveLength(2);
  });

  it('answers again for who has not lost the right meanwhile', async () => {
    const [key, name] = [randomUUID(), `Lost right ${randomUUID()}`];
    const member = await buildMember(app, acme, 'ADMIN');
    expect(await post({ key, body: { name }, as: member })).toMatchObject({ status: 201 });
    const { body } = await app.http(acme.owner, acme.id).get('/api/v1/members?limit=100').expect(200);
    const { data } = body as { data: { id: string; email: string }[] };
    const membership = data.find(({ email }) => email === member.email);
    await app.http(acme.owner, acme.id).delete(`/api/v1/members/${membership?.id}`).expect(204);
    expectProblem(await post({ key, body: { name }, as: member }), 404, 'ORGANIZATION_NOT_FOUND');
  });

  it('refuses the key with another body or address', async () => {
    const key = randomUUID();
    const first = await buildClient(app, acme);
    const second = await buildClient(app, acme);
    await post({ key, body: { name: 'One' } });
    expectProblem(await post({ key, body: { name: 'Two' } }), 422, 'IDEMPOTENCY_KEY_REUSED');
    const body = { name: 'Project' };
    await post({ key, path: `/clients/${first.id}/seo-projects`, body });
    const other = await post({ key, path: `/clients/${second.id}/seo-projects`, body });
    expectProblem(other, 422, 'IDEMPOTENCY_KEY_REUSED');
  });

  it('answers 409 while the first request runs, and says when to come back', async () => {
    const [key, name] = [randomUUID(), `Running ${randomUUID()}`];
    await post({ key, body: { name } });
    await askAsSuperuser(
      `UPDATE idempotency_keys SET answer_envelope = NULL, effect_at = NULL, lease_until = now() + interval '1 hour'
        WHERE actor_id = $1 AND created_at = (SELECT max(created_at) FROM idempotency_keys WHERE actor_id = $1)`,
      [acme.owner.user.id],
    );
    const answer = await post({ key, body: { name } });
    expectProblem(answer, 409, 'IDEMPOTENCY_IN_PROGRESS');
    expect(answer.headers['retry-after']).toBe('2');
  });

  it.each([
    ['empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a letter beyond ASCII', 'clé'],
    ['with a tab', 'a\tb'],
  ])('refuses a key that is %s', async (_what, key) => {
    expectProblem(await post({ key, body: { name: 'Malformed' } }), 400, 'IDEMPOTENCY_KEY_MALFORMED');
    const anonymous = await client.send({
      method: 'post',
      path: '/api/v1/auth/login',
      headers: { 'idempotency-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'nobody@example.test', password: 'wrong' }),
    });
    expectProblem(anonymous, 400, 'IDEMPOTENCY_KEY_MALFORMED');
  });

  it('keeps no refusal: corrected, the request passes with the same key', async () => {
    const key = randomUUID();
    const name = `Corrected ${randomUUID()}`;
    expectProblem(await post({ key, body: { name: 7 } }), 400, 'VALIDATION_FAILED');
    const member = await buildMember(app, acme, 'MEMBER');
    expectProblem(await post({ key, path: '/businesses', body: { name }, as: member }), 403, 'ROLE_TOO_LOW');
    const taken = await buildBusiness(app, acme, `Taken ${randomUUID()}`);
    const { slug } = taken as unknown as { slug: string };
    expectProblem(await post({ key, path: '/businesses', body: { name, slug } }), 409, 'VALUE_TAKEN');
    expect(await post({ key, path: '/businesses', body: { name } })).toMatchObject({ status: 201 });
    expect(await post({ key, body: { name } })).toMatchObject({ status: 201 });
  });

  it('serves routes without organization, and answers without body', async () => {
    const [key, name] = [randomUUID(), `Founded ${randomUUID()}`];
    const [first, second] = [
      await post({ key, path: '/organizations', body: { name } }),
      await post({ key, path: '/organizations', body: { name } }),
    ];
    expect([first.status, second.status, second.text]).toEqual([201, 201, first.text]);
    expect([isReplay(first), isReplay(second)]).toEqual([false, true]);
    expect(await askAsSuperuser('SELECT 1 FROM organizations WHERE name = $1', [name])).toHaveLength(1);
    const as = await buildMember(app, acme);
    const logout = await post({ key, path: '/auth/logout', as });
    expect([logout.status, logout.text]).toEqual([204, '']);
  });

  it('rolls back what a process still commits after another took its request over', async () => {
    const [key, name] = [randomUUID(), `Taken over ${randomUUID()}`];
    // The lease of a running request cannot end by itself within its transaction's time limit, so the test ends it.
    const trigger = `taken_over_${randomUUID().replaceAll('-', '')}`;
    await askAsSuperuser(`
      CREATE FUNCTION ${trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.name = '${name}' THEN PERFORM pg_sleep(1.5); END IF; RETURN NEW; END $$;
      CREATE TRIGGER ${trigger} BEFORE INSERT ON clients FOR EACH ROW EXECUTE FUNCTION ${trigger}()`);
    try {
      const slow = post({ key, body: { name } });
      await new Promise((resolve) => setTimeout(resolve, 500));
      await askAsSuperuser('UPDATE idempotency_keys SET lease_until = now() WHERE actor_id = $1', [acme.owner.user.id]);
      const [first, second] = await Promise.all([slow, post({ key, body: { name } })]);
      expectProblem(first, 409, 'IDEMPOTENCY_IN_PROGRESS');
      expect(second.status).toBe(201);
    } finally {
      await askAsSuperuser(`DROP TRIGGER ${trigger} ON clients; DROP FUNCTION ${trigger}`);
    }
    expect(await namesLike(name)).toHaveLength(1);
    expect(await post({ key, body: { name } })).toMatchObject({ status: 201 });
  });

  it('says that an answer is lost when its process ended between the work and the answer', async () => {
    const [key, name] = [randomUUID(), `Answer lost ${randomUUID()}`];
    await post({ key, body: { name } });
    await askAsSuperuser(
      `UPDATE idempotency_keys SET answer_envelope = NULL, lease_until = now() WHERE actor_id = $1 AND id =
         (SELECT id FROM idempotency_keys WHERE actor_id = $1 ORDER BY created_at DESC LIMIT 1)`,
      [acme.owner.user.id],
    );
    expectProblem(await post({ key, body: { name } }), 409, 'IDEMPOTENCY_ANSWER_LOST');
    expect(await namesLike(name)).toHaveLength(1);
  });

  it('stores neither key nor body nor answer in clear', async () => {
    const key = `key-${randomUUID()}`;
    const name = `Clear ${randomUUID()}`;
    await post({ key, body: { name } });
    const rows = await askAsSuperuser<{ row: object }>('SELECT to_jsonb(k) AS row FROM idempotency_keys k');
    const stored = JSON.stringify(rows);
    expect(rows.length).toBeGreaterThan(0);
    expect(stored).not.toContain(key);
    expect(stored).not.toContain(name);
  });

  it('forgets after 24 hours, and removes what has expired', async () => {
    const [key, name] = [randomUUID(), `Expired ${randomUUID()}`];
    await post({ key, body: { name } });
    const [kept] = await askAsSuperuser<{ hours: number }>(
      `SELECT round(extract(epoch FROM expires_at - created_at) / 3600)::int AS hours FROM idempotency_keys
        WHERE actor_id = $1 ORDER BY created_at DESC LIMIT 1`,
      [acme.owner.user.id],
    );
    expect(kept?.hours).toBe(24);
    const expire = () => askAsSuperuser(`UPDATE idempotency_keys SET expires_at = now() - interval '1 second'`);
    await expire();
    expect(isReplay(await post({ key, body: { name } }))).toBe(false);
    expect(await namesLike(name)).toHaveLength(2);
    await expire();
    const others = Array.from({ length: 60 }, () => post({ key: randomUUID(), body: { name: 7 } }));
    await Promise.all(others);
    expect(await askAsSuperuser('SELECT 1 FROM idempotency_keys WHERE expires_at < now()')).toEqual([]);
  });

  it('shows the database’s roles the keys of one caller only', async () => {
    await post({ key: randomUUID(), body: { name: 'Mine' } });
    await post({ key: randomUUID(), body: { name: 'Theirs' }, as: globex.owner, organization: globex.id });
    const identity = app.get(IdentityDatabase);
    const actorsSeenBy = async (actorId: string | null) =>
      (
        await identity.query<{ id: string }>(
          actorId,
          'SELECT DISTINCT actor_id AS id FROM idempotency_keys WHERE product = $1',
        )
      ).map(({ id }) => id);
    expect(await actorsSeenBy(acme.owner.user.id)).toEqual([acme.owner.user.id]);
    expect(await actorsSeenBy(null)).toEqual([]);
  });
});
