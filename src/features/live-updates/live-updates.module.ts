import { Module } from '@nestjs/common';
import { ConnectionTestGateway } from './connection-test.gateway.js';
import { CrewExecutionGateway } from './crew-execution.gateway.js';
import { CrewKanbanGateway } from './crew-kanban.gateway.js';
import { MetaTagsGateway } from './meta-tags.gateway.js';
import { OptimizationGateway } from './optimization.gateway.js';
import { OrganizationGateway } from './organization.gateway.js';
import { ResearchGateway } from './research.gateway.js';
import { SeoAuditGateway } from './seo-audit.gateway.js';

/** The namespaces of the dashboards. One that gets messages of its own moves to the feature that handles them. */
@Module({
  providers: [
    ConnectionTestGateway,
    CrewExecutionGateway,
    CrewKanbanGateway,
    MetaTagsGateway,
    OptimizationGateway,
    OrganizationGateway,
    ResearchGateway,
    SeoAuditGateway,
  ],
})
export class LiveUpdatesModule {}
