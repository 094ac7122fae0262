import { Injectable } from '@nestjs/common';
import { CommandContext, OrganizationContextService, OrganizationNotFoundError } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { DatabaseEntryCheck } from '../crypto/database-entry.check.js';
import { SystemDatabase } from '../database/system-database.js';
import { toDatabaseFault } from '../errors/database-fault.js';
import { Terminal } from './terminal.js';
import { UsageError } from './usage.error.js';

/** What a command did: `data` for machines, `text` for people. */
export interface CommandOutcome {
  readonly data: unknown;
  readonly text: string;
  /** What was done came to a bad result: it is printed like a good one, and the exit code is 1. */
  readonly isFailure?: boolean;
}

/** What the door needs of the options. */
interface EntryOptions {
  readonly json?: boolean;
  readonly organization?: string;
  readonly allOrganizations?: boolean;
}

/** What a command came to in one of many organizations. */
interface OrganizationResult {
  readonly organization: string;
  readonly data?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

const ACTIVE_ORGANIZATIONS = 'SELECT id, slug FROM organizations WHERE product = $1 AND is_active ORDER BY slug';

/** An operator would rather be told than wait; a busy machine needs more than one try for the check's connections. */
const DATABASE_PATIENCE_MS = 5_000;

/** Lets a command in: checks the walls and the root keys, opens its context, prints what it did and sets the exit code. */
@Injectable()
export class CommandDoor {
  constructor(
    private readonly configuration: Configuration,
    private readonly entry: DatabaseEntryCheck,
    private readonly context: CommandContext,
    private readonly terminal: Terminal,
    private readonly contexts: OrganizationContextService,
    private readonly system: SystemDatabase,
  ) {}

  async enter(
    scope: 'organization' | 'product' | 'none',
    options: EntryOptions,
    work: () => Promise<CommandOutcome>,
  ): Promise<void> {
    try {
      const isForAll = scope === 'organization' && options.allOrganizations === true;
      const { data, text, isFailure } = isForAll
        ? await this.inEachOrganization(options, work)
        : await this.within(scope, options.organization, work);
      this.terminal.print(options.json ? `${JSON.stringify(data, null, 2)}\n` : `${text}\n`);
      if (isFailure) this.terminal.endWith(1);
    } catch (error) {
      this.report(error, options.json === true);
    }
  }

  /** One after the other, each in a context of its own. One that fails is reported, and does not keep the others back. */
  private async inEachOrganization(
    options: EntryOptions,
    work: () => Promise<CommandOutcome>,
  ): Promise<CommandOutcome> {
    if (options.organization) throw new UsageError('Name one: --organization <slug or id>, or --all-organizations.');
    await this.entry.verify(DATABASE_PATIENCE_MS);
    const { product } = this.configuration;
    const organizations = await this.context.run(product, () =>
      this.contexts.runUnscoped('operator runs a command in all organizations', () =>
        this.system.query<{ id: string; slug: string }>(ACTIVE_ORGANIZATIONS),
      ),
    );
    const results: OrganizationResult[] = [];
    const texts: string[] = [];
    let isFailure = false;
    for (const { id, slug: organization } of organizations) {
      try {
        const outcome = await this.context.runInOrganization(product, id, work);
        isFailure ||= outcome.isFailure === true;
        results.push({ organization, data: outcome.data });
        texts.push(`${organization}\n${indent(outcome.text)}`);
      } catch (error) {
        if (error instanceof UsageError) throw error;
        isFailure = true;
        const message = messageOf(error);
        results.push({ organization, error: { code: codeOf(error), message } });
        texts.push(`${organization}\n${indent(`FAILED: ${message}`)}`);
      }
    }
    return { data: results, text: texts.join('\n') || 'There is no active organization.', isFailure };
  }

  private async within<T>(
    scope: 'organization' | 'product' | 'none',
    organization: string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    if (scope === 'none') return await work();
    if (scope === 'organization' && !organization) {
      throw new UsageError(
        'This command works on the data of organizations: add --organization <slug or id>, or --all-organizations.',
      );
    }
    await this.entry.verify(DATABASE_PATIENCE_MS);
    const { product } = this.configuration;
    if (scope === 'product' || !organization) return await this.context.run(product, work);
    return await this.context.runInOrganization(product, organization, work);
  }

  private report(error: unknown, isJson: boolean): void {
    const isUsage = error instanceof UsageError;
    const code = isUsage ? 'USAGE' : codeOf(error);
    const message = messageOf(error);
    this.terminal.complain(isJson ? `${JSON.stringify({ code, message })}\n` : `${message}\n`);
    this.terminal.endWith(isUsage ? 2 : 1);
  }
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : 'FAILED';
}

function messageOf(error: unknown): string {
  if (error instanceof OrganizationNotFoundError) return 'There is no such active organization in this product.';
  const fault = toDatabaseFault(error);
  if (fault?.kind === 'unavailable') return 'The database does not answer. Is it running?';
  if (fault?.kind === 'busy') return 'The database was too busy, or somebody holds what this needs. Try again.';
  return error instanceof Error ? error.message : String(error);
}
