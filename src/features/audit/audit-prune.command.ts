import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { type OperatorOptions, OrganizationCommand } from '../../platform/cli/operator-command.js';
import { requireMatch } from '../../platform/cli/option-rules.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { AuditRetentionService } from './audit-retention.service.js';

interface PruneOptions extends OperatorOptions {
  readonly keepDays?: number;
  readonly dryRun?: boolean;
}

@Command({
  name: 'audit:prune',
  description: 'Removes old records up to a signed checkpoint, so that the rest still proves itself (recorded)',
})
export class AuditPruneCommand extends OrganizationCommand<PruneOptions> {
  constructor(
    door: CommandDoor,
    private readonly retention: AuditRetentionService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], options: PruneOptions): Promise<CommandOutcome> {
    const { keepDays, dryRun: isDryRun = false } = options;
    if (keepDays === undefined) throw new UsageError('Say how many days to keep: --keep-days <days>.');
    const pruned = await this.retention.prune(keepDays, isDryRun);
    const verb = isDryRun ? 'Would remove' : 'Removed';
    const text =
      pruned.records === 0 ? 'Nothing to remove.' : `${verb} ${pruned.records} records, up to ${pruned.untilSequence}.`;
    return { data: { isDryRun, keepDays, ...pruned }, text };
  }

  @Option({ flags: '--keep-days <days>', description: 'Records that are not older stay' })
  parseKeepDays(value: string): number {
    return Number(requireMatch('--keep-days', value, /^\d{1,5}$/, 'a number of days'));
  }

  @Option({ flags: '--dry-run', description: 'Only tell what would be removed' })
  parseDryRun(): boolean {
    return true;
  }
}
