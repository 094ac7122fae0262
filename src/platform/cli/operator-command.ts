import { CommandRunner, Option } from 'nest-commander';
import { exitWithCode } from './exit-code.js';
import { type CommandOutcome, CommandDoor } from './command-door.js';

/** Options that the door understands; a command adds its own. */
export interface OperatorOptions {
  readonly json?: boolean;
  readonly organization?: string;
  readonly allOrganizations?: boolean;
}

/**
 * Base of the operators' commands: opens the context, prints the result (`--json`: one JSON value on stdout), and turns
 * errors into exit codes (0 done, 1 failed, 2 wrong usage).
 */
export abstract class OperatorCommand<Options extends OperatorOptions = OperatorOptions> extends CommandRunner {
  constructor(protected readonly door: CommandDoor) {
    super();
  }

  /** Where the work happens: `organization` needs `--organization`, `product` crosses none, `none` needs no database. */
  protected abstract readonly scope: 'organization' | 'product' | 'none';

  /** Does the work inside the context. */
  protected abstract execute(parameters: string[], options: Options): Promise<CommandOutcome>;

  /** Commander hands its exit rule down to commands that it made itself, and Nest made this one. */
  override setCommand(command: Parameters<CommandRunner['setCommand']>[0]): this {
    command.exitOverride(exitWithCode);
    return super.setCommand(command);
  }

  override async run(parameters: string[], options: Options): Promise<void> {
    await this.door.enter(this.scope, options, () => this.execute(parameters, options));
  }

  @Option({ flags: '--json', description: 'Print JSON' })
  parseJson(): boolean {
    return true;
  }
}

/**
 * Base of the commands that work on the data of one organization, named by `--organization`, or of each one after the
 * other (`--all-organizations`).
 */
export abstract class OrganizationCommand<
  Options extends OperatorOptions = OperatorOptions,
> extends OperatorCommand<Options> {
  protected readonly scope = 'organization';

  @Option({ flags: '--organization <slug or id>', description: 'The organization' })
  parseOrganization(value: string): string {
    return value;
  }

  @Option({
    flags: '--all-organizations',
    description: 'Every active organization of the product, one after the other',
  })
  parseAllOrganizations(): boolean {
    return true;
  }
}
