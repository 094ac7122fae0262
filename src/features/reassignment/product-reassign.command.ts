import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { OperatorCommand, type OperatorOptions } from '../../platform/cli/operator-command.js';
import { requireMatch } from '../../platform/cli/option-rules.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { Configuration } from '../../platform/config/configuration.js';
import { ReassignmentService } from './reassignment.service.js';
import type { ReassignmentReport } from './reassignment.types.js';

interface Options extends OperatorOptions {
  readonly from: string;
  readonly emailDomain?: string;
  readonly discardSecrets?: boolean;
  readonly dryRun?: boolean;
}

@Command({
  name: 'product:reassign',
  description:
    'Brings organizations of another product, with all that hangs on them, to the product of this deployment',
})
export class ProductReassignCommand extends OperatorCommand<Options> {
  /** The door of one organization lets nobody into another product's. */
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly configuration: Configuration,
    private readonly reassignments: ReassignmentService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], options: Options): Promise<CommandOutcome> {
    const { from, organization = '', emailDomain, discardSecrets = false, dryRun: isDryRun = false } = options;
    if (from === this.configuration.product || !this.configuration.get('ALLOWED_PRODUCTS').includes(from)) {
      throw new UsageError('--from names another one of ALLOWED_PRODUCTS than this deployment serves.');
    }
    const organizations = organization
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    if (organizations.length === 0 && emailDomain === undefined) {
      throw new UsageError('Say which: --organization <slug or id, …>, or --email-domain <domain>.');
    }
    const criteria = { from, organizations, emailDomain, discardSecrets, isDryRun };
    const report = await this.reassignments.reassign(criteria);
    const isFailure = report.refused.length > 0;
    return { data: { isDryRun, ...report }, text: toText(report, isDryRun), isFailure };
  }

  @Option({ flags: '--from <product>', description: 'The product that they belong to now', required: true })
  parseFrom(value: string): string {
    return value;
  }

  @Option({ flags: '--organization <slugs or ids>', description: 'The organizations, separated by commas' })
  parseOrganization(value: string): string {
    return value;
  }

  @Option({ flags: '--email-domain <domain>', description: 'Organizations whose owner has an address of this domain' })
  parseEmailDomain(value: string): string {
    return requireMatch('--email-domain', value.toLowerCase(), /^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a domain');
  }

  @Option({ flags: '--discard-secrets', description: 'Leave behind the secrets of integrations and clients' })
  parseDiscardSecrets(): boolean {
    return true;
  }

  @Option({ flags: '--dry-run', description: 'Only tell what would be moved, and what could not' })
  parseDryRun(): boolean {
    return true;
  }
}

function toText({ moved, refused }: ReassignmentReport, isDryRun: boolean): string {
  const lines = [
    ...moved.map(({ organizations, rows }) => {
      const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
      return isDryRun
        ? `${organizations.join(', ')} can be moved.`
        : `${organizations.join(', ')}: ${total} rows moved.`;
    }),
    ...refused.flatMap(({ organizations, obstacles }) => [
      `${organizations.join(', ')} stays whole where it is:`,
      ...obstacles.map((obstacle) => `  ${obstacle}`),
    ]),
  ];
  return lines.join('\n') || 'No organization of that product is named so.';
}
