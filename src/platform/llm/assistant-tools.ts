import { Injectable } from '@nestjs/common';
import type { LlmTool } from './language-model.js';

/** Port: tools that an assistant may use for a member, inside the organization of the context. */
export interface AssistantToolSource {
  list(): Promise<readonly LlmTool[]>;

  /** Runs one for the current organization: inputs come from a model and name whatever they like. */
  run(name: string, inputs: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown>;
}

/** The tools that there are; features put theirs in when they start. */
@Injectable()
export class AssistantTools {
  private readonly sources: AssistantToolSource[] = [];

  register(source: AssistantToolSource): void {
    this.sources.push(source);
  }

  async list(): Promise<LlmTool[]> {
    return (await Promise.all(this.sources.map((source) => source.list()))).flat();
  }

  /** Returns undefined if there is no such tool. */
  async run(name: string, inputs: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown> {
    for (const source of this.sources) {
      const isTheirs = (await source.list()).some((tool) => tool.name === name);
      if (isTheirs) return await source.run(name, inputs, signal);
    }
    return undefined;
  }
}
