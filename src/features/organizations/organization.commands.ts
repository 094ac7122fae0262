import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { toTable } from '../../platform/cli/command-output.js';
import { OperatorCommand, type OperatorOptions } from '../../platform/cli/operator-command.js';
import { requireSlug } from '../../platform/cli/option-rules.js';
import { UserService } from '../users/user.service.js';
import { OrganizationService } from './organization.service.js';
import { OwnOrganizationsService } from './own-organizations.service.js';

interface CreateOptions extends OperatorOptions {
  readonly name: string;
  readonly owner: string;
  readonly slug?: string;
}

@Command({ name: 'org:create', description: 'Creates an organization for an existing user' })
export class OrganizationCreateCommand extends OperatorCommand<CreateOptions> {
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly organizations: OrganizationService,
    private readonly users: UserService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], { name, owner, slug }: CreateOptions): Promise<CommandOutcome> {
    const user = await this.users.getByEmail(owner);
    const { id, slug: given } = await this.organizations.create(user.id, { name, ...(slug !== undefined && { slug }) });
    return { data: { id, slug: given, name }, text: `Created ${name} (${given}), owned by ${user.email}.` };
  }

  @Option({ flags: '--name <name>', description: 'Its name', required: true })
  parseName(value: string): string {
    return value;
  }

  @Option({ flags: '--owner <email>', description: 'E-mail address of the user who owns it', required: true })
  parseOwner(value: string): string {
    return value;
  }

  @Option({ flags: '--slug <slug>', description: 'Derived from the name and made unique when left out' })
  parseSlug(value: string): string {
    return requireSlug(value);
  }
}

@Command({ name: 'org:list', description: 'Lists every organization of the product (recorded as unscoped work)' })
export class OrganizationListCommand extends OperatorCommand {
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly organizations: OwnOrganizationsService,
  ) {
    super(door);
  }

  protected async execute(): Promise<CommandOutcome> {
    const rows = await this.organizations.listAll('operator lists organizations (org:list)');
    return { data: rows, text: toTable(rows, ['slug', 'name', 'id', 'isActive', 'memberCount', 'businessCount']) };
  }
}
