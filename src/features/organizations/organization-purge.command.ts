import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { OperatorCommand, type OperatorOptions } from '../../platform/cli/operator-command.js';
import { requireMatch } from '../../platform/cli/option-rules.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { type PurgedOrganization, PurgeService } from './purge.service.js';

const GRACE_DAYS = 30;

interface Options extends OperatorOptions {
  readonly allOrganizations?: boolean;
  readonly graceDays?: number;
  readonly dryRun?: boolean;
}

@Command({
  name: 'org:purge',
  description: 'Deletes deactivated organizations for good, with all that they own, once their grace period is over',
})
export class OrganizationPurgeCommand extends OperatorCommand<Options> {
  /** The door of one organization lets nobody into an inactive one. */
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly purges: PurgeService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], options: Options): Promise<CommandOutcome> {
    const { organization, allOrganizations = false, graceDays = GRACE_DAYS, dryRun: isDryRun = false } = options;
    if ((organization === undefined) === !allOrganizations) {
      throw new UsageError('Name one: --organization <slug or id>, or --all-organizations.');
    }
    const purged = await this.purges.purge({ organization, graceDays, isDryRun });
    return { data: { isDryRun, graceDays, purged }, text: toText(purged, isDryRun) };
  }

  @Option({ flags: '--organization <slug or id>', description: 'The organization' })
  parseOrganization(value: string): string {
    return value;
  }

  @Option({ flags: '--all-organizations', description: 'Every organization whose grace period is over' })
  parseAllOrganizations(): boolean {
    return true;
  }

  @Option({ flags: '--grace-days <days>', description: `Days since the deactivation (default: ${GRACE_DAYS})` })
  parseGraceDays(value: string): number {
    return Number(requireMatch('--grace-days', value, /^\d{1,4}$/, 'a number of days'));
  }

  @Option({ flags: '--dry-run', description: 'Only tell what would be deleted' })
  parseDryRun(): boolean {
    return true;
  }
}

function toText(purged: readonly PurgedOrganization[], isDryRun: boolean): string {
  if (purged.length === 0) return 'Nothing to purge.';
  return purged
    .map(({ slug, id, rows }) => {
      const parts = Object.entries(rows).filter(([, count]) => count > 0);
      const summary = parts.map(([table, count]) => `${count} ${table}`).join(', ');
      return `${isDryRun ? 'Would purge' : 'Purged'} ${slug} (${id}): ${summary || 'no rows'}`;
    })
    .join('\n');
}
