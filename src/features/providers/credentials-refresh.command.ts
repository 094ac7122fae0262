import { Command } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { OrganizationCommand } from '../../platform/cli/operator-command.js';
import { CredentialRefreshService } from './credential-refresh.service.js';

@Command({
  name: 'credentials:refresh',
  description: 'Renews and checks the credentials of an organization that were not checked for 20 hours (recorded)',
})
export class CredentialsRefreshCommand extends OrganizationCommand {
  constructor(
    door: CommandDoor,
    private readonly refresh: CredentialRefreshService,
  ) {
    super(door);
  }

  protected async execute(): Promise<CommandOutcome> {
    const report = await this.refresh.refreshDue();
    const { due, states, failed } = report;
    const parts = Object.entries(states).map(([state, count]) => `${count} ${state}`);
    const text = [`${due} due`, ...parts, ...(failed > 0 ? [`${failed} not checked: see the log`] : [])].join(', ');
    return { data: report, text };
  }
}
