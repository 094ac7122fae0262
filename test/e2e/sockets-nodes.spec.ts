import { ApiProcess } from '../support/api-process.js';
import {
  buildApiKey,
  buildMember,
  buildOrganization,
  buildSuperuser,
  type BuiltOrganization,
  type BuiltUser,
} from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { buildLogin } from '../support/log-ins.js';
import { refusalOf, SocketClient } from '../support/socket-client.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { UpdatePublisher } from '../../src/platform/sockets/update-publisher.js';

/** Goal: 1 s. More only because the machine that runs the tests may be busy. */
const WITHIN_MS = 3_000;

// The last test stops one of the processes.
describe('sockets on two processes', () => {
  let app: TestApp;
  let nodes: [ApiProcess, ApiProcess];
  let own: BuiltOrganization;
  let foreign: BuiltOrganization;
  const open: SocketClient[] = [];

  const connect = async (node: ApiProcess, token: string, organizationId: string, namespace = '/organization') => {
    const client = await SocketClient.connect(node.url, namespace, { token, organizationId });
    open.push(client);
    return client;
  };
  /** One socket of the same log-in on each process. */
  const onBoth = async (token: string, organizationId = own.id) =>
    await Promise.all(nodes.map((node) => connect(node, token, organizationId)));
  const publish = async (organization: BuiltOrganization, status: string) =>
    await runAs(app, organization, () =>
      app.get(UpdatePublisher).publish({
        topic: 'organization',
        resourceId: organization.id,
        type: 'note',
        status,
        progress: null,
      }),
    );
  const expectEnded = async (clients: SocketClient[], code: string) => {
    const deadline = Date.now() + WITHIN_MS;
    while (clients.some(({ socket }) => socket.connected) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(clients.map(({ socket }) => socket.connected)).toEqual(clients.map(() => false));
    for (const client of clients) expect(client.all('error')).toMatchObject([{ code }]);
  };

  beforeAll(async () => {
    app = await TestApp.start();
    [own, foreign] = [await buildOrganization(app), await buildOrganization(app)];
    nodes = await Promise.all([ApiProcess.start(), ApiProcess.start()]);
  }, 120_000);
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await app.stop();
  });

  it('bring an update from any process to the sockets of all, and to those of its organization only', async () => {
    const [a, b] = await onBoth(own.owner.accessToken);
    const stranger = await connect(nodes[1], foreign.owner.accessToken, foreign.id);
    await publish(own, 'FIRST');
    await publish(own, 'SECOND');
    await publish(foreign, 'THEIRS');
    for (const client of [a!, b!]) {
      await client.next('update', 2);
      expect(client.all('update').map(({ status }) => status)).toEqual(['FIRST', 'SECOND']);
    }
    await stranger.next('update');
    expect(stranger.all('update')).toMatchObject([{ status: 'THEIRS', organizationId: foreign.id }]);
  });

  describe('end a socket on both when', () => {
    let member: BuiltUser;
    let witnesses: SocketClient[];
    let clients: SocketClient[];

    beforeEach(async () => {
      member = await buildMember(app, own);
      clients = await onBoth(member.accessToken);
      witnesses = [...(await onBoth(own.owner.accessToken)), ...(await onBoth(foreign.owner.accessToken, foreign.id))];
    });
    // Those whom the change did not concern hear on, and those whom it did hear nothing more.
    afterEach(async () => {
      expect(witnesses.map(({ socket }) => socket.connected)).toEqual(witnesses.map(() => true));
    });

    it('the membership ends', async () => {
      await app
        .http(own.owner, own.id)
        .delete(`/api/v1/members/${await memberId(app, own, member)}`)
        .expect(204);
      await expectEnded(clients, 'ORGANIZATION_NOT_FOUND');
      await publish(own, 'AFTER');
      await witnesses[0]!.next('update');
      expect(clients.flatMap((client) => client.all('update'))).toEqual([]);
    });

    it('the log-in ends, and no other log-in of the same person', async () => {
      const other = await buildLogin(app, member.email);
      witnesses.push(...(await onBoth(other.accessToken)));
      await app.http(member).post('/api/v1/auth/logout').expect(204);
      await expectEnded(clients, 'UNAUTHENTICATED');
    });

    it('the person is deactivated by whatever hand', async () => {
      await askAsSuperuser('UPDATE users SET is_active = false WHERE id = $1', [member.user.id]);
      await expectEnded(clients, 'UNAUTHENTICATED');
    });

    it('the log-in expires', async () => {
      const text = `UPDATE sessions SET expires_at = now() + interval '1 second' WHERE user_id = $1`;
      await askAsSuperuser(text, [member.user.id]);
      const late = await onBoth(member.accessToken);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await expectEnded(late, 'UNAUTHENTICATED');
    });

    it('the API key is revoked', async () => {
      const key = await buildApiKey(app, own, { scopes: ['organizations:read'] });
      const keyed = await onBoth(key.accessToken);
      await app.http(own.owner, own.id).delete(`/api/v1/api-keys/${key.id}`).expect(204);
      await expectEnded(keyed, 'UNAUTHENTICATED');
      witnesses.push(...clients);
    });

    it('the support session ends; what somebody of the platform did is on the record of the organization', async () => {
      const root = await buildSuperuser(app);
      const opening = { organizationId: own.id, reason: 'A reason that is long enough' };
      const asked = await app.http(root).post('/api/v1/platform/support-sessions').send(opening).expect(201);
      const { id } = asked.body as { id: string };
      const visiting = await onBoth(root.accessToken);
      await visiting[0]!.ask('subscribe', { resourceId: own.id });
      const { body } = await app.http(own.owner, own.id).get('/api/v1/audit-logs').query({ limit: 20 }).expect(200);
      const reasons = (body as { data: { reason: string | null }[] }).data.map(({ reason }) => reason);
      expect(reasons).toEqual(
        expect.arrayContaining(['SOCKET /organization connect', 'SOCKET /organization subscribe']),
      );
      await app.http(own.owner, own.id).delete(`/api/v1/support-sessions/${id}`).expect(204);
      await expectEnded(visiting, 'ORGANIZATION_NOT_FOUND');
      witnesses.push(...clients);
    });
  });

  it('end all sockets of an organization that is closed', async () => {
    const closing = await buildOrganization(app);
    const clients = await onBoth(closing.owner.accessToken, closing.id);
    await app.http(closing.owner, closing.id).delete('/api/v1/organizations/current').expect(204);
    await expectEnded(clients, 'ORGANIZATION_NOT_FOUND');
    const auth = { token: closing.owner.accessToken, organizationId: closing.id };
    expect(await refusalOf(nodes[0].url, '/organization', auth)).toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
  });

  it('send their clients elsewhere before they stop', async () => {
    const [, leaving] = nodes;
    const client = SocketClient.open(
      leaving.url,
      '/organization',
      { token: own.owner.accessToken, organizationId: own.id },
      { reconnection: true, reconnectionDelay: 50 },
    );
    open.push(client);
    await client.next('ready');
    const ended = client.ended();
    await leaving.stop();
    // A client comes back by itself after this reason, and not after a disconnection by the server.
    expect(await ended).toMatch(/^transport/);
    expect(client.all('server-closing')).toHaveLength(1);
  });
});

async function memberId(app: TestApp, organization: BuiltOrganization, { email }: BuiltUser): Promise<string> {
  const { body } = await app.http(organization.owner, organization.id).get('/api/v1/members').query({ limit: 100 });
  const found = (body as { data: { id: string; email: string }[] }).data.find((member) => member.email === email);
  return found?.id ?? '';
}
