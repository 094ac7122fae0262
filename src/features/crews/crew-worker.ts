import { Injectable } from '@nestjs/common';
import { OrganizationContextService } from '../../tenancy/index.js';
import { ToolService } from '../tools/tool.service.js';
import { CrewAgent } from './crew-agent.js';
import { crewTemplateUnresolved } from './crew.errors.js';
import type { TaskRow } from './crew.types.js';
import { fillTemplate, type TemplateScope } from './task-template.js';
import { TemplateError } from './template.error.js';

/** Does one task: with its tool, or with its agent. Stores nothing. */
@Injectable()
export class CrewWorker {
  constructor(
    private readonly tools: ToolService,
    private readonly agent: CrewAgent,
    private readonly contexts: OrganizationContextService,
  ) {}

  /** @throws whatever the tool or the model throws; CREW_TEMPLATE_UNRESOLVED; what the signal was aborted with */
  async perform(task: TaskRow, scope: TemplateScope, signal: AbortSignal): Promise<object> {
    const { organizationId } = this.contexts.requireOrganization('CrewWorker.perform');
    // An execution may take half an hour: whether the actor still belongs here, and as what, is asked again for each task.
    return await this.contexts.withOrganization(organizationId, async () => {
      const { tool } = task;
      const inputs = fill('inputs', task.inputs, scope);
      if (tool !== null) return (await this.tools.executeTool(tool, inputs, organizationId, { signal })).output;
      const instructions = String(fill('instructions', task.instructions, scope));
      const material = Object.fromEntries(task.dependsOn.map((key) => [key, scope.tasks[key]]));
      return await this.agent.write({ agent: task.agent, name: task.name, instructions, material }, signal);
    });
  }
}

function fill(place: string, value: unknown, scope: TemplateScope): unknown {
  try {
    return fillTemplate(value, scope);
  } catch (error) {
    if (error instanceof TemplateError) throw crewTemplateUnresolved(place, error.message);
    throw error;
  }
}
