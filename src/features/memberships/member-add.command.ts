import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { type OperatorOptions, OrganizationCommand } from '../../platform/cli/operator-command.js';
import { requireChoice, requireEmail } from '../../platform/cli/option-rules.js';
import { type Role, ROLES } from '../../tenancy/index.js';
import { MembershipService } from './membership.service.js';

interface Options extends OperatorOptions {
  readonly email: string;
  readonly role: Role;
}

@Command({
  name: 'member:add',
  description: 'Adds a person to an organization; an unknown address gets an account without password',
})
export class MemberAddCommand extends OrganizationCommand<Options> {
  constructor(
    door: CommandDoor,
    private readonly memberships: MembershipService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], { email, role }: Options): Promise<CommandOutcome> {
    const { id, userId } = await this.memberships.create({ email, role });
    return { data: { id, userId, email, role }, text: `${email} is ${role} now.` };
  }

  @Option({ flags: '--email <email>', description: 'E-mail address of the person', required: true })
  parseEmail(value: string): string {
    return requireEmail(value);
  }

  @Option({ flags: '--role <role>', description: 'OWNER, ADMIN or MEMBER', required: true })
  parseRole(value: string): Role {
    return requireChoice('--role', value, ROLES);
  }
}
