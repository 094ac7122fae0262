import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { toText } from '../../platform/cli/command-output.js';
import { type OperatorOptions, OrganizationCommand } from '../../platform/cli/operator-command.js';
import { requireChoice, requireMatch } from '../../platform/cli/option-rules.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { EntitlementService } from './entitlement.service.js';
import { SUBSCRIPTION_STATES, type SubscriptionState } from './organization.types.js';

interface Options extends OperatorOptions {
  readonly enable?: string[];
  readonly disable?: string[];
  readonly subscription?: SubscriptionState;
  /** Commander makes an empty text of null. */
  readonly endsAt?: Date | 'never';
}

const FEATURE = /^[a-z][a-z0-9_]{0,59}$/;

@Command({ name: 'org:features', description: 'Shows or changes the features and the subscription of an organization' })
export class OrganizationFeaturesCommand extends OrganizationCommand<Options> {
  constructor(
    door: CommandDoor,
    private readonly entitlements: EntitlementService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], options: Options): Promise<CommandOutcome> {
    const { enable: enabled = [], disable: disabled = [], subscription, endsAt } = options;
    const both = enabled.filter((name) => disabled.includes(name));
    if (both.length > 0) throw new UsageError(`--enable and --disable both name ${both.join(', ')}.`);
    const change = {
      enabled,
      disabled,
      ...(subscription && { subscriptionState: subscription }),
      ...(endsAt !== undefined && { subscriptionEndsAt: endsAt === 'never' ? null : endsAt }),
    };
    const { slug, features, subscriptionState, subscriptionEndsAt } = await this.entitlements.change(change);
    const text = `${slug}: features ${toText(features)}, subscription ${subscriptionState}, ends ${toText(subscriptionEndsAt)}`;
    return { data: { slug, features, subscriptionState, subscriptionEndsAt }, text };
  }

  @Option({ flags: '--enable <names>', description: 'Features to switch on, separated by commas' })
  parseEnable(value: string): string[] {
    return requireFeatures('--enable', value);
  }

  @Option({ flags: '--disable <names>', description: 'Features to switch off' })
  parseDisable(value: string): string[] {
    return requireFeatures('--disable', value);
  }

  @Option({ flags: '--subscription <state>', description: SUBSCRIPTION_STATES.join(', ') })
  parseSubscription(value: string): SubscriptionState {
    return requireChoice('--subscription', value, SUBSCRIPTION_STATES);
  }

  @Option({ flags: '--ends-at <time>', description: 'When the subscription ends (ISO 8601), or "never"' })
  parseEndsAt(value: string): Date | 'never' {
    if (value === 'never') return value;
    const time = new Date(value);
    if (Number.isNaN(time.getTime())) throw new UsageError('--ends-at must be a time (ISO 8601), or "never".');
    return time;
  }
}

function requireFeatures(flag: string, value: string): string[] {
  const expected = 'names of features, in lower case and separated by commas';
  return value.split(',').map((name) => requireMatch(flag, name.trim(), FEATURE, expected));
}
