import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AssistantTools, type AssistantToolSource } from '../../platform/llm/assistant-tools.js';
import type { LlmTool } from '../../platform/llm/language-model.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { ToolService } from './tool.service.js';

/** Offers every tool to the assistant; which of them it may use, the product says, and the rights of the member. */
@Injectable()
export class AssistantToolBinding implements AssistantToolSource, OnApplicationBootstrap {
  constructor(
    private readonly assistant: AssistantTools,
    private readonly tools: ToolService,
    private readonly contexts: OrganizationContextService,
  ) {}

  onApplicationBootstrap(): void {
    this.assistant.register(this);
  }

  async list(): Promise<readonly LlmTool[]> {
    const described = this.tools.list();
    return await Promise.resolve(
      described.map(({ name, description, inputSchema }) => ({ name, description, parameters: inputSchema })),
    );
  }

  /** In the organization of the member who talks, whatever the model names. */
  async run(name: string, inputs: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown> {
    const { organizationId } = this.contexts.requireOrganization('AssistantToolBinding');
    return (await this.tools.executeTool(name, inputs, organizationId, { signal })).output;
  }
}
