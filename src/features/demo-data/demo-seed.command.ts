import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { toTable } from '../../platform/cli/command-output.js';
import { OperatorCommand, type OperatorOptions } from '../../platform/cli/operator-command.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { Configuration } from '../../platform/config/configuration.js';
import { DemoFaqService } from './demo-faq.service.js';
import { DemoContentService } from './demo-content.service.js';
import { DemoPeopleService } from './demo-people.service.js';

interface Options extends OperatorOptions {
  readonly ifEmpty?: boolean;
}

@Command({ name: 'db:seed', description: 'Writes the demo data (development and test only)' })
export class DemoSeedCommand extends OperatorCommand<Options> {
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly configuration: Configuration,
    private readonly people: DemoPeopleService,
    private readonly content: DemoContentService,
    private readonly faqs: DemoFaqService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], { ifEmpty }: Options): Promise<CommandOutcome> {
    if (!['development', 'test'].includes(this.configuration.get('ENVIRONMENT'))) {
      throw new UsageError('The demo data has well-known passwords: it is for development and test only.');
    }
    if (!(await this.people.isEmptyOrBrokenOff())) {
      if (ifEmpty) return { data: { seeded: false }, text: 'The database is not empty: nothing was written.' };
      throw new UsageError('The database holds data already, or the whole demo. Seed an empty database.');
    }
    await this.people.createOrganizations();
    await this.content.createAll();
    await this.faqs.createAll();
    await this.people.createSuperuser();
    const organizations = await this.people.overview();
    const text = toTable(organizations, [
      'slug',
      'name',
      'memberCount',
      'businessCount',
      'integrationCount',
      'clientCount',
    ]);
    return { data: { seeded: true, organizations }, text };
  }

  @Option({ flags: '--if-empty', description: 'Do nothing, and succeed, if there is data' })
  parseIfEmpty(): boolean {
    return true;
  }
}
