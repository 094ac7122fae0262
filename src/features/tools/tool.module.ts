import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ResultSources } from '../../platform/tools/result-source.js';
import { ToolRegistry } from '../../platform/tools/tool-registry.js';
import { WebModule } from '../../platform/web/web.module.js';
import { MembershipModule } from '../memberships/membership.module.js';
import { AssistantToolBinding } from './assistant-tool.binding.js';
import { PageFetchTool } from './page-fetch.tool.js';
import { PageReaderService } from './page-reader.service.js';
import { ResultSearchTool } from './result-search.tool.js';
import { SeoCheckTool } from './seo-check.tool.js';
import { ToolController } from './tool.controller.js';
import { ToolService } from './tool.service.js';

@Module({
  imports: [DiscoveryModule, MembershipModule, WebModule],
  controllers: [ToolController],
  providers: [
    AssistantToolBinding,
    PageFetchTool,
    PageReaderService,
    ResultSearchTool,
    ResultSources,
    SeoCheckTool,
    ToolRegistry,
    ToolService,
  ],
  exports: [PageReaderService, ToolService],
})
export class ToolModule {}
