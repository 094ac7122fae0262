import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Prisma } from '../../generated/prisma/client.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { JobService } from '../../platform/queue/job.service.js';
import { AuditService } from '../audit/audit.service.js';
import { ClientService } from '../client-data/client.service.js';
import type { CrewExecutionListQuery, RequestExecution } from './crew-execution.dto.js';
import { CREW_EXECUTION } from './crew-execution.job.js';
import { CrewExecutionRepository } from './crew-execution.repository.js';
import { CrewService } from './crew.service.js';
import type { ExecutionWithJob, TaskPlan } from './crew.types.js';
import { requireInputs } from './execution-inputs.js';

/** Executions of crews: asked for here, done by a worker. */
@Injectable()
export class CrewExecutionService {
  constructor(
    private readonly repository: CrewExecutionRepository,
    private readonly crews: CrewService,
    private readonly clients: ClientService,
    private readonly jobs: JobService,
    private readonly transactions: TransactionService,
    private readonly audit: AuditService,
  ) {}

  async list(query: CrewExecutionListQuery): Promise<Page<ExecutionWithJob>> {
    const filter = query.crewId === undefined ? {} : { crewId: query.crewId };
    const page = { ...query, includeInactive: true };
    return toPage(await this.repository.list(filter, toKeyset(page)), page, (row) => row);
  }

  /** @throws CREW_EXECUTION_NOT_FOUND */
  async get(id: string): Promise<ExecutionWithJob> {
    return await this.repository.get(id);
  }

  /**
   * Queues the execution of a crew as it is now, and returns its id, which is that of its job.
   * @throws CREW_NOT_FOUND, CLIENT_NOT_FOUND, CREW_CLIENT_REQUIRED, VALIDATION_FAILED naming the inputs that are missing
   */
  async request({ crewId, clientId, inputs = {} }: RequestExecution): Promise<string> {
    const crew = await this.crews.get(crewId);
    const plan = crew.tasks as unknown as readonly TaskPlan[];
    if (clientId !== undefined) await this.clients.requireClient(clientId, true);
    requireInputs(plan, inputs, clientId);
    return await this.transactions.run(async () => {
      const { id } = await this.jobs.queueLater(CREW_EXECUTION, { crewId, clientId: clientId ?? null });
      const execution = {
        id,
        jobId: id,
        crewId,
        clientId: clientId ?? null,
        name: crew.name,
        inputs: inputs as object,
      };
      const tasks = plan.map((task, position) => toRow(id, task, position));
      await this.repository.add(execution, tasks);
      await this.record(id, clientId ?? null, Object.keys(inputs));
      return id;
    });
  }

  private async record(entityId: string, clientId: string | null, inputs: readonly string[]): Promise<void> {
    const entry = { action: 'crew-execution.requested', entity: 'CrewExecution', entityId, clientId } as const;
    await this.audit.record({ ...entry, fields: inputs.map((name) => `input:${name}`) });
  }
}

function toRow(executionId: string, task: TaskPlan, position: number): Prisma.CrewTaskCreateManyInput {
  const { inputs, dependsOn, ...columns } = task;
  return { id: uuidv7(), executionId, position, ...columns, inputs: inputs as object, dependsOn: [...dependsOn] };
}
