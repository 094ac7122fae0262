import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { AuditLogAnswer, AuditLogListQuery } from './audit.dto.js';
import { AuditService } from './audit.service.js';

@ApiTags('audit')
@Controller('audit-logs')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @Endpoint({ summary: 'Lists who did what in the organization', access: 'ADMIN', answer: pageOf(AuditLogAnswer) })
  async list(@Query() query: AuditLogListQuery): Promise<Page<AuditLogAnswer>> {
    const { data, page } = await this.audit.list(query);
    return { data: data.map((record) => AuditLogAnswer.from(record)), page };
  }
}
