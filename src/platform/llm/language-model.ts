/** A tool that the model may ask for. It never runs one: whoever offered it decides. */
export interface LlmTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What the model asks for. Name and arguments are as untrusted as anything else that it writes. */
export interface LlmToolCall {
  readonly id: string;
  readonly name: string;
  /** Null if what it wrote is no JSON object. */
  readonly arguments: Readonly<Record<string, unknown>> | null;
}

export type LlmMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly LlmToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string };

export interface LlmOptions {
  readonly maxTokens: number;
  readonly tools?: readonly LlmTool[];
  /** 0 to 2; the model's own default without it. */
  readonly temperature?: number;
  readonly signal?: AbortSignal;
  /** Of the call with all its attempts; `LLM_TIMEOUT_MS` without it. */
  readonly timeoutMs?: number;
}

export interface LlmAnswer {
  readonly content: string;
  readonly toolCalls: readonly LlmToolCall[];
  /** length: `maxTokens` cut it off. filtered: the endpoint withheld the rest. */
  readonly finish: 'stop' | 'length' | 'tools' | 'filtered';
  /** Null where the endpoint does not count. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null;
}

/** A piece of text as it comes, and at the end, once, the whole answer. */
export type LlmPart =
  { readonly type: 'text'; readonly text: string } | { readonly type: 'end'; readonly answer: LlmAnswer };

/** Port: a model that continues conversations. */
export abstract class LanguageModel {
  /** False where none is set up; asking it anyway throws LLM_NOT_CONFIGURED. */
  abstract readonly isConfigured: boolean;

  /** @throws LlmProblem; the reason of `signal` if that ended it */
  abstract complete(messages: readonly LlmMessage[], options: LlmOptions): Promise<LlmAnswer>;

  /**
   * Gives the answer while it is written. Leaving the loop ends the call.
   * @throws LlmProblem also in the middle; the reason of `signal` if that ended it
   */
  abstract stream(messages: readonly LlmMessage[], options: LlmOptions): AsyncIterable<LlmPart>;
}
