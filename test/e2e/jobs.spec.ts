import { randomUUID } from 'node:crypto';
import { TransactionService } from '../../src/platform/database/transaction.service.js';
import { BullQueue } from '../../src/platform/queue/bull-queue.js';
import { JobRegistry } from '../../src/platform/queue/job-registry.js';
import { JobService } from '../../src/platform/queue/job.service.js';
import { JobWorker } from '../../src/platform/queue/job-worker.js';
import { type Update, UpdatePublisher } from '../../src/platform/sockets/update-publisher.js';
import { CommandContext, OrganizationContextService } from '../../src/tenancy/index.js';
import { buildBusiness, buildMember, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { contextOf, runAs } from '../support/contexts.js';
import { deadLetters, emptyQueue, findJob, forgetScripts, queueAs, untilJob } from '../support/queue.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import {
  ADMIN,
  CONTEXT,
  DERIVED,
  EFFECT,
  FAILING,
  LEAKY,
  type SeenContext,
  SLEEP,
  SleepProcessor,
  STEPPING,
  SYSTEM,
  TestJobsModule,
  VISITING,
} from '../support/test-jobs.js';

type Watched = Update & { readonly organizationId: string | null };
let watch: (update: Watched) => void = () => undefined;

/** Stands for the sockets: hears what they would send, and in which organization. */
class WatchingPublisher extends UpdatePublisher {
  constructor(private readonly contexts: OrganizationContextService) {
    super();
  }

  override async publish(update: Update): Promise<void> {
    watch({ ...update, organizationId: this.contexts.getCurrentOrganization() });
  }
}

interface Seen {
  readonly seen: SeenContext[];
}

describe('jobs', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;
  let acmeBusiness: { id: string };
  const updates: Watched[] = [];

  beforeAll(async () => {
    await emptyQueue();
    app = await TestApp.start({
      modules: [TestJobsModule],
      override: (builder) =>
        builder.overrideProvider(UpdatePublisher).useFactory({
          factory: (contexts: OrganizationContextService) => new WatchingPublisher(contexts),
          inject: [OrganizationContextService],
        }),
    });
    watch = ({ organizationId, ...update }) => updates.push({ ...update, organizationId });
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
    acmeBusiness = await buildBusiness(app, acme, 'Of acme');
    await buildBusiness(app, globex, 'Of globex');
    // F10: whoever starts the worker is in a request and in a transaction of globex.
    await runAs(app, globex, () => app.get(TransactionService).run(async () => app.get(JobWorker).start()));
  });
  afterAll(async () => await app.stop());

  it('S0-4 S1-14 enters the organization that the job names, and makes the same calls as a request', async () => {
    const id = await queueAs(app, acme, CONTEXT, { rounds: 3 });
    const { seen } = (await untilJob(id, 'COMPLETED')).result as Seen;
    const expected = {
      organizationId: acme.id,
      actorId: acme.owner.user.id,
      role: 'OWNER',
      entryPoint: 'job',
      requestId: id,
      rows: ['Of acme'],
    };
    expect(seen).toEqual([expected, expected, expected]);
  });

  it('S0-28 may work in another organization of its actor for a block, and in no other', async () => {
    const both = await buildMember(app, acme);
    const http = app.http(globex.owner, globex.id);
    await http.post('/api/v1/members').send({ email: both.email, role: 'MEMBER' }).expect(201);
    const as = { id: both.user.id };
    const visit = await queueAs(app, acme, VISITING, { organization: globex.slug }, { as });
    expect((await untilJob(visit, 'COMPLETED')).result).toEqual({ here: ['Of acme'], there: ['Of globex'] });
    const stranger = await queueAs(app, acme, VISITING, { organization: globex.slug });
    expect(await untilJob(stranger, 'FAILED')).toMatchObject({ failure_code: 'ORGANIZATION_NOT_FOUND' });
  });

  it('runs in a transaction’s organization only if and when the transaction is committed', async () => {
    const work = () => app.get(JobService).queueLater(CONTEXT, { rounds: 1 });
    let rolledBack = '';
    const transaction = runAs(app, acme, () =>
      app.get(TransactionService).run(async () => {
        rolledBack = (await work()).id;
        throw new Error('no');
      }),
    );
    await expect(transaction).rejects.toThrow('no');
    const kept = await runAs(app, acme, () => app.get(TransactionService).run(work));
    await untilJob(kept.id, 'COMPLETED');
    expect(await askAsSuperuser('SELECT 1 FROM jobs WHERE id = $1', [rolledBack])).toEqual([]);
  });

  it('asks again what the actor may when the job runs', async () => {
    const member = await buildMember(app, acme, 'ADMIN');
    const as = { id: member.user.id };
    await untilJob(await queueAs(app, acme, ADMIN, {}, { as }), 'COMPLETED');
    const [{ id: membership } = { id: '' }] = await askAsSuperuser<{ id: string }>(
      'SELECT id FROM memberships WHERE organization_id = $1 AND user_id = $2',
      [acme.id, member.user.id],
    );
    const http = app.http(acme.owner, acme.id);
    const lowered = await queueAs(app, acme, ADMIN, {}, { as, delaySeconds: 1 });
    const removed = await queueAs(app, acme, CONTEXT, { rounds: 1 }, { as, delaySeconds: 2 });
    await http.patch(`/api/v1/members/${membership}`).send({ role: 'MEMBER' }).expect(200);
    expect(await untilJob(lowered, 'FAILED')).toMatchObject({ failure_code: 'ROLE_TOO_LOW', failures: 0 });
    await http.delete(`/api/v1/members/${membership}`).expect(204);
    expect(await untilJob(removed, 'FAILED')).toMatchObject({ failure_code: 'ORGANIZATION_NOT_FOUND' });
  });

  it('S1-16 lets the product’s own account do declared system jobs only', async () => {
    const contexts = app.get(OrganizationContextService);
    const system = contextOf(acme, { actor: await contexts.findSystemActor(), role: null });
    const queue = (declaration: typeof SYSTEM) =>
      contexts.run(system, async () => (await app.get(JobService).queueLater(declaration, {})).id);
    const { seen } = (await untilJob(await queue(SYSTEM), 'COMPLETED')).result as Seen;
    expect(seen).toMatchObject([{ organizationId: acme.id, role: null, rows: ['Of acme'] }]);
    const refused = await queue({ ...CONTEXT, name: CONTEXT.name });
    await untilJob(refused, 'FAILED');
    expect(await findJob(refused)).toMatchObject({ failure_code: 'JOB_NOT_SYSTEM', attempt: 1, result: null });
  });

  it('S1-15 derives the organization from the record that the data names, on record as unscoped', async () => {
    const queue = (businessId: string) => queueUnplaced(app, acme, businessId);
    await queue(acmeBusiness.id);
    await waitFor(async () => {
      const [job] = await askAsSuperuser<{ id: string }>(`SELECT id FROM jobs WHERE name = 'test-derived'`);
      return job?.id;
    }).then(async (id) => {
      const { seen } = (await untilJob(id, 'COMPLETED')).result as Seen;
      expect(seen).toMatchObject([{ organizationId: acme.id, actorId: acme.owner.user.id, rows: ['Of acme'] }]);
    });
    const reasons = await askAsSuperuser<{ reason: string }>(
      `SELECT reason FROM security_events WHERE action = 'unscoped.started' AND reason LIKE 'derive the organization%'`,
    );
    expect(reasons).toEqual([{ reason: 'derive the organization of the job test-derived from its record' }]);
  });

  it('S1-16 S1-25 refuses a job without organization if none can be derived, and does not try again', async () => {
    const { id } = await queueUnplaced(app, acme, randomUUID());
    await waitFor(async () => (await deadLetters()).find(({ message }) => message.includes(id))).then((letter) =>
      expect(letter).toMatchObject({ reason: 'JOB_WITHOUT_ORGANIZATION', count: 1 }),
    );
    await expect(runOutside(app, () => app.get(JobService).queueLater(CONTEXT, { rounds: 1 }))).rejects.toMatchObject({
      code: 'ORGANIZATION_CONTEXT_MISSING',
    });
  });

  it('S1-18 tells whoever watches, in the organization of the job, without secrets', async () => {
    updates.length = 0;
    const [mine, theirs] = [await queueAs(app, acme, CONTEXT, { rounds: 2 }), await queueAs(app, globex, LEAKY, {})];
    await untilJob(mine, 'COMPLETED');
    expect(await untilJob(theirs, 'COMPLETED')).toMatchObject({ result: { password: '[redacted]', kept: 'kept' } });
    await waitFor(async () => updates.filter(({ type }) => type === 'completed').length === 2 || undefined);
    const of = (id: string) => updates.filter(({ resourceId }) => resourceId === id);
    expect(new Set(of(mine).map(({ organizationId }) => organizationId))).toEqual(new Set([acme.id]));
    expect(new Set(of(theirs).map(({ organizationId }) => organizationId))).toEqual(new Set([globex.id]));
    expect(of(mine).map(({ type }) => type)).toEqual(['started', 'progress', 'completed']);
    expect(JSON.stringify(updates)).not.toContain('hunter2');
  });

  it('tries again after a pause, and sets aside what fails each time, without its inner workings', async () => {
    const second = await queueAs(app, acme, FAILING, { times: 1 });
    expect(await untilJob(second, 'COMPLETED')).toMatchObject({ failures: 1, result: { tries: 2 } });
    const never = await queueAs(app, acme, FAILING, { times: 9 });
    const dead = await untilJob(never, 'DEAD');
    expect(dead).toMatchObject({ failure_code: 'INTERNAL_ERROR', attempt: 3 });
    expect(dead.failure_message).not.toContain('secret');
  });

  it('is one job for each key of an organization, and another’s is another', async () => {
    const name = randomUUID();
    const key = randomUUID();
    const queue = (organization: BuiltOrganization) => queueAs(app, organization, EFFECT, { name, ms: 0 }, { key });
    const ids = await Promise.all([queue(acme), queue(acme), queue(globex), queue(acme)]);
    expect(new Set(ids).size).toBe(2);
    await Promise.all(ids.map((id) => untilJob(id, 'COMPLETED')));
    await untilJob(await queue(acme), 'COMPLETED');
    const counts = await askAsSuperuser<{ n: number }>(
      'SELECT count(*)::int AS n FROM businesses WHERE name = $1 GROUP BY organization_id',
      [name],
    );
    expect(counts).toEqual([{ n: 1 }, { n: 1 }]);
    await askAsSuperuser('DELETE FROM businesses WHERE name = $1', [name]);
  });

  it('goes on when Redis forgot its scripts', async () => {
    // Bull adds by a script.
    await forgetScripts();
    const ids = await Promise.all([acme, globex].map((each) => queueAs(app, each, CONTEXT, { rounds: 1 })));
    for (const id of ids) await untilJob(id, 'COMPLETED');
  });

  it('sends again what Redis lost unnoticed, even all that may wait there', async () => {
    const window = app.get(BullQueue).concurrency * 2;
    const ids: string[] = [];
    for (let count = 0; count < window; count += 1) {
      ids.push(await queueAs(app, acme, CONTEXT, { rounds: 1 }, { delaySeconds: 3_600 }));
    }
    await askAsSuperuser('UPDATE jobs SET delivered_at = now(), due_at = now() WHERE id = ANY($1)', [ids]);
    ids.push(await queueAs(app, globex, CONTEXT, { rounds: 1 }));
    for (const id of ids) await untilJob(id, 'COMPLETED');
  });

  it('tells how far it is also while it stores a part', async () => {
    const id = await queueAs(app, acme, STEPPING, {});
    expect(await untilJob(id, 'COMPLETED')).toMatchObject({ failure_code: null });
  });

  it('stops work that takes too long', async () => {
    const id = await queueAs(app, acme, SLEEP, { ms: 60_000 });
    expect(await untilJob(id, 'DEAD')).toMatchObject({ failure_code: 'JOB_TIMED_OUT' });
    expect(app.get(SleepProcessor).interruptions).toHaveLength(1);
  });

  it('refuses to queue what no processor performs, secrets, and too much', async () => {
    const jobs = app.get(JobService);
    const queue = (declaration: object, data: object) =>
      runAs(app, acme, () => jobs.queueLater(declaration as typeof SYSTEM, data));
    await expect(queue({ ...SYSTEM, name: 'nobody-does-it' }, {})).rejects.toThrow('No processor performs');
    await expect(queue(SYSTEM, { nested: { accessToken: 'x' } })).rejects.toThrow('must not carry "accessToken"');
    await expect(queue(SYSTEM, { text: 'x'.repeat(20_000) })).rejects.toThrow('16384 are allowed');
    expect(app.get(JobRegistry).list().length).toBeGreaterThan(5);
  });

  it('S1-27 keeps the context over callbacks, synchronous and asynchronous, timers and streams', async () => {
    const ids = await Promise.all(
      [acme, globex, acme, globex, acme, globex].map((organization) =>
        queueAs(app, organization, CONTEXT, { rounds: 5 }),
      ),
    );
    for (const id of ids) {
      const job = await untilJob(id, 'COMPLETED');
      const { seen } = job.result as Seen;
      expect(new Set(seen.map(({ organizationId }) => organizationId))).toEqual(new Set([job.organization_id]));
    }
  });
});

async function waitFor<T>(find: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('It did not come.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function runOutside<T>(app: TestApp, work: () => Promise<T>): Promise<T> {
  const contexts = app.get(OrganizationContextService);
  return await new CommandContext(contexts).run('bestays', work);
}

async function queueUnplaced(
  app: TestApp,
  organization: BuiltOrganization,
  businessId: string,
): Promise<{ id: string }> {
  const contexts = app.get(OrganizationContextService);
  const outside = contextOf(organization, { organizationId: null, role: null, entryPoint: 'http' });
  return await contexts.run(outside, () => app.get(JobService).queueUnplacedLater(DERIVED, { businessId }));
}
