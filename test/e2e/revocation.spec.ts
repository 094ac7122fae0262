import { buildMember, buildOrganization, type BuiltOrganization, type BuiltUser } from '../support/builders.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { RawClient } from '../support/open-api-request.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

const TIMES = 100;

/** Takes access away in one process, tries it in the other, and gives it back. */
interface Revocation {
  readonly name: string;
  /** What the person may do before, and not after. */
  readonly path: string;
  readonly refusal: { readonly status: number; readonly body: { readonly code: string } };
  take(): Promise<void>;
  giveBack(): Promise<void>;
}

describe('access that one process takes away', () => {
  let redis: FaultProxy;
  let first: TestApp;
  let second: TestApp;
  let ours: RawClient;
  let theirs: RawClient;
  let acme: BuiltOrganization;
  let admin: BuiltUser;
  let membershipId: string;

  beforeAll(async () => {
    const { REDIS_URL } = environmentFor();
    redis = await FaultProxy.start(REDIS_URL as string);
    first = await TestApp.start();
    second = await TestApp.start({ environment: { REDIS_URL: redis.url(REDIS_URL as string) } });
    [ours, theirs] = [new RawClient(first.url), new RawClient(second.url)];
    acme = await buildOrganization(first);
    admin = await buildMember(first, acme, 'ADMIN');
    membershipId = (await send('get', `/members?role=ADMIN`)).data?.[0]?.id as string;
  });
  afterAll(async () => {
    for (const client of [ours, theirs]) client.close();
    await Promise.all([first.stop(), second.stop()]);
    await redis.stop();
  });

  /** Asks the first process as the owner; what it acknowledges is done. */
  async function send(method: string, path: string, body?: object): Promise<{ data?: { id: string }[] }> {
    const text = body && JSON.stringify(body);
    const request = { method, path: `/api/v1${path}`, body: text };
    // The header cannot name an organization that is to be restored.
    const organization = path.endsWith('/activation') ? {} : { organization: acme.id };
    const answer = await ours.sendAs(acme.owner, { ...request, ...organization });
    expect([method, path, answer.text, answer.status < 300]).toEqual([method, path, answer.text, true]);
    return answer.body ?? {};
  }

  const missing = { status: 404, body: { code: 'ORGANIZATION_NOT_FOUND' } };
  const member = () => `/members/${membershipId}`;
  const revocations: Revocation[] = [
    {
      name: 'removal',
      path: '/businesses',
      refusal: missing,
      take: async () => void (await send('delete', member())),
      giveBack: async () => void (await send('post', '/members', { email: admin.email, role: 'ADMIN' })),
    },
    {
      name: 'demotion',
      path: '/audit-logs',
      refusal: { status: 403, body: { code: 'ROLE_TOO_LOW' } },
      take: async () => void (await send('patch', member(), { role: 'MEMBER' })),
      giveBack: async () => void (await send('patch', member(), { role: 'ADMIN' })),
    },
    {
      name: 'deactivation of the organization',
      path: '/businesses',
      refusal: missing,
      take: async () => void (await send('delete', '/organizations/current')),
      giveBack: async () => void (await send('put', '/organizations/current/activation', { organizationId: acme.id })),
    },
  ];

  const expectRefused = async (times: number, { path, refusal, take, giveBack }: Revocation) => {
    const ask = () => theirs.sendAs(admin, { method: 'get', path: `/api/v1${path}`, organization: acme.id });
    for (let time = 0; time < times; time += 1) {
      expect((await ask()).status).toBe(200);
      await take();
      expect(await ask()).toMatchObject(refusal);
      await giveBack();
    }
  };

  it.each(revocations)(
    `C1 is gone with the next request to another, ${TIMES} of ${TIMES} times: $name`,
    async (revocation) => await expectRefused(TIMES, revocation),
    120_000,
  );

  it.each(revocations)(
    `is gone as well when that one cannot reach Redis, ${TIMES} of ${TIMES} times: $name`,
    async (revocation) => {
      await redis.refuse();
      try {
        await expectRefused(TIMES, revocation);
      } finally {
        await redis.resume();
      }
    },
    120_000,
  );
});
