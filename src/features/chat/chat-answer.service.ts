import { Injectable, Logger } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import { KnowledgeRegistry } from '../../platform/llm/knowledge.registry.js';
import { LanguageModel, type LlmAnswer, type LlmMessage } from '../../platform/llm/language-model.js';
import { LlmProblem } from '../../platform/llm/llm-problem.js';
import { answerFrom, citedIn, type NumberedPiece, toMessages, toSearch, toSources } from './chat-grounding.js';
import { ChatConfigRepository } from './chat-config.repository.js';
import { ChatToolbox, type OpenToolbox } from './chat-toolbox.js';
import type { ChatAnswer, ChatCaller, ChatConfig, ChatMessage, ChatSource } from './chat.types.js';

const MAX_SOURCES = 5;
const MAX_TOKENS = 800;
/** Times the model is asked for one answer; after the last it gets no tools. */
const MAX_ROUNDS = 4;
/** What an answer without a model is said to be made by. */
const RETRIEVAL = 'retrieval';

/** What is asked, by whom, after what. */
export interface ChatQuestion {
  readonly caller: ChatCaller;
  readonly content: string;
  readonly history: readonly ChatMessage[];
  readonly signal: AbortSignal;
}

export type AnswerPart =
  | { readonly type: 'sources'; readonly sources: readonly ChatSource[] }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'end'; readonly answer: ChatAnswer };

/** Answers from what is published: in the words of a model where one is set up, in those of the sources otherwise. */
@Injectable()
export class ChatAnswerService {
  private readonly logger = new Logger(ChatAnswerService.name);

  constructor(
    private readonly configuration: Configuration,
    private readonly knowledge: KnowledgeRegistry,
    private readonly model: LanguageModel,
    private readonly toolbox: ChatToolbox,
    private readonly settings: ChatConfigRepository,
  ) {}

  /**
   * Gives the answer while it is made. A model that fails before its first word is answered for by the sources.
   * @throws LlmProblem in the middle; the reason of the signal
   */
  async *answer(question: ChatQuestion): AsyncGenerator<AnswerPart> {
    const { content, history, signal } = question;
    const config = await this.settings.get();
    const found = await this.knowledge.find(toSearch(content, history), MAX_SOURCES, signal);
    const pieces: NumberedPiece[] = found.map((piece, place) => ({ ...piece, number: place + 1 }));
    yield { type: 'sources', sources: toSources(pieces) };
    if (this.model.isConfigured) {
      let hasBegun = false;
      try {
        for await (const part of this.written(question, config, pieces)) {
          hasBegun ||= part.type === 'text';
          yield part;
        }
        return;
      } catch (error) {
        if (hasBegun || !(error instanceof LlmProblem)) throw error;
        this.logger.warn(`Answered from the sources alone: ${error.evidence}`);
      }
    }
    const text = answerFrom(pieces, config.prompts.nothingFound);
    yield { type: 'text', text };
    yield { type: 'end', answer: { content: text, sources: citedIn(text, pieces), model: RETRIEVAL } };
  }

  private async *written(
    { caller, content, history, signal }: ChatQuestion,
    { prompts, tools }: ChatConfig,
    pieces: NumberedPiece[],
  ): AsyncGenerator<AnswerPart> {
    const toolbox = await this.toolbox.open(caller, tools, pieces);
    const messages = toMessages(prompts.system, history, pieces, content);
    let text = '';
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      const offered = round < MAX_ROUNDS ? toolbox.offered : [];
      let answer: LlmAnswer | undefined;
      for await (const part of this.model.stream(messages, { maxTokens: MAX_TOKENS, tools: offered, signal })) {
        if (part.type === 'end') answer = part.answer;
        else {
          const piece = toStorable(part.text);
          text += piece;
          yield { type: 'text', text: piece };
        }
      }
      if (!answer || answer.toolCalls.length === 0 || offered.length === 0) break;
      messages.push(...(await this.useTools(toolbox, answer, signal)));
    }
    if (text.trim() === '') throw new LlmProblem('unreadable', 'EMPTY_ANSWER');
    const model = this.configuration.get('LLM_MODEL') ?? '';
    yield { type: 'end', answer: { content: text, sources: citedIn(text, pieces), model } };
  }

  private async useTools(toolbox: OpenToolbox, { content, toolCalls }: LlmAnswer, signal: AbortSignal) {
    const messages: LlmMessage[] = [{ role: 'assistant', content, toolCalls }];
    for (const call of toolCalls) {
      messages.push({ role: 'tool', toolCallId: call.id, content: await toolbox.run(call, signal) });
    }
    return messages;
  }
}

/** A model may write what no column holds. */
function toStorable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
