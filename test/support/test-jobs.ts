import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger, Module } from '@nestjs/common';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { SystemDatabase } from '../../src/platform/database/system-database.js';
import { declareJob, Performs } from '../../src/platform/queue/job-declaration.js';
import { JobProcessor, type JobRun } from '../../src/platform/queue/job-processor.js';
import { OrganizationContextService } from '../../src/tenancy/index.js';

/** What a job saw of its context, before and after it waited for something. */
export interface SeenContext {
  readonly organizationId: string | null;
  readonly actorId: string | null;
  readonly role: string | null;
  readonly entryPoint: string | undefined;
  readonly requestId: string | undefined;
  readonly rows: readonly string[];
}

/** Has an effect that can be counted: a business of this name. */
export const EFFECT = declareJob<{ name: string; ms: number }, { name: string }>({
  name: 'test-effect',
  access: 'MEMBER',
  attempts: 20,
});
export const CONTEXT = declareJob<{ rounds: number }, { seen: SeenContext[] }>({
  name: 'test-context',
  access: 'MEMBER',
});
export const SYSTEM = declareJob<object, { seen: SeenContext[] }>({ name: 'test-system', access: 'system' });
export const ADMIN = declareJob<object>({ name: 'test-admin', access: 'ADMIN' });
export const SLEEP = declareJob<{ ms: number }>({
  name: 'test-sleep',
  access: 'MEMBER',
  attempts: 1,
  timeoutSeconds: 2,
});
export const FAILING = declareJob<{ times: number }, { tries: number }>({
  name: 'test-failing',
  access: 'MEMBER',
  backoffSeconds: 0.2,
});
export const DERIVED = declareJob<{ businessId: string }, { seen: SeenContext[] }>({
  name: 'test-derived',
  access: 'MEMBER',
});
export const CRASHING = declareJob<object>({ name: 'test-crashing', access: 'MEMBER' });
export const VISITING = declareJob<{ organization: string }, { here: string[]; there: string[] }>({
  name: 'test-visiting',
  access: 'MEMBER',
});
/** Tells how far it is while it holds its row. */
export const STEPPING = declareJob<object>({ name: 'test-stepping', access: 'MEMBER', attempts: 1 });
export const LEAKY = declareJob<object, { password: string; kept: string }>({ name: 'test-leaky', access: 'MEMBER' });

@Injectable()
export class Witness {
  private readonly logger = new Logger('TestJobs');

  constructor(
    private readonly contexts: OrganizationContextService,
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'business'>,
  ) {}

  /** Looks at the context, and at what the database shows in it. */
  async look(): Promise<SeenContext> {
    const context = this.contexts.current();
    this.logger.log('seen');
    return {
      organizationId: context?.organizationId ?? null,
      actorId: context?.actor.id ?? null,
      role: context?.role ?? null,
      entryPoint: context?.entryPoint,
      requestId: context?.requestId,
      rows: await this.names(),
    };
  }

  async names(): Promise<string[]> {
    return (await this.database.business.findMany({ orderBy: { name: 'asc' }, take: 5 })).map(({ name }) => name);
  }
}

@Injectable()
@Performs(EFFECT)
export class EffectProcessor extends JobProcessor<{ name: string; ms: number }, { name: string }> {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'business'>) {
    super();
  }

  async perform({ name, ms }: { name: string; ms: number }, run: JobRun<{ name: string }>) {
    await delay(ms, undefined, { signal: run.signal });
    return await run.complete(async () => {
      await this.database.business.create({ data: { id: randomUUID(), name, slug: randomUUID() } });
      return { name };
    });
  }
}

@Injectable()
@Performs(CONTEXT)
export class ContextProcessor extends JobProcessor<{ rounds: number }, { seen: SeenContext[] }> {
  constructor(private readonly witness: Witness) {
    super();
  }

  async perform({ rounds }: { rounds: number }, run: JobRun<{ seen: SeenContext[] }>) {
    const seen: SeenContext[] = [];
    for (let round = 0; round < rounds; round += 1) {
      seen.push(await this.witness.look());
      await delay(Math.random() * 20);
      await run.progress((100 * round) / rounds);
    }
    return { seen };
  }
}

@Injectable()
@Performs(SYSTEM)
export class SystemProcessor extends JobProcessor<object, { seen: SeenContext[] }> {
  constructor(private readonly witness: Witness) {
    super();
  }

  async perform() {
    return { seen: [await this.witness.look()] };
  }
}

@Injectable()
@Performs(ADMIN)
export class AdminProcessor extends JobProcessor<object> {
  async perform() {}
}

@Injectable()
@Performs(SLEEP)
export class SleepProcessor extends JobProcessor<{ ms: number }> {
  /** How the sleeps ended that did not take their time. */
  readonly interruptions: unknown[] = [];

  async perform({ ms }: { ms: number }, { signal }: JobRun<void>) {
    signal.addEventListener('abort', () => this.interruptions.push(signal.reason), { once: true });
    await delay(ms, undefined, { signal });
  }
}

@Injectable()
@Performs(FAILING)
export class FailingProcessor extends JobProcessor<{ times: number }, { tries: number }> {
  async perform({ times }: { times: number }, { attempt }: JobRun<{ tries: number }>) {
    if (attempt <= times) throw new Error(`secret inner workings of try ${attempt}`);
    return { tries: attempt };
  }
}

@Injectable()
@Performs(DERIVED)
export class DerivedProcessor extends JobProcessor<{ businessId: string }, { seen: SeenContext[] }> {
  constructor(
    private readonly witness: Witness,
    private readonly system: SystemDatabase,
  ) {
    super();
  }

  override async deriveOrganization({ businessId }: { businessId: string }): Promise<string | null> {
    const text = 'SELECT organization_id AS "organizationId" FROM businesses WHERE product = $1 AND id = $2';
    const [row] = await this.system.query<{ organizationId: string }>(text, businessId);
    return row?.organizationId ?? null;
  }

  async perform() {
    return { seen: [await this.witness.look()] };
  }
}

@Injectable()
@Performs(CRASHING)
export class CrashingProcessor extends JobProcessor<object> {
  async perform() {
    process.kill(process.pid, 'SIGKILL');
    await delay(5_000);
  }
}

@Injectable()
@Performs(VISITING)
export class VisitingProcessor extends JobProcessor<{ organization: string }, { here: string[]; there: string[] }> {
  constructor(
    private readonly contexts: OrganizationContextService,
    private readonly witness: Witness,
  ) {
    super();
  }

  async perform({ organization }: { organization: string }) {
    const there = await this.contexts.withOrganization(organization, () => this.witness.names());
    return { here: await this.witness.names(), there };
  }
}

@Injectable()
@Performs(LEAKY)
export class LeakyProcessor extends JobProcessor<object, { password: string; kept: string }> {
  async perform() {
    return { password: 'hunter2-in-the-result', kept: 'kept' };
  }
}

@Injectable()
@Performs(STEPPING)
export class SteppingProcessor extends JobProcessor<object> {
  async perform(_data: object, run: JobRun<void>) {
    await run.checkpoint(async () => await run.progress(100));
  }
}

/** Processors that only tests have. */
@Module({
  providers: [
    Witness,
    EffectProcessor,
    ContextProcessor,
    SystemProcessor,
    AdminProcessor,
    SleepProcessor,
    FailingProcessor,
    DerivedProcessor,
    CrashingProcessor,
    VisitingProcessor,
    LeakyProcessor,
    SteppingProcessor,
  ],
})
export class TestJobsModule {}
