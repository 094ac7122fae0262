import { UpdatePublisher } from '../../src/platform/sockets/update-publisher.js';
import { buildMember, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { eventually, FaultProxy } from '../support/fault-proxy.js';
import { refusalOf, SocketClient } from '../support/socket-client.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

describe('sockets while something is down or too much', () => {
  let redis: FaultProxy;
  let database: FaultProxy;
  let app: TestApp;
  let own: BuiltOrganization;
  const open: SocketClient[] = [];

  const connect = async (token = own.owner.accessToken) => {
    const client = await SocketClient.connect(app.url, '/organization', { token, organizationId: own.id });
    open.push(client);
    return client;
  };
  const publish = async (status: string) =>
    await runAs(app, own, () =>
      app
        .get(UpdatePublisher)
        .publish({ topic: 'organization', resourceId: own.id, type: 'note', status, progress: null }),
    );
  const endMembership = async (userId: string) => {
    const text = 'UPDATE memberships SET is_active = false WHERE organization_id = $1 AND user_id = $2';
    await askAsSuperuser(text, [own.id, userId]);
  };

  beforeAll(async () => {
    const environment = environmentFor();
    const [redisUrl, identityUrl] = [environment['REDIS_URL']!, environment['DATABASE_IDENTITY_URL']!];
    const systemUrl = environment['DATABASE_SYSTEM_URL']!;
    [redis, database] = [await FaultProxy.start(redisUrl), await FaultProxy.start(identityUrl)];
    app = await TestApp.start({
      environment: {
        REDIS_URL: redis.url(redisUrl),
        // Both: the one is asked about a person, the other about all sockets at once.
        DATABASE_IDENTITY_URL: database.url(identityUrl),
        DATABASE_SYSTEM_URL: database.url(systemUrl),
        SOCKET_MESSAGES_PER_SECOND: '10',
        SOCKET_CONNECTIONS_PER_ORGANIZATION: '4',
      },
    });
    own = await buildOrganization(app);
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  afterAll(async () => {
    await app.stop();
    await Promise.all([redis.stop(), database.stop()]);
  });

  it('deliver within the process while Redis is away, and tell clients to load anew when it is back', async () => {
    const client = await connect();
    await redis.refuse();
    await eventually(async () => {
      await publish('AWAY');
      expect(client.all('update').at(-1)).toMatchObject({ status: 'AWAY', sequence: null });
    });
    expect((await client.ask('subscribe', { resourceId: own.id })).data).toEqual({
      resourceId: own.id,
      sequence: null,
    });
    await redis.resume();
    expect(await client.next('gap')).toEqual({ resourceId: null, sequence: null });
    await eventually(async () => {
      await publish('BACK');
      expect(client.all('update').at(-1)).toMatchObject({ status: 'BACK', sequence: expect.any(Number) });
    });
    expect(client.socket.connected).toBe(true);
  });

  it('lose whoever loses access while the announcement of it is lost', async () => {
    const member = await buildMember(app, own);
    const [client, leaving] = [await connect(), await connect(member.accessToken)];
    const listening = `application_name = 'bulkhead-signals' AND datname = current_database()`;
    await askAsSuperuser(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${listening}`);
    await endMembership(member.user.id);
    await eventually(async () => expect(leaving.socket.connected).toBe(false), 8_000);
    expect(leaving.all('error')).toMatchObject([{ code: 'ORGANIZATION_NOT_FOUND' }]);
    expect(client.socket.connected).toBe(true);
  });

  it('get nothing while nobody can tell who may still see it, and learn of that afterwards', async () => {
    const member = await buildMember(app, own);
    const [client, leaving] = [await connect(), await connect(member.accessToken)];
    await database.refuse();
    await endMembership(member.user.id);
    // Goal: after 1 s.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const before = client.all('update').length;
    await publish('WITHHELD');
    const { error } = await client.ask('subscribe', { resourceId: own.id });
    expect(error).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    expect([client.all('update'), leaving.all('update')].map(({ length }) => length)).toEqual([before, 0]);
    await database.resume();
    // What was held back comes once somebody could be asked, or is told as a gap if it was given up before.
    await eventually(async () => {
      const held = client.all('update').slice(before);
      expect([...held.map(({ status }) => status), ...client.all('gap').map(() => 'GAP')]).toEqual([
        expect.stringMatching(/^(WITHHELD|GAP)$/),
      ]);
    });
    await eventually(async () => expect(leaving.socket.connected).toBe(false), 8_000);
    await eventually(async () => expect((await client.ask('subscribe', { resourceId: own.id })).data).toBeDefined());
    expect(leaving.all('update')).toEqual([]);
  });

  it('are bounded: in messages, in sockets of an organization, and in the size of a message', async () => {
    const client = await connect();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => client.ask('unsubscribe', { resourceId: own.id })),
    );
    const refused = answers.filter(({ error }) => error?.code === 'RATE_LIMITED');
    expect(refused.length).toBeGreaterThanOrEqual(15);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(20);
    await Promise.all([connect(), connect(), connect()]);
    const full = await refusalOf(app.url, '/organization', { token: own.owner.accessToken, organizationId: own.id });
    expect(full).toMatchObject({ code: 'RATE_LIMITED' });
    client.socket.emit('unsubscribe', { resourceId: 'x'.repeat(150_000) });
    expect(await client.ended()).toMatch(/^transport/);
  });
});
