import type { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { AuditExportQuery, AuditLogAnswer, AuditLogListQuery, AuditVerificationAnswer } from './audit.dto.js';
import { AuditExportService } from './audit-export.service.js';
import type { AuditFormat } from './audit-lines.js';
import { AuditService } from './audit.service.js';
import { AuditVerificationService } from './audit-verification.service.js';

const MEDIA_TYPES: Readonly<Record<AuditFormat, string>> = { csv: 'text/csv', ndjson: 'application/x-ndjson' };

@ApiTags('audit')
@Controller('audit-logs')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly verifications: AuditVerificationService,
    private readonly exports: AuditExportService,
  ) {}

  @Get()
  @Endpoint({ summary: 'Lists who did what in the organization', access: 'ADMIN', answer: pageOf(AuditLogAnswer) })
  async list(@Query() query: AuditLogListQuery): Promise<Page<AuditLogAnswer>> {
    const { data, page } = await this.audit.list(query);
    return { data: data.map((record) => AuditLogAnswer.from(record)), page };
  }

  @Get('export')
  @Endpoint({
    summary: 'Exports the organization’s records with their proof',
    access: 'ADMIN',
    download: Object.values(MEDIA_TYPES),
  })
  async export(@Query() { format, from, to }: AuditExportQuery): Promise<StreamableFile> {
    return toDownload(await this.exports.export({ from, to }, format), format);
  }

  @Get('verification')
  @Endpoint({
    summary: 'Checks whether anybody changed the organization’s records',
    access: 'ADMIN',
    answer: AuditVerificationAnswer,
  })
  async verify(): Promise<AuditVerificationAnswer> {
    return AuditVerificationAnswer.from(await this.verifications.verify());
  }
}

function toDownload(stream: Readable, format: AuditFormat): StreamableFile {
  const disposition = `attachment; filename="audit-log.${format}"`;
  return new StreamableFile(stream, { type: MEDIA_TYPES[format], disposition });
}
