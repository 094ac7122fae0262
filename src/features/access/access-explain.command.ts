import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { type OperatorOptions, OrganizationCommand } from '../../platform/cli/operator-command.js';
import { requireEmail } from '../../platform/cli/option-rules.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { isUuid } from '../../tenancy/index.js';
import { AccessExplanationService } from './access-explanation.service.js';

interface Options extends OperatorOptions {
  readonly email: string;
  readonly client?: string;
  readonly feature?: string;
}

@Command({
  name: 'access:explain',
  description: 'Tells why a person can or cannot work in the organization, and see a client of it (recorded)',
})
export class AccessExplainCommand extends OrganizationCommand<Options> {
  constructor(
    door: CommandDoor,
    private readonly explanations: AccessExplanationService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], { email, client, feature }: Options): Promise<CommandOutcome> {
    const question = {
      email,
      ...(client !== undefined && { clientId: client }),
      ...(feature !== undefined && { feature }),
    };
    const data = await this.explanations.explain(question, '--organization');
    const lines = data.steps.map(({ step, isOk, detail }) => `${isOk ? 'yes' : 'NO '}  ${step}: ${detail}`);
    return { data, text: [...lines, data.isAllowed ? 'Access is open.' : 'Access is closed.'].join('\n') };
  }

  @Option({ flags: '--email <email>', description: 'E-mail address of the person', required: true })
  parseEmail(value: string): string {
    return requireEmail(value);
  }

  @Option({ flags: '--feature <name>', description: 'A feature that routes can require' })
  parseFeature(value: string): string {
    return value;
  }

  @Option({ flags: '--client <id>', description: 'A client of the organization' })
  parseClient(value: string): string {
    if (!isUuid(value)) throw new UsageError('--client must be an id (a UUID).');
    return value;
  }
}
