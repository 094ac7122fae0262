import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Configuration } from '../config/configuration.js';
import { LlmHttp } from './llm-http.js';
import { LlmProblem } from './llm-problem.js';
import {
  LanguageModel,
  type LlmAnswer,
  type LlmMessage,
  type LlmOptions,
  type LlmPart,
  type LlmTool,
} from './language-model.js';
import { PartialAnswer, type WireCall } from './partial-answer.js';

type Json = Record<string, unknown>;

const wireCall = z.object({
  index: z.number().int().min(0).max(1_000).optional(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }),
});
const wireText = z.object({ content: z.string().nullish(), tool_calls: z.array(wireCall).nullish() });
const usage = z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish();
const finishReason = z.string().nullish();
const completion = z.object({
  choices: z.tuple([z.object({ message: wireText, finish_reason: finishReason })], z.unknown()),
  usage,
});
/** The last event of a stream has the usage and no choice. */
const chunk = z.object({
  choices: z.array(z.object({ delta: wireText.nullish(), finish_reason: finishReason })),
  usage,
});

/** Any endpoint that speaks the Chat Completions API: https://platform.openai.com/docs/api-reference/chat */
@Injectable()
export class OpenAiModel extends LanguageModel {
  override readonly isConfigured: boolean;
  /** Reasoning models of OpenAI take only the new name, most other servers only the old one. */
  private tokensField: 'max_tokens' | 'max_completion_tokens' = 'max_tokens';

  constructor(
    private readonly http: LlmHttp,
    private readonly configuration: Configuration,
  ) {
    super();
    this.isConfigured = configuration.get('LLM_BASE_URL') !== undefined && configuration.get('LLM_MODEL') !== undefined;
  }

  override async complete(messages: readonly LlmMessage[], options: LlmOptions): Promise<LlmAnswer> {
    const ask = async () => await this.http.ask(this.call(messages, options, {}));
    const body = await ask().catch((error: unknown) => this.afterRenaming(error, ask));
    const parsed = completion.safeParse(body);
    if (!parsed.success) throw new LlmProblem('unreadable', 'NO_COMPLETION');
    const [{ message, finish_reason: finish }] = parsed.data.choices;
    const answer = new PartialAnswer();
    // Here calls are not numbered.
    answer.add(message.content, toWireCalls(message.tool_calls, true));
    return answer.finish(finish ?? 'stop', parsed.data.usage);
  }

  override async *stream(messages: readonly LlmMessage[], options: LlmOptions): AsyncGenerator<LlmPart> {
    const more = { stream: true, stream_options: { include_usage: true } };
    try {
      yield* this.parts(this.http.stream(this.call(messages, options, more)));
    } catch (error) {
      // What is refused has not begun.
      yield* await this.afterRenaming(error, async () => {
        return this.parts(this.http.stream(this.call(messages, options, more)));
      });
    }
  }

  private async *parts(events: AsyncIterable<string>): AsyncGenerator<LlmPart> {
    const answer = new PartialAnswer();
    let finish: string | null = null;
    let used: z.infer<typeof usage>;
    for await (const event of events) {
      if (event === '[DONE]') break;
      const { choices, usage: counted } = readChunk(event);
      used = counted ?? used;
      const [choice] = choices;
      if (!choice) continue;
      answer.add(choice.delta?.content, toWireCalls(choice.delta?.tool_calls, false));
      if (choice.delta?.content) yield { type: 'text', text: choice.delta.content };
      finish = choice.finish_reason ?? finish;
    }
    if (finish === null) throw new LlmProblem('unreadable', 'HALF_ANSWER');
    yield { type: 'end', answer: answer.finish(finish, used) };
  }

  private call(messages: readonly LlmMessage[], { maxTokens, tools, ...options }: LlmOptions, more: Json) {
    const body: Json = {
      model: this.configuration.get('LLM_MODEL'),
      messages: messages.map(toWire),
      [this.tokensField]: maxTokens,
      ...(options.temperature !== undefined && { temperature: options.temperature }),
      ...(tools && tools.length > 0 && { tools: tools.map(toWireTool) }),
      ...more,
    };
    if (!this.isConfigured) throw new LlmProblem('absent', 'NOT_CONFIGURED');
    return { path: 'chat/completions' as const, body, signal: options.signal, timeoutMs: options.timeoutMs };
  }

  private async afterRenaming<T>(error: unknown, again: () => Promise<T>): Promise<T> {
    const isOldName = error instanceof LlmProblem && error.kind === 'refused' && error.parameter === 'max_tokens';
    if (!isOldName || this.tokensField !== 'max_tokens') throw error;
    this.tokensField = 'max_completion_tokens';
    return await again();
  }
}

function toWire(message: LlmMessage): Json {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
  if (message.role !== 'assistant' || !message.toolCalls?.length)
    return { role: message.role, content: message.content };
  const calls = message.toolCalls.map(({ id, name, arguments: given }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(given ?? {}) },
  }));
  return { role: 'assistant', content: message.content, tool_calls: calls };
}

function toWireTool(tool: LlmTool): Json {
  return { type: 'function', function: { ...tool } };
}

function toWireCalls(calls: z.infer<typeof wireCall>[] | null | undefined, isWhole: boolean): WireCall[] {
  return (calls ?? []).map(({ index, id, function: { name, arguments: text } }, place) => ({
    index: isWhole ? place : (index ?? place),
    id: id ?? '',
    name: name ?? '',
    arguments: text ?? '',
  }));
}

function readChunk(event: string): z.infer<typeof chunk> {
  let value: unknown;
  try {
    value = JSON.parse(event);
  } catch {
    throw new LlmProblem('unreadable', 'NO_JSON');
  }
  const parsed = chunk.safeParse(value);
  // Some servers answer 200 and tell of an error in the stream.
  if (!parsed.success) throw new LlmProblem('unreadable', 'NO_CHUNK');
  return parsed.data;
}
