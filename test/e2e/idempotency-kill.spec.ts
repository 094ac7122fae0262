import { randomUUID } from 'node:crypto';
import { ApiProcess } from '../support/api-process.js';
import { buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { times } from '../support/long-form.js';
import { RawClient } from '../support/open-api-request.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

const KEYS = times({ suite: 80, drill: 1_000 });
const DUPLICATES = 9;
const CONNECTIONS = 16;

describe('a process that is killed', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let killed: ApiProcess;

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await buildOrganization(app);
    killed = await ApiProcess.start();
  });
  afterAll(async () => {
    await killed.kill();
    await app.stop();
  });

  it(`R25 leaves one effect of each of ${KEYS} keys that are sent ten times, whenever it dies`, async () => {
    const marker = randomUUID();
    const jobs = Array.from({ length: KEYS }, (_, index) => ({ key: randomUUID(), name: `${marker} ${index}` }));
    const send = async (client: RawClient, { key, name }: { key: string; name: string }) =>
      await client.sendAs(acme.owner, {
        method: 'post',
        path: '/api/v1/clients',
        organization: acme.id,
        headers: { 'idempotency-key': key },
        body: JSON.stringify({ name }),
      });

    const first = new RawClient(killed.url, CONNECTIONS);
    let answered = 0;
    await inParallel(jobs, async (job) => {
      await Promise.race([send(first, job).then(() => (answered += 1)), killed.gone()]).catch(() => undefined);
      if (answered === KEYS / 2) await killed.kill();
    });
    first.close();
    expect(answered).toBeGreaterThanOrEqual(KEYS / 2);
    expect(answered).toBeLessThan(KEYS);

    const second = new RawClient(app.url, CONNECTIONS);
    const outcomes = new Map<string, number>();
    const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const duplicates = jobs.flatMap((job) => Array.from({ length: DUPLICATES }, () => job));
    await inParallel(duplicates, async (job) => {
      for (;;) {
        const { status, body } = await send(second, job);
        const { code } = body as { code?: string };
        // What a client does: it comes back later. A busy machine lets some wait too long for a connection.
        if (code !== 'IDEMPOTENCY_IN_PROGRESS' && status !== 503) {
          count(code ?? String(status));
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    });
    second.close();

    const rows = await askAsSuperuser<{ name: string; n: number }>(
      'SELECT name, count(*)::int AS n FROM clients WHERE organization_id = $1 GROUP BY name',
      [acme.id],
    );
    expect(rows).toHaveLength(KEYS);
    expect(rows.filter(({ n }) => n !== 1)).toEqual([]);
    const lost = outcomes.get('IDEMPOTENCY_ANSWER_LOST') ?? 0;
    expect(outcomes.get('201')).toBe(KEYS * DUPLICATES - lost);
    expect(lost).toBeLessThanOrEqual(CONNECTIONS * DUPLICATES);
  }, 240_000);
});

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
