import { ApiProperty } from '@nestjs/swagger';
import type { AuditLog } from '../../generated/prisma/client.js';
import { StringField, TimeQueryField, UuidField } from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';

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
    const { organizationId: _organizationId, product: _product, form: _form, previousHash: _hash, ...record } = row;
    return { ...record, sequence: Number(record.sequence) };
  }
}
