import { Injectable } from '@nestjs/common';
import { Command } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { toText } from '../../platform/cli/command-output.js';
import { type OperatorOptions, OrganizationCommand } from '../../platform/cli/operator-command.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { isUuid } from '../../tenancy/index.js';
import { ClientDataAnswer } from './client-data.dto.js';
import { ClientDataService } from './client-data.service.js';
import { ClientAnswer } from './client.dto.js';

/** What both commands on one client have in common. Injectable, for its subclasses inherit the constructor. */
@Injectable()
abstract class ClientCommand extends OrganizationCommand<OperatorOptions> {
  constructor(
    door: CommandDoor,
    protected readonly data: ClientDataService,
  ) {
    super(door);
  }

  protected requireId([id]: string[]): string {
    if (!isUuid(id)) throw new UsageError('Name the client by its id (a UUID).');
    return id;
  }
}

@Command({
  name: 'client:show',
  arguments: '<id>',
  description: 'Shows a client (recorded in the organization’s audit log)',
})
export class ClientShowCommand extends ClientCommand {
  protected async execute(parameters: string[]): Promise<CommandOutcome> {
    const client = ClientAnswer.from(await this.data.getClientById(this.requireId(parameters)));
    return { data: client, text: toLines(client) };
  }
}

@Command({
  name: 'client:data',
  arguments: '<id>',
  description: 'Shows everything known of a client, without secrets (recorded)',
})
export class ClientDataCommand extends ClientCommand {
  protected async execute(parameters: string[]): Promise<CommandOutcome> {
    const data = ClientDataAnswer.fromData(await this.data.getClientData(this.requireId(parameters)));
    return { data, text: toLines(data) };
  }
}

function toLines(value: object): string {
  return Object.entries(value)
    .map(([name, part]: [string, unknown]) => `${name}: ${toText(part)}`)
    .join('\n');
}
