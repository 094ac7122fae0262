import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { toTable } from '../../platform/cli/command-output.js';
import { OperatorCommand, type OperatorOptions } from '../../platform/cli/operator-command.js';
import { RetentionService } from './retention.service.js';

interface Options extends OperatorOptions {
  readonly dryRun?: boolean;
}

@Command({
  name: 'data:prune',
  description: 'Removes what is kept for a time only, as workers do it daily (recorded as unscoped work)',
})
export class DataPruneCommand extends OperatorCommand<Options> {
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly retention: RetentionService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], { dryRun: isDryRun = false }: Options): Promise<CommandOutcome> {
    const tables = await this.retention.removeOutdated({ isDryRun });
    const table = toTable(tables, ['table', 'keptDays', 'rows']);
    return { data: { isDryRun, tables }, text: `${isDryRun ? 'Would remove' : 'Removed'}:\n${table}` };
  }

  @Option({ flags: '--dry-run', description: 'Only tell what would be removed' })
  parseDryRun(): boolean {
    return true;
  }
}
