import { randomInt, randomUUID } from 'node:crypto';
import { UpdatePublisher } from '../../src/platform/sockets/update-publisher.js';
import { ApiProcess } from '../support/api-process.js';
import { buildMember, buildOrganization, type BuiltOrganization, type BuiltUser } from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { SocketClient } from '../support/socket-client.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const SECONDS = Number(process.env['DRILL_SECONDS'] ?? 60);
const SOCKETS_EACH = 100;
const MEMBERS_EACH = 10;
const TOPICS = ['organization', 'research', 'chat', 'seo-audit'];
const seed = Number(process.env['DRILL_SEED'] ?? randomInt(2 ** 31));

interface Side {
  readonly organization: BuiltOrganization;
  readonly marker: string;
  readonly members: BuiltUser[];
  readonly clients: SocketClient[];
  published: number;
}

describe(`two organizations with ${2 * SOCKETS_EACH} sockets on two processes (DRILL_SEED=${seed})`, () => {
  let app: TestApp;
  let nodes: ApiProcess[];
  let state = seed;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };

  const buildSide = async (): Promise<Side> => {
    const organization = await buildOrganization(app);
    const members = [];
    for (let count = 0; count < MEMBERS_EACH; count++) members.push(await buildMember(app, organization));
    return { organization, marker: `CANARY-${randomUUID()}`, members, clients: [], published: 0 };
  };
  const connect = async (side: Side, number: number) => {
    const member = side.members[number % MEMBERS_EACH]!;
    const auth = { token: member.accessToken, organizationId: side.organization.id };
    const url = nodes[number % nodes.length]!.url;
    const transports = [number % 5 === 0 ? 'polling' : 'websocket'];
    const topic = TOPICS[number % TOPICS.length]!;
    const client = await SocketClient.connect(url, `/${topic}`, auth, { transports }).catch(() => null);
    if (client) side.clients.push(client);
  };
  const publish = async (side: Side) => {
    const topic = TOPICS[random(TOPICS.length)]!;
    await runAs(app, side.organization, () =>
      app.get(UpdatePublisher).publish({
        topic,
        resourceId: side.organization.id,
        type: 'progress',
        status: side.marker,
        progress: random(100),
        result: { marker: side.marker },
      }),
    );
    side.published += 1;
  };
  /** Ends a membership and begins it again, so that sockets go and come back. */
  const changeMembership = async (side: Side) => {
    const member = side.members[random(MEMBERS_EACH)]!;
    const text = 'UPDATE memberships SET is_active = $3 WHERE organization_id = $1 AND user_id = $2';
    await askAsSuperuser(text, [side.organization.id, member.user.id, false]);
    await askAsSuperuser(text, [side.organization.id, member.user.id, true]);
  };

  beforeAll(async () => {
    app = await TestApp.start();
    nodes = await Promise.all([ApiProcess.start(), ApiProcess.start()]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await app.stop();
  });

  it(
    'shows no frame of one the marker or the id of the other',
    async () => {
      const sides = [await buildSide(), await buildSide()];
      for (let number = 0; number < SOCKETS_EACH; number += 10) {
        const batch = Array.from({ length: 10 }, (_, index) => number + index);
        await Promise.all(sides.flatMap((side) => batch.map((each) => connect(side, each))));
      }
      const until = Date.now() + SECONDS * 1_000;
      while (Date.now() < until) {
        const side = sides[random(2)]!;
        const client = side.clients[random(side.clients.length)];
        const theirs = sides.find((other) => other !== side)!.organization.id;
        const act = random(20);
        if (act < 14) await publish(side);
        else if (act < 16) void client?.ask('subscribe', { resourceId: theirs }).catch(() => undefined);
        else if (act < 18)
          void client?.ask('subscribe', { resourceId: side.organization.id, sequence: 0 }).catch(() => undefined);
        else if (act < 19) await changeMembership(side);
        else await connect(side, random(1_000));
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      for (const [index, side] of sides.entries()) {
        const other = sides[1 - index]!;
        const frames = side.clients.flatMap((client) => client.frames.map((frame) => JSON.stringify(frame)));
        expect(frames.filter((frame) => frame.includes(other.marker) || frame.includes(other.organization.id))).toEqual(
          [],
        );
        expect(frames.filter((frame) => frame.includes(side.marker)).length).toBeGreaterThan(side.published);
        for (const client of side.clients) client.close();
      }
    },
    (SECONDS + 180) * 1_000,
  );
});
