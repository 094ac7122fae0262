import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { SignJWT } from 'jose';
import { REDIS } from '../../src/platform/redis/redis.module.js';
import { roomOf } from '../../src/platform/sockets/room.js';
import { SocketRegistry } from '../../src/platform/sockets/socket.registry.js';
import { UpdatePublisher } from '../../src/platform/sockets/update-publisher.js';
import { updateKeys } from '../../src/platform/sockets/update-log.js';
import { OrganizationContextService } from '../../src/tenancy/index.js';
import {
  buildApiKey,
  buildBusiness,
  buildMember,
  buildOrganization,
  buildUser,
  type BuiltOrganization,
} from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { eventually } from '../support/fault-proxy.js';
import { refusalOf, SocketClient } from '../support/socket-client.js';
import { hooks, seen, SocketGateways } from '../support/socket-gateways.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

const NAMESPACES = [
  '/organization',
  '/chat',
  '/research',
  '/meta-tags',
  '/connection-test',
  '/crew-execution',
  '/seo-audit',
  '/crew-kanban',
  '/optimization',
];

describe('sockets', () => {
  let app: TestApp;
  let own: BuiltOrganization;
  let foreign: BuiltOrganization;
  const open: SocketClient[] = [];

  const tokenOf = ({ owner }: BuiltOrganization) => owner.accessToken;
  const connect = async (namespace: string, organization = own, more: object = {}, options: object = {}) => {
    const auth = { token: tokenOf(organization), organizationId: organization.id, ...more };
    const client = await SocketClient.connect(app.url, namespace, auth, options);
    open.push(client);
    return client;
  };
  const publish = async (organization: BuiltOrganization, resourceId: string, topic = 'research', result?: unknown) =>
    await runAs(app, organization, () =>
      app
        .get(UpdatePublisher)
        .publish({ topic, resourceId, type: 'progress', status: 'RUNNING', progress: 50, result }),
    );
  /** Whatever was sent to the client before is there when this is answered. */
  const settle = async (client: SocketClient) => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    await client.ask('unsubscribe', { resourceId: randomUUID() });
  };

  beforeAll(async () => {
    app = await TestApp.start({ modules: [SocketGateways] });
    [own, foreign] = [await buildOrganization(app), await buildOrganization(app)];
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
    hooks.onConnect = async () => undefined;
  });
  afterAll(async () => {
    await app.stop();
  });

  describe('the door', () => {
    it.each(['websocket', 'polling'])(
      'R20 keeps clients out while the process stops, so that they come back by %s',
      async (transport) => {
        const registry = app.get(SocketRegistry);
        const auth = { token: tokenOf(own), organizationId: own.id };
        const back = { transports: [transport], reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 50 };
        const before = SocketClient.open(app.url, '/organization', auth, back);
        open.push(before);
        await before.next('ready');
        registry.isClosing = true;
        try {
          const late = SocketClient.open(app.url, '/organization', auth, back);
          open.push(late);
          // Another namespace over the connection that is open already.
          const other = before.socket.io.socket('/research', { auth }).connect();
          await new Promise((resolve) => setTimeout(resolve, 300));
          expect([late.socket.connected, other.connected, before.socket.connected]).toEqual([false, false, false]);
          registry.isClosing = false;
          await Promise.all([late.next('ready'), before.next('ready', 2)]);
          await new Promise((resolve) => setTimeout(resolve, 100));
          expect(other.connected).toBe(true);
          other.disconnect();
        } finally {
          registry.isClosing = false;
        }
      },
    );

    it('S0-27 S1-10 fixes the organization at the handshake: the named one, else the active one of the log-in', async () => {
      const named = await connect('/connection-test', own, { organizationId: own.slug });
      const active = await connect('/connection-test', own, { organizationId: undefined });
      for (const client of [named, active]) {
        const { data } = await client.ask('whoami');
        expect(data).toMatchObject({
          product: 'bestays',
          organizationId: own.id,
          role: 'OWNER',
          entryPoint: 'socket',
          actor: { type: 'user', id: own.owner.user.id },
        });
        expect(await client.next('ready')).toMatchObject({ product: 'bestays', organization: { slug: own.slug } });
      }
    });

    it('S1-20 serves nine namespaces, each refusing alike who has no business there', async () => {
      for (const namespace of NAMESPACES) {
        const client = await connect(namespace);
        expect(await client.next('ready')).toMatchObject({ organizationId: own.id });
        expect(await refusalOf(app.url, namespace, {})).toMatchObject({ code: 'UNAUTHENTICATED' });
        const answers = [foreign.id, foreign.slug, randomUUID()].map(
          async (organizationId) => await refusalOf(app.url, namespace, { token: tokenOf(own), organizationId }),
        );
        for (const answer of await Promise.all(answers)) {
          expect({ ...answer, requestId: '' }).toEqual({
            code: 'ORGANIZATION_NOT_FOUND',
            detail: 'There is no such organization for this actor.',
            requestId: '',
          });
        }
      }
    });

    it('refuses tokens that are forged, expired or of another product, and handshakes of every other form', async () => {
      const secret = new TextEncoder().encode(environmentFor()['JWT_SECRET']);
      const sign = async (audience: string, key: Uint8Array) =>
        await new SignJWT({ sid: randomUUID() })
          .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
          .setIssuer('bulkhead')
          .setAudience(audience)
          .setSubject(own.owner.user.id)
          .setIssuedAt()
          .setExpirationTime('5m')
          .sign(key);
      const tokens = [
        `${tokenOf(own)}x`,
        await sign('realestate', secret),
        await sign('bestays', new TextEncoder().encode('x'.repeat(32))),
        '',
        7,
        null,
        ['a'],
        { $ne: 1 },
      ];
      for (const token of tokens) {
        expect(await refusalOf(app.url, '/organization', { token })).toMatchObject({ code: 'UNAUTHENTICATED' });
      }
      for (const organizationId of ['a\u0000b', ['x'], { id: own.id }, '../x', 'x'.repeat(300), true]) {
        const answer = await refusalOf(app.url, '/organization', { token: tokenOf(own), organizationId });
        expect(answer).toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
      }
      expect(await refusalOf(app.url, '/', { token: tokenOf(own) })).toMatchObject({ code: 'NAMESPACE_NOT_FOUND' });
      const extraHeaders = { 'x-product': 'realestate' };
      const elsewhere = await refusalOf(app.url, '/chat', { token: tokenOf(own) }, { extraHeaders });
      expect(elsewhere).toMatchObject({ code: 'PRODUCT_MISMATCH' });
    });

    it('S1-11 S1-25 refuses a socket without organization, unless its namespace is declared public', async () => {
      const { accessToken: token } = await buildUser(app);
      expect(await refusalOf(app.url, '/organization', { token })).toMatchObject({ code: 'ORGANIZATION_REQUIRED' });
      const lobby = SocketClient.open(app.url, '/lobby', {});
      open.push(lobby);
      expect((await lobby.ask('where')).data).toEqual({ organizationId: null, actor: { type: 'anonymous', id: null } });
    });

    it('gives work without an organization, sockets without one and unknown contexts codes of their own', async () => {
      const lobby = SocketClient.open(app.url, '/lobby', {});
      open.push(lobby);
      // A defect of the server: the client learns that it is one, the log what it is.
      expect((await lobby.ask('reach')).error).toMatchObject({ code: 'INTERNAL_ERROR' });
      const outside = app
        .get(UpdatePublisher)
        .publish({ topic: 'chat', resourceId: own.id, type: 'x', status: 'x', progress: null });
      await expect(outside).rejects.toMatchObject({ code: 'ORGANIZATION_CONTEXT_MISSING' });
      const { accessToken: token } = await buildUser(app);
      expect((await refusalOf(app.url, '/chat', { token })).code).toBe('ORGANIZATION_REQUIRED');
    });

    it('lets API keys in with the scope of the namespace, and no others', async () => {
      const reading = await buildApiKey(app, own, { scopes: ['seo-audits:read'] });
      const { client } = {
        client: await connect('/seo-audit', own, { token: reading.accessToken, organizationId: undefined }),
      };
      expect(await client.next('ready')).toMatchObject({ organizationId: own.id });
      const other = await refusalOf(app.url, '/chat', { token: reading.accessToken });
      expect(other).toMatchObject({ code: 'SCOPE_MISSING' });
      const abroad = await refusalOf(app.url, '/seo-audit', { token: reading.accessToken, organizationId: foreign.id });
      expect(abroad).toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
    });

    it('lets pages of listed origins connect, and of no others', async () => {
      const extraHeaders = { origin: 'https://evil.example' };
      const attempt = SocketClient.connect(app.url, '/chat', { token: tokenOf(own) }, { extraHeaders });
      await expect(attempt).rejects.toThrow();
      await expect(connect('/chat', own, {}, { extraHeaders: { origin: app.url } })).resolves.toBeDefined();
    });
  });

  describe('messages', () => {
    it('S0-3 run in the organization of the handshake, as the same call in a request does', async () => {
      await buildBusiness(app, own, 'Own');
      await buildBusiness(app, foreign, 'Foreign');
      const [a, b] = await Promise.all([connect('/workbench', own), connect('/workbench', foreign)]);
      const rounds = await Promise.all(
        Array.from({ length: 40 }, async (_, round) => {
          const [client, organization] = round % 2 === 0 ? [a, own] : [b, foreign];
          return { organization, answer: await client.ask('businesses') };
        }),
      );
      for (const { organization, answer } of rounds) {
        const { organizationId, rows } = answer.data as unknown as {
          organizationId: string;
          rows: { organizationId: string }[];
        };
        expect(organizationId).toBe(organization.id);
        expect(rows.length).toBeGreaterThan(0);
        expect(rows.filter((row) => row.organizationId !== organization.id)).toEqual([]);
      }
    });

    it('S1-12 answers a payload that is not valid with INVALID_PAYLOAD, and the socket stays open', async () => {
      const client = await connect('/workbench');
      const payloads: unknown[] = [
        undefined,
        null,
        {},
        { text: 7 },
        { text: 'x', more: 1 },
        { text: 'a\u0000b' },
        JSON.parse('{"__proto__":{"text":"x"}}'),
        JSON.parse('{"text":"x","constructor":{"prototype":{}}}'),
        [],
        [{ text: 'x' }],
        'text',
        7,
        Buffer.from('text'),
        { text: Buffer.from('text') },
      ];
      for (const payload of payloads) {
        expect((await client.ask('echo', payload)).error).toMatchObject({ code: 'INVALID_PAYLOAD' });
      }
      expect((await client.ask('echo', { text: 'x' }, { text: 'y' })).error).toMatchObject({ code: 'INVALID_PAYLOAD' });
      expect(client.all('error')).toHaveLength(payloads.length + 1);
      expect(client.all('error')[3]).toMatchObject({
        code: 'INVALID_PAYLOAD',
        event: 'echo',
        errors: [{ path: 'text' }],
      });
      for (const event of ['nothing', 'error', '__proto__', 'constructor', '']) {
        expect((await client.ask(event, {})).error).toMatchObject({ code: 'EVENT_NOT_FOUND' });
      }
      expect((await client.ask('echo', { text: 'still here' })).data).toMatchObject({ text: 'still here' });
    });

    it('have a context of their own each', async () => {
      const client = await connect('/workbench');
      const answers = await Promise.all(['a', 'b', 'c'].map(async (text) => (await client.ask('echo', { text })).data));
      expect(new Set(answers.map((data) => (data as unknown as { requestId: string }).requestId)).size).toBe(3);
    });

    it('follow the role that the sender has at that moment', async () => {
      const member = await buildMember(app, own, 'ADMIN');
      const client = await connect('/workbench', own, { token: member.accessToken });
      expect((await client.ask('administer')).data).toEqual({ role: 'ADMIN' });
      const { body } = await app.http(own.owner, own.id).get('/api/v1/members').query({ limit: 100 });
      const { id } = (body as { data: { id: string; email: string }[] }).data.find(
        ({ email }) => email === member.email,
      )!;
      await app.http(own.owner, own.id).patch(`/api/v1/members/${id}`).send({ role: 'MEMBER' }).expect(200);
      expect((await client.ask('administer')).error).toMatchObject({ code: 'ROLE_TOO_LOW' });
      expect((await client.ask('echo', { text: 'x' })).data).toMatchObject({ text: 'x' });
    });

    it('S1-26 end cleanly when a handler or a hook fails: nothing leaves the gateway but a code', async () => {
      const client = await connect('/workbench');
      const { error } = await client.ask('fail');
      expect(error).toMatchObject({ code: 'INTERNAL_ERROR' });
      expect(JSON.stringify(error)).not.toContain('SELECT');
      hooks.onConnect = () => Promise.reject(new Error('SELECT secret'));
      const failing = SocketClient.open(app.url, '/workbench', { token: tokenOf(own), organizationId: own.id });
      expect(await failing.next('error')).toMatchObject({ code: 'INTERNAL_ERROR' });
      await eventually(async () => expect(failing.socket.connected).toBe(false));
      expect((await client.ask('echo', { text: 'x' })).data).toMatchObject({ text: 'x' });
    });

    it('S1-9 are preceded by the context: hooks of a gateway run inside it, and nothing is left afterwards', async () => {
      await eventually(async () => expect(seen.filter(({ hook }) => hook === 'connect')).toHaveLength(seen.length / 2));
      seen.length = 0;
      const client = await connect('/workbench', foreign);
      client.close();
      await eventually(async () => expect(seen).toHaveLength(2));
      const context = { organizationId: foreign.id, entryPoint: 'socket' };
      expect(seen).toEqual([
        { hook: 'connect', ...context },
        { hook: 'disconnect', ...context },
      ]);
      expect(app.get(OrganizationContextService).current()).toBeUndefined();
    });
  });

  describe.each([['websocket'], ['polling']])('updates over %s', (transport) => {
    const options = { transports: [transport] };

    it('S1-13 S1-24 reach who subscribed, and nobody of another organization', async () => {
      const [{ id }, { id: theirs }] = [await buildBusiness(app, own), await buildBusiness(app, foreign)];
      const [a, b] = [await connect('/research', own, {}, options), await connect('/research', foreign, {}, options)];
      expect((await a.ask('subscribe', { resourceId: id })).data).toMatchObject({ resourceId: id });
      const refusals = [theirs, randomUUID()].map(
        async (resourceId) => (await a.ask('subscribe', { resourceId })).error,
      );
      for (const error of await Promise.all(refusals)) expect(error).toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
      expect((await b.ask('subscribe', { resourceId: theirs })).data).toBeDefined();
      await publish(own, id, 'research', { found: 3 });
      expect(await a.next('update')).toEqual({
        type: 'progress',
        status: 'RUNNING',
        progress: 50,
        result: { found: 3 },
        resourceId: id,
        organizationId: own.id,
        sequence: expect.any(Number),
        at: expect.any(String),
      });
      // Of the organization itself everybody there hears without asking.
      await publish(own, own.id);
      expect(await a.next('update', 2)).toMatchObject({ resourceId: own.id });
      await a.ask('unsubscribe', { resourceId: id });
      await publish(own, id);
      await settle(a);
      await settle(b);
      expect(a.all('update')).toHaveLength(2);
      expect(b.all('update')).toEqual([]);
    });
  });

  describe('updates', () => {
    it('S1-19 of another organization than the room are dropped', async () => {
      const client = await connect('/research');
      const redis = app.nest.get<Redis>(REDIS);
      const forge = async (organizationId: string, resourceId: string) => {
        const room = roomOf('bestays', { organizationId: own.id, topic: 'research', resourceId: own.id });
        const update = JSON.stringify({ type: 'x', organizationId, resourceId, canary: 'CANARY' });
        const number = await redis.incr(updateKeys.number);
        await redis.xadd(updateKeys.onTheWay, '*', 'number', number, 'room', room, 'sequence', '1', 'update', update);
      };
      await forge(foreign.id, own.id);
      await forge(own.id, foreign.id);
      await publish(own, own.id);
      await client.next('update');
      expect(client.all('update')).toHaveLength(1);
      expect(JSON.stringify(client.frames)).not.toContain('CANARY');
    });

    it('that a client missed are sent first when it comes back, each once and in order', async () => {
      const { id } = await buildBusiness(app, own);
      const first = await connect('/research');
      await first.ask('subscribe', { resourceId: id });
      await publish(own, id);
      const { sequence } = await first.next('update');
      first.close();
      for (let count = 0; count < 5; count++) await publish(own, id, 'research', { count });
      const second = await connect('/research');
      const [{ data }] = await Promise.all([
        second.ask('subscribe', { resourceId: id, sequence }),
        ...Array.from({ length: 5 }, (_, count) => publish(own, id, 'research', { count: count + 5 })),
      ]);
      await second.next('update', 10);
      await settle(second);
      const numbers = second.all('update').map((update) => Number(update['sequence']));
      expect(numbers).toHaveLength(10);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(second.all('gap')).toEqual([]);
      expect(data).toMatchObject({ resourceId: id });
    });

    it('that cannot be replayed are announced', async () => {
      const client = await connect('/research', own, { sequence: 5 });
      expect(await client.next('gap')).toMatchObject({ resourceId: own.id });
      const redis = app.nest.get<Redis>(REDIS);
      await publish(own, own.id);
      const { sequence } = await client.next('update');
      await redis.del(updateKeys.position(own.id, 'research'), updateKeys.kept(own.id, 'research'));
      const again = await connect('/research', own, { sequence });
      expect(await again.next('gap')).toMatchObject({ resourceId: own.id });
    });
  });
});
