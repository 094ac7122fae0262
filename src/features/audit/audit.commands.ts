import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { toTable } from '../../platform/cli/command-output.js';
import { type OperatorOptions, OrganizationCommand } from '../../platform/cli/operator-command.js';
import { requireChoice, requireMatch } from '../../platform/cli/option-rules.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { isUuid, OrganizationContextService } from '../../tenancy/index.js';
import { AuditLogAnswer, AuditLogListQuery, AuditVerificationAnswer } from './audit.dto.js';
import { AuditExportService } from './audit-export.service.js';
import type { AuditFormat } from './audit-lines.js';
import { AuditService } from './audit.service.js';
import type { TamperFinding } from './audit.types.js';
import { AuditVerificationService } from './audit-verification.service.js';

const COLUMNS = ['sequence', 'occurredAt', 'actorType', 'actorId', 'action', 'entity', 'entityId', 'outcome'] as const;
const PROGRESS_RECORDS = 100_000;
const SHOWN_FINDINGS = 20;
const MAX_LIMIT = 100;

interface SpanOptions extends OperatorOptions {
  readonly from?: Date;
  readonly to?: Date;
}
interface ListOptions extends SpanOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly entity?: string;
  readonly client?: string;
  readonly limit?: number;
}

@Command({ name: 'audit:list', description: 'Lists who did what in an organization, newest first' })
export class AuditListCommand extends OrganizationCommand<ListOptions> {
  constructor(
    door: CommandDoor,
    private readonly audit: AuditService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], options: ListOptions): Promise<CommandOutcome> {
    const { actor, action, entity, client, from, to, limit } = options;
    const filters = { actor, action, entity, client, from, to, limit };
    const given = Object.entries(filters).filter(([, value]) => value !== undefined);
    const query = Object.assign(new AuditLogListQuery(), Object.fromEntries(given));
    const records = (await this.audit.list(query)).data.map((record) => AuditLogAnswer.from(record));
    return { data: records, text: toTable(records, COLUMNS) };
  }

  @Option({ flags: '--actor <id>', description: 'Id of the actor' })
  parseActor(value: string): string {
    return requireId('--actor', value);
  }

  @Option({ flags: '--action <name>', description: 'For instance client.read' })
  parseAction(value: string): string {
    return value;
  }

  @Option({ flags: '--entity <name>', description: 'For instance Client' })
  parseEntity(value: string): string {
    return value;
  }

  @Option({ flags: '--client <id>', description: 'Id of the client whose data was touched' })
  parseClient(value: string): string {
    return requireId('--client', value);
  }

  @Option({ flags: '--from <time>', description: 'Not before' })
  parseFrom(value: string): Date {
    return requireTime('--from', value);
  }

  @Option({ flags: '--to <time>', description: 'Before' })
  parseTo(value: string): Date {
    return requireTime('--to', value);
  }

  @Option({ flags: '--limit <records>', description: `At most so many (1 to ${MAX_LIMIT}; default: 25)` })
  parseLimit(value: string): number {
    return Number(requireMatch('--limit', value, /^([1-9]\d?|100)$/, `a number from 1 to ${MAX_LIMIT}`));
  }
}

@Command({ name: 'audit:verify', description: 'Checks whether anybody changed an organization’s audit log (recorded)' })
export class AuditVerifyCommand extends OrganizationCommand {
  constructor(
    door: CommandDoor,
    private readonly verifications: AuditVerificationService,
  ) {
    super(door);
  }

  protected async execute(): Promise<CommandOutcome> {
    let reported = 0;
    const result = await this.verifications.verify((done, total) => {
      if (done - reported < PROGRESS_RECORDS) return;
      reported = done;
      process.stderr.write(`checked ${done} of ${total} records\n`);
    });
    const data = AuditVerificationAnswer.from(result);
    const text = `${result.records} records, ${result.firstSequence} to ${result.lastSequence}: `;
    if (result.isIntact) return { data, text: `${text}intact` };
    const findings = result.findings.slice(0, SHOWN_FINDINGS).map(toLine).join('\n');
    return { data, text: `${text}${result.findingCount} findings\n${findings}`, isFailure: true };
  }
}

interface ExportOptions extends SpanOptions {
  readonly format?: AuditFormat;
  readonly output?: string;
}

@Command({
  name: 'audit:export',
  description: 'Writes an organization’s audit log with its proof into a file (recorded)',
})
export class AuditExportCommand extends OrganizationCommand<ExportOptions> {
  constructor(
    door: CommandDoor,
    private readonly exports: AuditExportService,
    private readonly contexts: OrganizationContextService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], options: ExportOptions): Promise<CommandOutcome> {
    const { output, format = 'ndjson', from, to, allOrganizations = false } = options;
    if (!output) throw new UsageError('Say where to: --output <file>.');
    if (allOrganizations && !output.includes(PLACE)) {
      throw new UsageError(`Each organization needs a file of its own: put ${PLACE} into --output.`);
    }
    const { organizationId } = this.contexts.requireOrganization('audit:export');
    const file = output.replaceAll(PLACE, organizationId);
    // For nobody else on this machine; an export that is there already is not written over.
    const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    await pipeline(await this.exports.export({ from, to }, format), target);
    return {
      data: { file, format, bytes: target.bytesWritten },
      text: `Wrote ${file} (${target.bytesWritten} bytes).`,
    };
  }

  @Option({
    flags: '--output <file>',
    description: `The file; ${'{organization}'} in it stands for the organization’s id`,
  })
  parseOutput(value: string): string {
    return value;
  }

  @Option({ flags: '--format <format>', description: 'csv or ndjson (default)' })
  parseFormat(value: string): AuditFormat {
    return requireChoice('--format', value, ['CSV', 'NDJSON']).toLowerCase() as AuditFormat;
  }

  @Option({ flags: '--from <time>', description: 'Not before' })
  parseFrom(value: string): Date {
    return requireTime('--from', value);
  }

  @Option({ flags: '--to <time>', description: 'Before' })
  parseTo(value: string): Date {
    return requireTime('--to', value);
  }
}

const PLACE = '{organization}';

function toLine({ kind, sequence, untilSequence, id }: TamperFinding): string {
  const place = untilSequence === sequence ? `${sequence}` : `${sequence} to ${untilSequence}`;
  return `${kind} at ${place}${id ? ` (${id})` : ''}`;
}

function requireId(flag: string, value: string): string {
  if (!isUuid(value)) throw new UsageError(`${flag} must be an id (a UUID).`);
  return value;
}

function requireTime(flag: string, value: string): Date {
  return new Date(requireMatch(flag, value, TIME, 'a day (2026-01-31) or a time with its zone (2026-01-31T08:00:00Z)'));
}

const TIME =
  /^\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3})?(Z|[+-]\d{2}:\d{2}))?$/;
