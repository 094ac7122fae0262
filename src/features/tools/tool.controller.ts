import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type Page, pageOf } from '../../platform/http/pagination.js';
import { CurrentOrganization, type OrganizationSummary } from '../../tenancy/index.js';
import { ExecuteTool, ToolAnswer, ToolResultAnswer } from './tool.dto.js';
import { ToolService } from './tool.service.js';

@ApiTags('tools')
@Controller('tools')
export class ToolController {
  constructor(private readonly tools: ToolService) {}

  @Get()
  @Endpoint({ summary: 'Lists the tools that there are', access: 'MEMBER', answer: pageOf(ToolAnswer) })
  list(): Page<ToolAnswer> {
    const data = this.tools.list().map((tool) => ToolAnswer.from(tool));
    return { data, page: { nextCursor: null, hasMore: false } };
  }

  @Post(':name/executions')
  @ApiParam({ name: 'name', example: 'keyword-list' })
  @Endpoint({
    summary: 'Executes a tool and returns what it found',
    access: 'MEMBER',
    answer: ToolResultAnswer,
    errors: [422],
  })
  async execute(
    @Param('name') name: string,
    @Body() { inputs }: ExecuteTool,
    @CurrentOrganization() { id }: OrganizationSummary,
  ): Promise<ToolResultAnswer> {
    return ToolResultAnswer.from(await this.tools.executeTool(name, inputs, id));
  }
}
