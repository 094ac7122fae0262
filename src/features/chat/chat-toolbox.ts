import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '../../platform/errors/app-error.js';
import { AssistantTools } from '../../platform/llm/assistant-tools.js';
import { KnowledgeRegistry } from '../../platform/llm/knowledge.registry.js';
import type { LlmTool, LlmToolCall } from '../../platform/llm/language-model.js';
import { describe, type NumberedPiece } from './chat-grounding.js';
import type { ChatCaller, ChatToolSetting } from './chat.types.js';

const MAX_RESULT = 8_000;
const MAX_CALLS = 6;
const MAX_FOUND = 4;
const MAX_QUERY = 300;

export const SEARCH_TOOL: LlmTool = {
  name: 'search_knowledge',
  description: 'Finds more sources about a question. Use it when the given ones do not answer.',
  parameters: {
    type: 'object',
    properties: { question: { type: 'string', description: 'What to look for.' } },
    required: ['question'],
    additionalProperties: false,
  },
};

/** Gives out what one answer may use. */
@Injectable()
export class ChatToolbox {
  constructor(
    private readonly knowledge: KnowledgeRegistry,
    private readonly tools: AssistantTools,
  ) {}

  /** Visitors may search and nothing else; members have the tools that the product enabled, in their organization. */
  async open(caller: ChatCaller, settings: readonly ChatToolSetting[], pieces: NumberedPiece[]): Promise<OpenToolbox> {
    const isEnabled = (name: string) => settings.find((setting) => setting.name === name)?.isEnabled;
    const isMember = caller.organizationId !== null && caller.userId !== null;
    const all = isMember ? await this.tools.list() : [];
    const own = all.filter(({ name }) => isEnabled(name) === true);
    const search = isEnabled(SEARCH_TOOL.name) === false ? [] : [SEARCH_TOOL];
    return new OpenToolbox(this.knowledge, this.tools, [...search, ...own], pieces);
  }
}

/** The tools of one answer. Whatever else the model asks for is not there. */
export class OpenToolbox {
  private readonly logger = new Logger(ChatToolbox.name);
  private calls = 0;

  constructor(
    private readonly knowledge: KnowledgeRegistry,
    private readonly tools: AssistantTools,
    readonly offered: readonly LlmTool[],
    /** What may be cited; a search adds to it. */
    private readonly pieces: NumberedPiece[],
  ) {}

  /** Returns what the model is told: a result, or why there is none. */
  async run({ name, arguments: inputs }: LlmToolCall, signal: AbortSignal): Promise<string> {
    this.calls += 1;
    if (!this.offered.some((tool) => tool.name === name)) return 'There is no such tool.';
    if (this.calls > MAX_CALLS) return 'No more tools for this answer.';
    if (inputs === null) return 'The arguments are no JSON object.';
    try {
      if (name === SEARCH_TOOL.name) return await this.search(inputs, signal);
      const result = await this.tools.run(name, inputs, signal);
      return (JSON.stringify(result) as string | undefined)?.slice(0, MAX_RESULT) ?? 'Nothing.';
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError) return `It failed: ${error.message}`;
      this.logger.error({ err: error }, `The tool ${name} failed.`);
      return 'It failed.';
    }
  }

  private async search({ question }: LlmToolCall['arguments'] & object, signal: AbortSignal): Promise<string> {
    if (typeof question !== 'string' || question.trim() === '') return 'Say what to look for.';
    const text = question.replaceAll('\0', ' ').toWellFormed().slice(0, MAX_QUERY);
    const found = await this.knowledge.find(text, MAX_FOUND, signal);
    const fresh = found.filter(({ kind, id }) => !this.pieces.some((piece) => piece.kind === kind && piece.id === id));
    const numbered = fresh.map((piece, place) => ({ ...piece, number: this.pieces.length + place + 1 }));
    this.pieces.push(...numbered);
    return numbered.length > 0 ? describe(numbered) : 'Nothing else was found.';
  }
}
