import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { toTable } from '../../platform/cli/command-output.js';
import { OperatorCommand, type OperatorOptions } from '../../platform/cli/operator-command.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { isUuid, OrganizationContextService } from '../../tenancy/index.js';
import { OwnOrganizationsService } from '../organizations/own-organizations.service.js';
import { JobRunService } from './job-run.service.js';
import { PlatformQueueService } from './platform-queue.service.js';

@Command({ name: 'queue:status', description: 'Shows what waits, runs and was refused (recorded as unscoped work)' })
export class QueueStatusCommand extends OperatorCommand {
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly queues: PlatformQueueService,
  ) {
    super(door);
  }

  protected async execute(): Promise<CommandOutcome> {
    const { worker: _unasked, ...status } = await this.queues.get();
    const letters = await this.queues.listDeadLetters();
    const parts = [toTable([status], ['name', 'due', 'later', 'running', 'oldestSeconds', 'dead'])];
    if (letters.length > 0) parts.push(toTable(letters, ['reason', 'count', 'lastAt', 'message']));
    return { data: { ...status, latestDeadLetters: letters }, text: parts.join('\n\n') };
  }
}

interface ReplayOptions extends OperatorOptions {
  readonly allOrganizations?: boolean;
  readonly job?: string;
  readonly dryRun?: boolean;
}

@Command({ name: 'queue:replay', description: 'Queues jobs again that were set aside after all their tries' })
export class QueueReplayCommand extends OperatorCommand<ReplayOptions> {
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly jobs: JobRunService,
    private readonly organizations: OwnOrganizationsService,
    private readonly contexts: OrganizationContextService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], options: ReplayOptions): Promise<CommandOutcome> {
    const { organization, allOrganizations = false, job, dryRun: isDryRun = false } = options;
    if ((organization === undefined) === !allOrganizations) {
      throw new UsageError('Name one: --organization <slug or id>, or --all-organizations.');
    }
    if (job !== undefined && allOrganizations) throw new UsageError('A job belongs to one: add --organization.');
    const replayed: { organization: string; jobs: string[] }[] = [];
    for (const name of await this.select(organization)) {
      // Entered anew for each, so that nothing of one is there in the next.
      const jobs = await this.contexts.withOrganization(name, () => this.jobs.replay(job, isDryRun));
      if (jobs.length > 0) replayed.push({ organization: name, jobs });
    }
    const verb = isDryRun ? 'Would queue' : 'Queued';
    const lines = replayed.map(({ organization: name, jobs }) => `${verb} ${jobs.length} jobs of ${name} again.`);
    return { data: { isDryRun, replayed }, text: lines.join('\n') || 'No job was set aside.' };
  }

  private async select(organization: string | undefined): Promise<string[]> {
    if (organization !== undefined) return [organization];
    const all = await this.organizations.listAll('operator replays jobs of every organization (queue:replay)');
    return all.filter(({ isActive }) => isActive).map(({ slug }) => slug);
  }

  @Option({ flags: '--organization <slug or id>', description: 'The organization' })
  parseOrganization(value: string): string {
    return value;
  }

  @Option({ flags: '--all-organizations', description: 'Every active organization' })
  parseAllOrganizations(): boolean {
    return true;
  }

  @Option({ flags: '--job <id>', description: 'This job only, which may also have failed or been canceled' })
  parseJob(value: string): string {
    if (!isUuid(value)) throw new UsageError('--job must be the id of a job (a UUID).');
    return value;
  }

  @Option({ flags: '--dry-run', description: 'Only tell what would be queued' })
  parseDryRun(): boolean {
    return true;
  }
}
