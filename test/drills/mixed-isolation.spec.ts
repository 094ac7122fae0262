import { randomInt, randomUUID } from 'node:crypto';
import { UpdatePublisher } from '../../src/platform/sockets/update-publisher.js';
import { ApiProcess } from '../support/api-process.js';
import {
  buildBusiness,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
  type BuiltUser,
} from '../support/builders.js';
import { runAs } from '../support/contexts.js';
import { eventually } from '../support/fault-proxy.js';
import { emptyQueue, queueAs } from '../support/queue.js';
import { seededRandom } from '../support/random.js';
import { SocketClient } from '../support/socket-client.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { CONTEXT, TestJobsModule } from '../support/test-jobs.js';
import { WorkerProcess } from '../support/worker-process.js';

const SECONDS = Number(process.env['DRILL_SECONDS'] ?? 60);
const SOCKETS_EACH = 100;
const MEMBERS_EACH = 10;
const JOBS = 2_000;
const LANES = 6;
const TOPICS = ['organization', 'research', 'chat', 'seo-audit'];
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const seed = Number(process.env['DRILL_SEED'] ?? randomInt(2 ** 31));

interface Side {
  readonly organization: BuiltOrganization;
  readonly marker: string;
  readonly members: BuiltUser[];
  readonly clients: SocketClient[];
  readonly jobs: Set<string>;
  readonly requests: Set<string>;
  published: number;
  answered: number;
}

interface LogLine {
  readonly requestId?: string;
  readonly organizationId?: string;
}

describe(`two organizations on two APIs and two workers (DRILL_SEED=${seed})`, () => {
  let app: TestApp;
  let nodes: ApiProcess[];
  let workers: WorkerProcess[];
  let sides: [Side, Side];
  const draw = seededRandom(seed);
  const random = (below: number) => Math.floor(draw() * below);

  const buildSide = async (): Promise<Side> => {
    const organization = await buildOrganization(app);
    const marker = `CANARY-${randomUUID()}`;
    await buildBusiness(app, organization, marker);
    const members = [];
    for (let count = 0; count < MEMBERS_EACH; count++) members.push(await buildMember(app, organization));
    const empty = { clients: [], jobs: new Set<string>(), requests: new Set<string>() };
    return { organization, marker, members, ...empty, published: 0, answered: 0 };
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
  /** By somebody who may just have lost the membership, every other time. */
  const queue = async (side: Side) => {
    const as = random(2) === 0 ? side.members[random(MEMBERS_EACH)]!.user : side.organization.owner.user;
    side.jobs.add(await queueAs(app, side.organization, CONTEXT, { rounds: 2 }, { as: { id: as.id } }));
  };
  const read = async (side: Side) => {
    const requestId = randomUUID();
    side.requests.add(requestId);
    const { accessToken } = side.members[random(MEMBERS_EACH)]!;
    const headers = { Authorization: `Bearer ${accessToken}`, 'X-Request-Id': requestId };
    const answer = await fetch(`${nodes[random(2)]!.url}/api/v1/businesses`, { headers });
    const text = await answer.text();
    expect(text).not.toContain(theOther(side).marker);
    if (answer.status === 200) side.answered += 1;
    else expect([403, 404]).toContain(answer.status);
  };
  /** Ends a membership and begins it again, so that sockets go and come back. */
  const changeMembership = async (side: Side) => {
    const member = side.members[random(MEMBERS_EACH)]!;
    const text = 'UPDATE memberships SET is_active = $3 WHERE organization_id = $1 AND user_id = $2';
    await askAsSuperuser(text, [side.organization.id, member.user.id, false]);
    await askAsSuperuser(text, [side.organization.id, member.user.id, true]);
  };
  const theOther = (side: Side) => sides.find((other) => other !== side)!;
  const act = async () => {
    const side = sides[random(2)]!;
    const client = side.clients[random(side.clients.length)];
    const choice = random(40);
    if (choice < 14) await publish(side);
    else if (choice < 30) await (queued() < JOBS ? queue(side) : read(side));
    else if (choice < 34) await read(side);
    else if (choice < 36)
      void client?.ask('subscribe', { resourceId: theOther(side).organization.id }).catch(() => undefined);
    else if (choice < 38)
      void client?.ask('subscribe', { resourceId: side.organization.id, sequence: 0 }).catch(() => undefined);
    else if (choice < 39) await changeMembership(side);
    else await connect(side, random(1_000));
  };
  const queued = () => sides.reduce((sum, { jobs }) => sum + jobs.size, 0);

  beforeAll(async () => {
    await emptyQueue();
    app = await TestApp.start({ modules: [TestJobsModule] });
    const options = { LOG_LEVEL: 'info' };
    nodes = await Promise.all([ApiProcess.start(options), ApiProcess.start(options)]);
    workers = await Promise.all([WorkerProcess.start(), WorkerProcess.start()]);
    sides = [await buildSide(), await buildSide()];
  }, 180_000);
  afterAll(async () => {
    await Promise.all([...nodes.map((node) => node.kill()), ...workers.map((worker) => worker.stop())]);
    await app.stop();
  });

  it(
    'shows no frame, answer, result or log line of one the marker of the other',
    async () => {
      for (let number = 0; number < SOCKETS_EACH; number += 10) {
        const batch = Array.from({ length: 10 }, (_, index) => number + index);
        await Promise.all(sides.flatMap((side) => batch.map((each) => connect(side, each))));
      }
      const until = Date.now() + SECONDS * 1_000;
      const lane = async () => {
        while (Date.now() < until || queued() < JOBS) await act();
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      await eventually(async () => expect(await unfinished(sides)).toBe(0), 120_000);
      await new Promise((resolve) => setTimeout(resolve, 1_000));

      for (const side of sides) {
        expectOwnFrames(side, theOther(side));
        await expectOwnResults(side, theOther(side));
        for (const client of side.clients) client.close();
      }
      expectOwnLines(
        sides,
        [...nodes, ...workers].flatMap(({ lines }) => lines),
      );
    },
    (SECONDS + 300) * 1_000,
  );
});

function expectOwnFrames(side: Side, other: Side): void {
  const frames = side.clients.flatMap((client) => client.frames.map((frame) => JSON.stringify(frame)));
  const isForeign = (frame: string) =>
    frame.includes(other.marker) ||
    (frame.match(UUID) ?? []).some((id) => id === other.organization.id || other.jobs.has(id));
  expect(frames.filter(isForeign)).toEqual([]);
  expect(frames.filter((frame) => frame.includes(side.marker)).length).toBeGreaterThan(side.published);
  expect(side.answered).toBeGreaterThan(0);
}

/** Who had lost the membership when the job began has none; all others have what their organization has. */
async function expectOwnResults(side: Side, other: Side): Promise<void> {
  const text = 'SELECT id, state, failure_code AS code, result::text AS result FROM jobs WHERE organization_id = $1';
  const rows = await askAsSuperuser<{ id: string; state: string; code: string | null; result: string | null }>(text, [
    side.organization.id,
  ]);
  expect(rows.map(({ id }) => id).toSorted()).toEqual([...side.jobs].toSorted());
  expect(
    rows.filter(({ result }) => result?.includes(other.marker) || result?.includes(other.organization.id)),
  ).toEqual([]);
  const completed = rows.filter(({ state }) => state === 'COMPLETED');
  expect(completed.filter(({ result }) => !result?.includes(side.marker))).toEqual([]);
  const states = new Map<string, number>();
  for (const { state, code } of rows) {
    const name = code ? `${state} (${code})` : state;
    states.set(name, (states.get(name) ?? 0) + 1);
  }
  process.stdout.write(`jobs: ${[...states].map(([name, count]) => `${count} ${name}`).join(', ')}\n`);
  expect(completed.length).toBeGreaterThan(rows.length / 2);
}

function expectOwnLines(sides: readonly Side[], lines: readonly string[]): void {
  let seen = 0;
  for (const line of lines) {
    if (!line.startsWith('{')) continue;
    const { requestId, organizationId } = JSON.parse(line) as LogLine;
    const side = sides.find(({ jobs, requests }) => requestId && (jobs.has(requestId) || requests.has(requestId)));
    if (!side || !organizationId) continue;
    seen += 1;
    expect([line, organizationId]).toEqual([line, side.organization.id]);
    for (const other of sides) if (other !== side) expect(line).not.toContain(other.marker);
  }
  process.stdout.write(`log lines compared: ${seen}\n`);
  expect(seen).toBeGreaterThan(1_000);
}

async function unfinished(sides: readonly Side[]): Promise<number> {
  const text = 'SELECT count(*)::int AS count FROM jobs WHERE organization_id = ANY ($1) AND due_at IS NOT NULL';
  const [row] = await askAsSuperuser<{ count: number }>(text, [sides.map(({ organization }) => organization.id)]);
  return row?.count ?? 0;
}
