import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import pLimit from 'p-limit';
import { BusinessService } from '../../src/features/businesses/business.service.js';
import { SecurityEventRepository } from '../../src/features/audit/security-event.repository.js';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { SystemDatabase } from '../../src/platform/database/system-database.js';
import { OrganizationSql } from '../../src/platform/database/organization-sql.js';
import { TransactionService } from '../../src/platform/database/transaction.service.js';
import { createContext, OrganizationContextService } from '../../src/tenancy/index.js';
import {
  buildBusiness,
  buildMember,
  buildOrganization,
  buildUser,
  type BuiltOrganization,
} from '../support/builders.js';
import { contextOf, runAs } from '../support/contexts.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

describe('the organization context', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;
  let contexts: OrganizationContextService;
  let database: OrganizationDatabase;
  let transactions: TransactionService;

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
    contexts = app.get(OrganizationContextService);
    database = app.get(OrganizationDatabase);
    transactions = app.get(TransactionService);
    await buildBusiness(app, acme, 'Of Acme');
    await buildBusiness(app, globex, 'Of Globex');
  });
  afterAll(async () => await app.stop());

  const names = async () => (await database.business.findMany({ select: { name: true } })).map(({ name }) => name);
  const insert = (name: string) =>
    database.business.create({ data: { id: randomUUID(), name, slug: `s-${randomUUID()}` } });

  describe('the store', () => {
    it('S1-1 holds user and organization, frozen', () => {
      const context = contextOf(acme);
      expect(context).toMatchObject({
        organizationId: acme.id,
        actor: { type: 'user', id: acme.owner.user.id },
        role: 'OWNER',
      });
      expect(Object.isFrozen(context) && Object.isFrozen(context.actor)).toBe(true);
      expect(() => createContext({ ...context, organizationId: undefined as unknown as string })).toThrow(
        'malformed id',
      );
      expect(() => createContext({ ...context, organizationId: "' OR 1=1" })).toThrow('malformed id');
    });

    it('S1-2 keeps 300 flows apart, 110 interleaved at a time, over timers, emitters, streams and queries', async () => {
      const emitter = new EventEmitter();
      // No more at once than the pool serves within the second that it lets them wait, also on a slow machine.
      const inTurn = pLimit(110);
      await Promise.all(
        Array.from({ length: 300 }, (_, index) =>
          inTurn(async () => {
            const own = index % 2 === 0 ? acme : globex;
            await runAs(app, own, async () => {
              const check = () => expect(contexts.getCurrentOrganization()).toBe(own.id);
              await new Promise((resolve) => setTimeout(resolve, index % 7));
              check();
              await new Promise((resolve) => setImmediate(resolve));
              check();
              emitter.once(`event-${index}`, check);
              emitter.emit(`event-${index}`);
              for await (const _chunk of new Blob(['x']).stream()) check();
              const rows = await database.business.findMany({ select: { organizationId: true } });
              expect(rows.length).toBeGreaterThan(0);
              expect(rows.every(({ organizationId }) => organizationId === own.id)).toBe(true);
              check();
            });
          }),
        ),
      );
      expect(contexts.current()).toBeUndefined();
    });

    it('S1-4 nests, and restores user and organization exactly on return and throw', async () => {
      const both = await buildMember(app, acme, 'ADMIN');
      await app.http(globex.owner).post('/api/v1/members').send({ email: both.email, role: 'MEMBER' }).expect(201);
      const outer = createContext({ ...contextOf(acme), actor: { type: 'user', id: both.user.id }, role: 'ADMIN' });
      await contexts.run(outer, async () => {
        await contexts.withOrganization(globex.slug, async (organization) => {
          expect(organization).toMatchObject({ id: globex.id, slug: globex.slug });
          expect(contexts.require()).toMatchObject({ organizationId: globex.id, role: 'MEMBER', actor: outer.actor });
          expect(await names()).toContain('Of Globex');
        });
        expect(contexts.current()).toBe(outer);
        const failure = contexts.withOrganization(globex.id, () => {
          throw new Error('inside');
        });
        await expect(failure).rejects.toThrow('inside');
        expect(contexts.current()).toBe(outer);
        expect(await names()).not.toContain('Of Globex');
      });
    });

    it('S1-5 fails before the callback runs for an unknown and for a foreign organization', async () => {
      const callback = countCalls();
      for (const target of [randomUUID(), 'no-such-slug', globex.id, globex.slug]) {
        await expect(runAs(app, acme, () => contexts.withOrganization(target, callback.run))).rejects.toMatchObject({
          code: 'ORGANIZATION_NOT_FOUND',
        });
      }
      expect(callback.calls()).toBe(0);
    });

    it('S1-6 takes sync and async callbacks, and gives them the organization', async () => {
      await runAs(app, acme, async () => {
        expect(await contexts.withOrganization(acme.id, ({ slug }) => slug)).toBe(acme.slug);
        expect(await contexts.withOrganization(acme.id, async ({ id }) => await Promise.resolve(id))).toBe(acme.id);
      });
    });

    it('S1-7 S3-12 S3-23 sets the organization of an entry once, gives it back, and clears it', async () => {
      await contexts.run(contextOf(acme, { organizationId: null, role: null }), async () => {
        expect(contexts.getCurrentUser()).toMatchObject({ id: acme.owner.user.id });
        expect(contexts.getCurrentOrganization()).toBeNull();
        await contexts.setCurrentOrganization(acme.slug);
        expect(contexts.getCurrentOrganization()).toBe(acme.id);
        await expect(contexts.setCurrentOrganization(acme.id)).rejects.toMatchObject({
          code: 'ORGANIZATION_CONTEXT_ALREADY_SET',
        });
        contexts.clear();
        expect(contexts.getCurrentOrganization()).toBeNull();
        expect(contexts.getCurrentUser()).toBeNull();
        await expect(names()).rejects.toMatchObject({ code: 'ORGANIZATION_CONTEXT_MISSING' });
      });
    });

    it('S1-3 leaves nothing after a request, also after one that failed, on the same connection', async () => {
      const stranger = await buildUser(app);
      for (let round = 0; round < 5; round += 1) {
        const http = app.http(acme.owner);
        await http.get('/api/v1/businesses').expect(200);
        await http.get(`/api/v1/businesses/${randomUUID()}`).expect(404);
        await app.http(stranger).get('/api/v1/businesses').expect(400);
        expect(contexts.current()).toBeUndefined();
      }
    });
  });

  describe('a query', () => {
    it('S3-3 C2 throws without context, and its error says what to do', async () => {
      await expect(names()).rejects.toMatchObject({ code: 'ORGANIZATION_CONTEXT_MISSING' });
      await expect(names()).rejects.toThrow(/withOrganization/);
      await expect(insert('Nobody’s')).rejects.toMatchObject({ code: 'ORGANIZATION_CONTEXT_MISSING' });
      await expect(transactions.run(names)).rejects.toMatchObject({ code: 'ORGANIZATION_CONTEXT_MISSING' });
    });

    it('belongs to the context in which it was called, wherever it is awaited', async () => {
      const started = runAs(app, acme, () => ({ query: database.business.findMany({ select: { name: true } }) })).query;
      const rows = await runAs(app, globex, async () => await started);
      expect(rows.map(({ name }) => name)).toContain('Of Acme');
      expect(rows.map(({ name }) => name)).not.toContain('Of Globex');
      const unawaited = runAs(app, acme, () => database.business.count());
      expect(await unawaited).toBeGreaterThan(0);
    });

    it('keeps unique reads of two organizations in one tick apart', async () => {
      const ids = new Map<BuiltOrganization, string>();
      for (const own of [acme, globex]) ids.set(own, (await buildBusiness(app, own, 'Lockstep')).id);
      const read = (own: BuiltOrganization, of: BuiltOrganization) =>
        runAs(app, own, () =>
          database.business.findUnique({
            where: { organizationId_id: { organizationId: of.id, id: ids.get(of) as string } },
          }),
        );
      for (let round = 0; round < 50; round += 1) {
        const rows = await Promise.all(
          Array.from({ length: 40 }, (_, index) => {
            const own = index % 2 ? acme : globex;
            const of = index % 4 < 2 ? own : own === acme ? globex : acme;
            return read(own, of).then((row) => ({ isOwn: own === of, found: row?.organizationId === own.id, row }));
          }),
        );
        expect(rows.filter(({ isOwn, found }) => isOwn && !found)).toEqual([]);
        expect(rows.filter(({ isOwn, row }) => !isOwn && row !== null)).toEqual([]);
      }
    });

    it('S0-14 S1-2 sees its own organization in a service that another request made lazily', async () => {
      let lazy: (() => Promise<string[]>) | undefined;
      const use = (own: BuiltOrganization) => runAs(app, own, async () => await (lazy ??= names)());
      expect(await use(acme)).toContain('Of Acme');
      expect(await use(globex)).not.toContain('Of Acme');
    });
  });

  describe('a transaction', () => {
    const count = (name: string) => runAs(app, acme, () => database.business.count({ where: { name } }));

    it('sees its own writes, also by a unique read, and rolls back as a whole', async () => {
      const name = randomUUID();
      const work = runAs(app, acme, () =>
        transactions.run(async () => {
          const { id } = await insert(name);
          const where = { organizationId_id: { organizationId: acme.id, id } };
          expect(await database.business.findUnique({ where })).toMatchObject({ name });
          throw new Error('undo');
        }),
      );
      await expect(work).rejects.toThrow('undo');
      expect(await count(name)).toBe(0);
    });

    it('takes written changes in, and shows written reads only what is committed', async () => {
      const name = randomUUID();
      const sql = app.get(OrganizationSql);
      const rename = `UPDATE businesses SET name = $2 WHERE organization_id = $1 AND id = $3 RETURNING id`;
      const find = `SELECT id FROM businesses WHERE organization_id = $1 AND name = $2`;
      await runAs(app, acme, async () => {
        const { id } = await insert(randomUUID());
        const work = transactions.run(async () => {
          expect(await sql.change(rename, name, id)).toEqual([{ id }]);
          expect(await database.business.count({ where: { name } })).toBe(1);
          expect(await sql.read(find, name)).toEqual([]);
          throw new Error('undo');
        });
        await expect(work).rejects.toThrow('undo');
        expect(await sql.read(find, name)).toEqual([]);
        await transactions.run(async () => void (await sql.change(rename, name, id)));
        expect(await sql.read(find, name)).toEqual([{ id }]);
      });
    });

    it('refuses to serve another organization', async () => {
      const system = contextOf(acme, { actor: await contexts.findSystemActor(), role: null });
      const work = contexts.run(system, () =>
        transactions.run(async () => await contexts.withOrganization(globex.id, async () => await names())),
      );
      await expect(work).rejects.toMatchObject({ code: 'TRANSACTION_FOREIGN' });
      const change = 'UPDATE businesses SET name = name WHERE organization_id = $1';
      const written = contexts.run(system, () =>
        transactions.run(async () => {
          await contexts.withOrganization(globex.id, async () => await app.get(OrganizationSql).change(change));
        }),
      );
      await expect(written).rejects.toMatchObject({ code: 'TRANSACTION_FOREIGN' });
    });

    it('refuses work that outlives it', async () => {
      let late: (() => Promise<string[]>) | undefined;
      await runAs(app, acme, () =>
        transactions.run(async () => {
          await names();
          late = AsyncResource.bind(names);
        }),
      );
      await expect(late?.()).rejects.toMatchObject({ code: 'TRANSACTION_ENDED' });
    });

    it('is doomed by a nested one that failed, even if the error is caught', async () => {
      const name = randomUUID();
      const work = runAs(app, acme, () =>
        transactions.run(async () => {
          await insert(name);
          await transactions
            .run(async () => {
              await insert(name);
              throw new Error('inner');
            })
            .catch(() => undefined);
        }),
      );
      await expect(work).rejects.toMatchObject({ code: 'TRANSACTION_DOOMED' });
      expect(await count(name)).toBe(0);
    });

    it('stands apart from another that starts beside it in the same request', async () => {
      const [kept, undone] = [randomUUID(), randomUUID()];
      await runAs(app, acme, async () => {
        const results = await Promise.allSettled([
          transactions.run(async () => await insert(kept)),
          transactions.run(async () => {
            await insert(undone);
            throw new Error('undo');
          }),
        ]);
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
      });
      expect([await count(kept), await count(undone)]).toEqual([1, 0]);
    });

    it('R5 counts whole or not at all, whatever is nested and wherever it throws', async () => {
      const step = fc.letrec<{ step: Step }>((tie) => ({
        step: fc.oneof(
          { maxDepth: 3 },
          fc.constant<Step>({ kind: 'write' }),
          fc.constant<Step>({ kind: 'throw' }),
          fc.record({ kind: fc.constant('nest' as const), steps: fc.array(tie('step'), { maxLength: 3 }) }),
        ),
      })).step;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 4 }), async (steps) => {
          const name = randomUUID();
          const perform = async (list: readonly Step[]): Promise<void> => {
            for (const next of list) {
              if (next.kind === 'throw') throw new Error('random');
              if (next.kind === 'write') await insert(name);
              else await transactions.run(async () => await perform(next.steps));
            }
          };
          const outcome = await runAs(app, acme, () =>
            transactions
              .run(async () => await perform(steps))
              .then(
                () => true,
                () => false,
              ),
          );
          expect(outcome).toBe(!throws(steps));
          expect(await count(name)).toBe(outcome ? writes(steps) : 0);
        }),
        { numRuns: 60 },
      );
    });
  });

  describe('unscoped work', () => {
    it('S0-16 S1-22 has a database of its own, which answers inside runUnscoped only', async () => {
      const system = app.get(SystemDatabase);
      const ask = () =>
        system.query<{ slug: string }>('SELECT slug FROM organizations WHERE product = $1 AND id = ANY ($2)', [
          acme.id,
          globex.id,
        ]);
      await runAs(app, acme, async () => {
        await expect(ask()).rejects.toMatchObject({ code: 'UNSCOPED_WITHOUT_REASON' });
        const reason = `test ${randomUUID()}`;
        expect(await contexts.runUnscoped(reason, ask)).toHaveLength(2);
        await expect(ask()).rejects.toMatchObject({ code: 'UNSCOPED_WITHOUT_REASON' });
        const events = await askAsSuperuser(`SELECT action, actor_id FROM security_events WHERE reason = $1`, [reason]);
        expect(events).toEqual([{ action: 'unscoped.started', actor_id: acme.owner.user.id }]);
      });
    });

    it('S0-16 S1-22 S3-7 needs a reason, and does not start when it cannot be recorded', async () => {
      const callback = countCalls();
      await expect(runAs(app, acme, () => contexts.runUnscoped(' ', callback.run))).rejects.toThrow('without a reason');
      const repository = app.get(SecurityEventRepository);
      const add = repository.add.bind(repository);
      repository.add = async () => await Promise.reject(new Error('disk full'));
      try {
        await expect(runAs(app, acme, () => contexts.runUnscoped('reason', callback.run))).rejects.toThrow('disk full');
      } finally {
        repository.add = add;
      }
      expect(callback.calls()).toBe(0);
    });

    it('does not open the organization’s own database to others', async () => {
      const seen = await runAs(app, acme, () => contexts.runUnscoped('still scoped', names));
      expect(seen).not.toContain('Of Globex');
    });
  });

  it('S3-3 C2 finds nothing and writes nothing without context when it is not required', async () => {
    const lenient = await TestApp.start({ environment: { REQUIRE_ORGANIZATION_CONTEXT: 'false' } });
    try {
      const { business } = lenient.get(OrganizationDatabase);
      await expect(business.findMany()).resolves.toEqual([]);
      await expect(business.count()).resolves.toBe(0);
      await expect(business.deleteMany()).rejects.toMatchObject({ code: 'ORGANIZATION_CONTEXT_MISSING' });
      const input = { name: 'Nobody’s' };
      await expect(lenient.get(BusinessService).create(input)).rejects.toMatchObject({
        code: 'ORGANIZATION_CONTEXT_MISSING',
      });
    } finally {
      await lenient.stop();
    }
  });
});

type Step =
  { readonly kind: 'write' } | { readonly kind: 'throw' } | { readonly kind: 'nest'; readonly steps: readonly Step[] };

function throws(steps: readonly Step[]): boolean {
  return steps.some((step) => step.kind === 'throw' || (step.kind === 'nest' && throws(step.steps)));
}

function writes(steps: readonly Step[]): number {
  return steps.reduce(
    (sum, step) => sum + (step.kind === 'nest' ? writes(step.steps) : step.kind === 'write' ? 1 : 0),
    0,
  );
}

function countCalls() {
  let calls = 0;
  return {
    run: () => {
      calls += 1;
    },
    calls: () => calls,
  };
}
