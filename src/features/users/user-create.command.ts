import { text } from 'node:stream/consumers';
import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { OperatorCommand, type OperatorOptions } from '../../platform/cli/operator-command.js';
import { requireEmail } from '../../platform/cli/option-rules.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { UserService } from './user.service.js';

interface Options extends OperatorOptions {
  readonly email: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly passwordStdin?: boolean;
  readonly superuser?: boolean;
}

const MIN_PASSWORD_LENGTH = 10;

@Command({ name: 'user:create', description: 'Creates a user of the product' })
export class UserCreateCommand extends OperatorCommand<Options> {
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly users: UserService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], options: Options): Promise<CommandOutcome> {
    // From standard input, because arguments are shown by ps and kept by shells.
    const password = options.passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
    if (password !== undefined && password.length < MIN_PASSWORD_LENGTH) {
      throw new UsageError(`The password must have at least ${MIN_PASSWORD_LENGTH} characters.`);
    }
    const user = await this.users.create({
      email: options.email,
      firstName: options.firstName ?? '',
      lastName: options.lastName ?? '',
      ...(password !== undefined && { password }),
      platformRole: options.superuser ? 'SUPERUSER' : 'USER',
    });
    const { id, email, platformRole } = user;
    return { data: { id, email, platformRole }, text: `Created ${email} (${id}).` };
  }

  @Option({ flags: '--email <email>', description: 'E-mail address, for log-in', required: true })
  parseEmail(value: string): string {
    return requireEmail(value);
  }

  @Option({ flags: '--first-name <name>', description: 'First name' })
  parseFirstName(value: string): string {
    return value;
  }

  @Option({ flags: '--last-name <name>', description: 'Last name' })
  parseLastName(value: string): string {
    return value;
  }

  @Option({
    flags: '--password-stdin',
    description: 'Read the password from standard input; without one nobody can log in',
  })
  parsePasswordStdin(): boolean {
    return true;
  }

  @Option({ flags: '--superuser', description: 'Make the user a superuser of the product' })
  parseSuperuser(): boolean {
    return true;
  }
}
