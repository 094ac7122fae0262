import { Injectable } from '@nestjs/common';
import { CommandContext, OrganizationNotFoundError } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { DatabaseEntryCheck } from '../crypto/database-entry.check.js';
import { toDatabaseFault } from '../errors/database-fault.js';
import { UsageError } from './usage.error.js';

/** What a command did: `data` for machines, `text` for people. */
export interface CommandOutcome {
  readonly data: unknown;
  readonly text: string;
}

/** An operator would rather be told than wait. */
const DATABASE_PATIENCE_MS = 1_000;

/** Lets a command in: checks the walls and the root keys, opens its context, prints what it did and sets the exit code. */
@Injectable()
export class CommandDoor {
  constructor(
    private readonly configuration: Configuration,
    private readonly entry: DatabaseEntryCheck,
    private readonly context: CommandContext,
  ) {}

  async enter(
    scope: 'organization' | 'product' | 'none',
    options: { readonly json?: boolean; readonly organization?: string },
    work: () => Promise<CommandOutcome>,
  ): Promise<void> {
    try {
      const { data, text } = await this.within(scope, options.organization, work);
      process.stdout.write(options.json ? `${JSON.stringify(data, null, 2)}\n` : `${text}\n`);
    } catch (error) {
      report(error, options.json === true);
    }
  }

  private async within<T>(
    scope: 'organization' | 'product' | 'none',
    organization: string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    if (scope === 'none') return await work();
    if (scope === 'organization' && !organization) {
      throw new UsageError('This command works on the data of one organization: add --organization <slug or id>.');
    }
    await this.entry.verify(DATABASE_PATIENCE_MS);
    const { product } = this.configuration;
    if (scope === 'product' || !organization) return await this.context.run(product, work);
    return await this.context.runInOrganization(product, organization, work);
  }
}

function report(error: unknown, isJson: boolean): void {
  const isUsage = error instanceof UsageError;
  const code = isUsage ? 'USAGE' : codeOf(error);
  const message = messageOf(error);
  process.stderr.write(isJson ? `${JSON.stringify({ code, message })}\n` : `${message}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : 'FAILED';
}

function messageOf(error: unknown): string {
  if (error instanceof OrganizationNotFoundError) return 'There is no such active organization in this product.';
  const fault = toDatabaseFault(error);
  if (fault?.kind === 'unavailable' || fault?.kind === 'busy') return 'The database does not answer. Is it running?';
  return error instanceof Error ? error.message : String(error);
}
