import { ApiProperty } from '@nestjs/swagger';
import type { AuditLog } from '../../generated/prisma/client.js';
import { ChoiceField, StringField, TimeQueryField, UuidField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { type AuditVerification, TAMPER_KINDS, type TamperKind } from './audit.types.js';

export class AuditLogListQuery extends listQuery(['occurredAt'], '-occurredAt') {
  @UuidField({ optional: true, description: 'Id of the actor.' })
  actor?: string;
  @StringField({ optional: true, max: 60, example: 'client.read' })
  action?: string;
  @StringField({ optional: true, max: 60, example: 'Client' })
  entity?: string;
  @UuidField({ optional: true, description: 'Id of the client whose data was touched.' })
  client?: string;
  @TimeQueryField({ description: 'Not before.' })
  from?: Date;
  @TimeQueryField({ description: 'Before.' })
  to?: Date;
}

export class AuditLogAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ enum: ['user', 'apiKey', 'system', 'anonymous'] })
  actorType!: string;
  @ApiProperty({ type: String, nullable: true })
  actorId!: string | null;
  @ApiProperty({ type: String, nullable: true })
  role!: string | null;
  @ApiProperty({ enum: ['http', 'socket', 'job', 'cli'] })
  entryPoint!: string;
  @ApiProperty()
  requestId!: string;
  @ApiProperty({ example: 'client.read' })
  action!: string;
  @ApiProperty({ example: 'Client' })
  entity!: string;
  @ApiProperty({ type: String, nullable: true })
  entityId!: string | null;
  @ApiProperty({ type: String, nullable: true })
  clientId!: string | null;
  @ApiProperty({ enum: ['SUCCESS', 'DENIED', 'NOT_FOUND', 'FAILED'] })
  outcome!: string;
  @ApiProperty({ type: String, nullable: true })
  reason!: string | null;
  @ApiProperty({ type: [String], description: 'Names of what was touched, never values.' })
  fields!: string[];
  @ApiProperty({ type: String, format: 'date-time' })
  occurredAt!: Date;

  @ApiProperty({ description: 'How many acts the record stands for: denials that repeat are folded.' })
  repeats!: number;
  @ApiProperty({ description: 'Place in the organization’s chain, from 1 on, without gaps.' })
  sequence!: number;
  @ApiProperty({ description: 'SHA-256 of the record together with the hash of the one before.' })
  hash!: string;

  static from(row: AuditLog): AuditLogAnswer {
    const { organizationId: _organizationId, product: _product, writtenFor: _writtenFor, ...own } = row;
    const { form: _form, previousHash: _hash, ...record } = own;
    return { ...record, sequence: Number(record.sequence) };
  }
}

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;

export class AuditExportQuery {
  @ChoiceField(EXPORT_FORMATS, { optional: true, description: 'Default: ndjson.' })
  format: (typeof EXPORT_FORMATS)[number] = 'ndjson';
  @TimeQueryField({ description: 'Not before.' })
  from?: Date;
  @TimeQueryField({ description: 'Before.' })
  to?: Date;
}

class AuditCheckpointAnswer {
  @ApiProperty()
  sequence!: number;
  @ApiProperty({ description: 'Hash of the record at `sequence`.' })
  hash!: string;
  @ApiProperty({ description: 'The checkpoint before; 0: none.' })
  previousSequence!: number;
  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ description: 'Names the public key.' })
  keyId!: string;
  @ApiProperty({ description: 'Ed25519, base64url.' })
  signature!: string;
  @ApiProperty({ type: String, nullable: true, description: 'PEM; null if the key is not configured any more.' })
  publicKey!: string | null;
}

class AuditFindingAnswer {
  @ApiProperty({ enum: TAMPER_KINDS })
  kind!: TamperKind;
  @ApiProperty({ description: 'The first record concerned.' })
  sequence!: number;
  @ApiProperty({ description: 'The last one.' })
  untilSequence!: number;
  @ApiProperty({ type: String, nullable: true, description: 'Id of the record that shows it.' })
  id!: string | null;
}

export class AuditVerificationAnswer {
  @ApiProperty()
  isIntact!: boolean;
  @ApiProperty({ description: 'So many were checked.' })
  records!: number;
  @ApiProperty({ description: '1, or the first one after what was pruned.' })
  firstSequence!: number;
  @ApiProperty()
  lastSequence!: number;
  @ApiProperty()
  lastHash!: string;
  @ApiProperty({ type: AuditCheckpointAnswer, nullable: true, description: 'The latest signed statement.' })
  checkpoint!: AuditCheckpointAnswer | null;
  @ApiProperty({ type: [AuditFindingAnswer], description: 'The first 1,000.' })
  findings!: AuditFindingAnswer[];
  @ApiProperty()
  findingCount!: number;

  static from({ checkpoint, findings, ...rest }: AuditVerification): AuditVerificationAnswer {
    if (!checkpoint) return { ...rest, findings: [...findings], checkpoint };
    const { organizationId: _organizationId, product: _product, ...statement } = checkpoint;
    return { ...rest, findings: [...findings], checkpoint: statement };
  }
}
