import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Configuration } from '../../src/platform/config/configuration.js';
import { BullQueue } from '../../src/platform/queue/bull-queue.js';
import { PASSWORD } from '../support/builders.js';
import { eventOf, newClerkUserId } from '../support/clerk.js';
import { Deployment, type Tenant } from '../support/deployments.js';
import { eventually } from '../support/fault-proxy.js';
import { times } from '../support/long-form.js';
import { deadLetters, emptyQueue, untilJob } from '../support/queue.js';
import { refusalOf, SocketClient } from '../support/socket-client.js';
import { askAsSuperuser } from '../support/superuser.js';
import { environmentFor } from '../support/test-environment.js';
import { CONTEXT, type SeenContext } from '../support/test-jobs.js';

/** Mirrored: the same address, names and slugs in both. Only the markers differ. */
const email = `mirror-${randomUUID()}@example.test`;
const person = newClerkUserId();
const sides = ['bestays', 'realestate'].map((product) => ({ at: new Deployment(product), own: {} as Tenant }));
const [bestays, realestate] = sides as [Side, Side];
const KEY = Buffer.alloc(16).toString('base64');
type Side = (typeof sides)[number];

const RESOURCES = [
  '/auth/me',
  '/auth/sessions',
  '/organizations',
  '/organizations/current',
  '/members',
  '/invitations',
  '/businesses',
  '/integrations',
  '/clients',
  '/properties',
  '/published-properties',
  '/published-properties?text=mirror',
  '/api-keys',
  '/jobs',
  '/audit-logs',
  '/config',
  '/support-sessions',
];

beforeAll(async () => {
  await emptyQueue();
  await Promise.all(sides.map(({ at }) => at.start()));
  for (const side of sides) side.own = await side.at.furnish(email);
}, 240_000);
afterAll(async () => await Promise.all(sides.map(({ at }) => at.stop())));

/** Reads everything once, and tells what is not of this product. */
async function readAll({ at, own }: Side, foreign: string): Promise<string[]> {
  const problems: string[] = [];
  for (const path of [...RESOURCES, `/clients/${own.clientId}/data`]) {
    const answer = await at.http(own.login.accessToken).get(`/api/v1${path}`);
    const told = JSON.stringify([answer.text, answer.headers]);
    if (answer.status !== 200) problems.push(`${path}: ${answer.status}`);
    if (answer.headers['x-product'] !== at.product) problems.push(`${path}: ${answer.headers['x-product']}`);
    if (told.includes(foreign)) problems.push(`${path} shows the other's marker`);
  }
  return problems;
}

/** Does a job, looks on as a dashboard does, and tells what is not of this product. */
async function workOnce({ at, own }: Side, foreign: string): Promise<string[]> {
  const auth = { token: own.login.accessToken, organizationId: own.organizationId };
  const socket = await SocketClient.connect(at.url, '/organization', auth);
  const { stamp } = await at.queueJob(own);
  await socket.ask('subscribe', { resourceId: stamp.jobId });
  const { result } = await untilJob(stamp.jobId, 'COMPLETED', 30_000);
  const told = JSON.stringify([result, socket.frames]);
  socket.close();
  const rows = (result as { seen: SeenContext[] }).seen.flatMap((seen) => seen.rows);
  const isOwn = rows.length > 0 && rows.every((row) => row.includes(at.product));
  return [
    ...(isOwn ? [] : [`the job saw ${rows.join()}`]),
    ...(told.includes(foreign) ? ["a frame shows the other's"] : []),
  ];
}

/** What a WebSocket is answered that asks for no session there is. */
async function refusalOfUpgrade(url: string): Promise<string> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  const headers = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const lines = [
    'GET /socket.io/?EIO=4&transport=websocket&sid=nobody HTTP/1.1',
    ...headers,
    `Sec-WebSocket-Key: ${KEY}`,
  ];
  socket.write([...lines, '', ''].join('\r\n'));
  return await text(socket);
}

describe('two products on one PostgreSQL and one Redis', () => {
  it('S4-13 S4-25 never show one the marker of the other, whatever is asked of both at once', async () => {
    const until = Date.now() + times({ suite: 5_000, drill: 60_000 });
    const problems = sides.flatMap((side, index) => {
      const other = sides[1 - index] as Side;
      const loop = async (round: number): Promise<string[]> => {
        const at = new Date(Date.now() - 60_000 + round);
        const body = eventOf('user.updated', { id: person, firstName: side.at.marker, email: `both-${email}` }, at);
        const found = await Promise.all([
          readAll(side, other.at.marker),
          workOnce(side, other.at.marker),
          side.at.deliver(body).then((status) => (status === 204 ? [] : [`webhook: ${status}`])),
        ]);
        if (found.flat().length > 0 || Date.now() > until) return found.flat();
        return await loop(round + 1);
      };
      return [loop(0), loop(0)];
    });
    expect((await Promise.all(problems)).flat()).toEqual([]);
    await eventually(async () => {
      const people = await askAsSuperuser(
        `SELECT product, first_name FROM users WHERE clerk_user_id = $1 AND NOT EXISTS (
           SELECT FROM webhook_events WHERE subject = $1 AND state = 'RECEIVED') ORDER BY product`,
        [person],
      );
      expect(people).toEqual(sides.map(({ at }) => ({ product: at.product, first_name: at.marker })));
    }, 20_000);
  }, 240_000);

  it('S4-4 name their product on refusals of HTTP and of sockets, and refuse who expects the other', async () => {
    for (const { at } of sides) {
      for (const path of ['/api/health', '/nowhere', '/api/v1/clients', '/metrics', '/docs-json']) {
        expect((await at.http().get(path)).headers['x-product']).toBe(at.product);
      }
      const sent = { 'x-product': at.product === 'bestays' ? 'realestate' : 'bestays' };
      expect((await at.http().get('/api/v1/config').set(sent)).body).toMatchObject({
        code: 'PRODUCT_MISMATCH',
        status: 421,
      });
      expect(await refusalOf(at.url, '/organization', {}, { extraHeaders: sent })).toMatchObject({
        code: 'PRODUCT_MISMATCH',
      });
      const handshake = await fetch(`${at.url}/socket.io/?EIO=4&transport=polling`);
      const refused = await fetch(`${at.url}/socket.io/?EIO=9&transport=nonsense`);
      expect(await refusalOfUpgrade(at.url)).toMatch(new RegExp(`^HTTP/1.1 400 .*\r\nX-Product: ${at.product}\r\n`));
      expect([handshake, refused].map(({ headers }) => headers.get('x-product'))).toEqual([at.product, at.product]);
    }
  });

  it('S4-27 tell a front end the product and its key, and no secret', async () => {
    for (const { at } of sides) {
      const { body, text: told } = await at.http().get('/api/v1/config').expect(200);
      expect(body).toEqual({ product: at.product, clerkPublishableKey: expect.stringMatching(/^pk_test_/) as string });
      expect(told).not.toContain(at.secret);
    }
  });

  it('S4-13 refuse the tokens, refresh tokens and keys of the other', async () => {
    for (const [{ own }, { at }] of [
      [bestays, realestate],
      [realestate, bestays],
    ] as const) {
      for (const token of [own.login.accessToken, own.key]) {
        for (const path of ['/auth/me', '/businesses', '/published-properties']) {
          const { status } = await at.http(token).get(`/api/v1${path}`);
          expect([path, status]).toEqual([path, path === '/published-properties' ? 200 : 401]);
        }
        const auth = { token, organizationId: own.organizationId };
        expect(await refusalOf(at.url, '/organization', auth)).toMatchObject({ code: expect.any(String) as string });
      }
      const { refreshToken } = own.login;
      await at.http().post('/api/v1/auth/refresh').send({ refreshToken }).expect(401);
    }
  });

  it('S4-8 S4-14 answer for what the other has like for what nobody has', async () => {
    const { at, own } = bestays;
    const http = () => at.http(own.login.accessToken);
    for (const path of ['/clients/:id/data', '/properties/:id', '/published-properties/:id']) {
      const of = (id: string) => http().get(`/api/v1${path.replace(':id', id)}`);
      const foreign = await of(path.startsWith('/clients') ? realestate.own.clientId : realestate.own.propertyId);
      const absent = await of(randomUUID());
      const withoutId = ({ body }: { body: object }) => ({ ...body, requestId: '' });
      expect([foreign.status, withoutId(foreign)]).toEqual([404, withoutId(absent)]);
    }
    const named = http().set('X-Organization-Id', realestate.own.organizationId).get('/api/v1/clients');
    expect((await named).body).toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
    const member = { email, role: 'MEMBER', product: 'realestate' };
    await http().post('/api/v1/members').send(member).expect(400);
  });

  it('S4-13 refuse a cursor of the other', async () => {
    const list = ({ at, own }: Side, query: object) =>
      at.http(own.login.accessToken).get('/api/v1/properties').query(query);
    const { body } = await list(bestays, { limit: 1 }).expect(200);
    const { nextCursor: cursor } = (body as { page: { nextCursor: string } }).page;
    await list(bestays, { cursor }).expect(200);
    const refused = await list(realestate, { cursor }).expect(400);
    expect(refused.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path: 'cursor', code: 'isCursor' }] });
  });

  it('S4-13 keep idempotency keys apart', async () => {
    const key = randomUUID();
    const answers = sides.map(async ({ at, own }) => {
      const post = at.http(own.login.accessToken).post('/api/v1/businesses').set('Idempotency-Key', key);
      return await post.send({ name: at.marker }).expect(201);
    });
    const [one, other] = await Promise.all(answers);
    expect(one?.body).not.toEqual(other?.body);
    expect([one, other].map((answer) => answer?.headers['idempotency-replayed'])).toEqual([undefined, undefined]);
  });

  it('S4-13 do not run a job of the other, even if it lies in their queue', async () => {
    const { stamp, signature } = await bestays.at.queueJob(bestays.own);
    await untilJob(stamp.jobId, 'COMPLETED', 30_000);
    await askAsSuperuser('DELETE FROM dead_letters');
    const queue = new BullQueue(Configuration.load({ ...environmentFor(), PRODUCT: 'realestate' }));
    await queue.add([{ stamp, signature }]);
    await eventually(async () => expect(await deadLetters()).toMatchObject([{ reason: 'JOB_FOREIGN' }]), 20_000);
    await queue.onApplicationShutdown();
    expect(CONTEXT.name).toBe(stamp.name);
  }, 60_000);

  it('S4-11 do not take a webhook that is signed for the other', async () => {
    const body = eventOf('user.created', { id: newClerkUserId() }, new Date());
    expect(await realestate.at.deliver(body, bestays.at.secret)).toBe(401);
  });

  it('S4-25 let the same address log in to either, each with its own account', async () => {
    const logins = sides.map(async ({ at }) => {
      const { body } = await at.http().post('/api/v1/auth/login').send({ email, password: PASSWORD }).expect(200);
      return (body as { user: { id: string; firstName: string } }).user;
    });
    const [one, other] = await Promise.all(logins);
    expect(one?.id).not.toBe(other?.id);
    expect([one?.firstName, other?.firstName]).toEqual(sides.map(({ at }) => at.marker));
  });
});
