import { Command } from 'nest-commander';
import { CommandDoor, type CommandOutcome } from '../cli/command-door.js';
import { OperatorCommand, type OperatorOptions } from '../cli/operator-command.js';
import { Terminal } from '../cli/terminal.js';
import { UsageError } from '../cli/usage.error.js';
import { MigrationService } from './migration.service.js';

@Command({ name: 'db:migrate', description: 'Brings the database to the schema of this version' })
export class MigrateCommand extends OperatorCommand {
  protected readonly scope = 'none';

  constructor(
    door: CommandDoor,
    private readonly migrations: MigrationService,
    private readonly terminal: Terminal,
  ) {
    super(door);
  }

  protected async execute(): Promise<CommandOutcome> {
    const applied = await this.migrations.migrate((line) => this.terminal.complain(`${line}\n`));
    const text = applied.length > 0 ? `Applied ${applied.join(', ')}` : 'The database is up to date.';
    return { data: { applied }, text };
  }
}

@Command({ name: 'db:status', description: 'Tells which migrations are pending, broken off or edited' })
export class MigrationStatusCommand extends OperatorCommand {
  protected readonly scope = 'none';

  constructor(
    door: CommandDoor,
    private readonly migrations: MigrationService,
  ) {
    super(door);
  }

  protected async execute(): Promise<CommandOutcome> {
    const status = await this.migrations.status();
    const lines = Object.entries(status).map(
      ([state, names]: [string, readonly string[]]) => `${state}: ${names.join(', ') || 'none'}`,
    );
    return { data: status, text: lines.join('\n') };
  }
}

@Command({ name: 'db:diff', description: 'Prints the SQL that leads from the database to prisma/schema.prisma' })
export class MigrationDiffCommand extends OperatorCommand {
  protected readonly scope = 'none';

  constructor(
    door: CommandDoor,
    private readonly migrations: MigrationService,
  ) {
    super(door);
  }

  protected async execute(): Promise<CommandOutcome> {
    const sql = await this.migrations.diff();
    return { data: { sql }, text: sql };
  }
}

@Command({
  name: 'db:adopt',
  arguments: '<migrations...>',
  description: 'Counts migrations as applied without running them, for a database that has its tables already',
})
export class MigrationAdoptCommand extends OperatorCommand<OperatorOptions> {
  protected readonly scope = 'none';

  constructor(
    door: CommandDoor,
    private readonly migrations: MigrationService,
  ) {
    super(door);
  }

  protected async execute(migrations: string[]): Promise<CommandOutcome> {
    if (migrations.length === 0) throw new UsageError('Name the migrations, as their folders are called.');
    for (const migration of migrations) await this.migrations.markApplied(migration);
    return { data: { adopted: migrations }, text: `${migrations.join(', ')}: applied from now on.` };
  }
}
