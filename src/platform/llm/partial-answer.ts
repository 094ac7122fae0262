import { LlmProblem } from './llm-problem.js';
import type { LlmAnswer, LlmToolCall } from './language-model.js';

export interface WireCall {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

const MAX_CHARACTERS = 1_000_000;
const MAX_TOOL_CALLS = 32;
const FINISHES: Readonly<Record<string, LlmAnswer['finish']>> = {
  length: 'length',
  content_filter: 'filtered',
  tool_calls: 'tools',
  function_call: 'tools',
};

/** Puts an answer together from its pieces, up to a size. */
export class PartialAnswer {
  private content = '';
  private size = 0;
  private readonly calls = new Map<number, { id: string; name: string; arguments: string }>();

  /** @throws LlmProblem if it grows too large */
  add(text: string | null | undefined, calls: readonly WireCall[]): void {
    this.content += text ?? '';
    this.size += text?.length ?? 0;
    for (const piece of calls) {
      const call = this.calls.get(piece.index) ?? { id: '', name: '', arguments: '' };
      // Id and name come once, with the first piece.
      call.id ||= piece.id;
      call.name ||= piece.name;
      call.arguments += piece.arguments;
      this.size += piece.arguments.length;
      this.calls.set(piece.index, call);
    }
    if (this.size > MAX_CHARACTERS || this.calls.size > MAX_TOOL_CALLS) {
      throw new LlmProblem('unreadable', 'TOO_LARGE');
    }
  }

  finish(reason: string, usage: Usage | null | undefined): LlmAnswer {
    const toolCalls = [...this.calls.entries()].sort(([a], [b]) => a - b).map(([, call]) => toToolCall(call));
    return {
      content: this.content,
      toolCalls,
      // Some servers say "stop" and ask for tools.
      finish: toolCalls.length > 0 && reason === 'stop' ? 'tools' : (FINISHES[reason] ?? 'stop'),
      usage: usage ? { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens } : null,
    };
  }
}

function toToolCall(call: { id: string; name: string; arguments: string }): LlmToolCall {
  return { id: call.id, name: call.name, arguments: readArguments(call.arguments) };
}

function readArguments(text: string): LlmToolCall['arguments'] {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
