import { Injectable, Logger } from '@nestjs/common';
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
  private readonly logger = new Logger(AssistantTools.name);
  private readonly sources: AssistantToolSource[] = [];

  register(source: AssistantToolSource): void {
    this.sources.push(source);
  }

  /** A source that fails has none. */
  async list(): Promise<LlmTool[]> {
    const listed = this.sources.map(async (source) => {
      return await source.list().catch((error: unknown): readonly LlmTool[] => {
        this.logger.warn({ err: error }, 'A source of tools could not be asked.');
        return [];
      });
    });
    return (await Promise.all(listed)).flat();
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
