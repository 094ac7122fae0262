import { Module } from '@nestjs/common';
import { ClientDataModule } from '../client-data/client-data.module.js';
import { JobModule } from '../jobs/job.module.js';
import { MembershipModule } from '../memberships/membership.module.js';
import { ToolModule } from '../tools/tool.module.js';
import { CrewAgent } from './crew-agent.js';
import { CrewBoard } from './crew-board.js';
import { CrewController } from './crew.controller.js';
import { CrewExecutionController } from './crew-execution.controller.js';
import { CrewExecutionProcessor } from './crew-execution.processor.js';
import { CrewExecutionRepository } from './crew-execution.repository.js';
import { CrewExecutionService } from './crew-execution.service.js';
import { CrewRepository } from './crew.repository.js';
import { CrewResultSource } from './crew-result.source.js';
import { CrewRunner } from './crew-runner.js';
import { CrewService } from './crew.service.js';
import { CrewTaskRepository } from './crew-task.repository.js';
import { CrewTaskService } from './crew-task.service.js';
import { CrewWorker } from './crew-worker.js';

@Module({
  imports: [ClientDataModule, JobModule, MembershipModule, ToolModule],
  controllers: [CrewController, CrewExecutionController],
  providers: [
    CrewAgent,
    CrewBoard,
    CrewExecutionProcessor,
    CrewExecutionRepository,
    CrewExecutionService,
    CrewRepository,
    CrewResultSource,
    CrewRunner,
    CrewService,
    CrewTaskRepository,
    CrewTaskService,
    CrewWorker,
  ],
})
export class CrewModule {}
