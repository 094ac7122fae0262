import { Injectable, Logger } from '@nestjs/common';
import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
  IsolatedCircuitError,
  retry,
  wrap,
} from 'cockatiel';
import { Histogram } from 'prom-client';
import { Configuration } from '../config/configuration.js';
import { MetricsService } from '../metrics/metrics.service.js';
import { readEvents } from './event-stream.js';
import { LlmProblem } from './llm-problem.js';

type Json = Readonly<Record<string, unknown>>;

/** One question to the endpoint. Neither what is sent nor what comes back is ever logged. */
export interface LlmCall {
  readonly path: 'chat/completions' | 'embeddings';
  readonly body: Json;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

const MAX_BYTES = 8 * 1_048_576;
const MAX_REPETITIONS = 2;
const FIRST_WAIT_MS = 250;
const FAILURES_TO_OPEN = 5;
const OPEN_MS = 10_000;

/** Makes calls to the endpoint: in bounded time, of bounded size, repeated when that may help, and none while it is down. */
@Injectable()
export class LlmHttp {
  private readonly logger = new Logger(LlmHttp.name);
  private readonly durations: Histogram<'call' | 'outcome'>;
  private readonly breaker = circuitBreaker(
    handleWhen((error) => error instanceof LlmProblem && error.kind === 'transient'),
    { halfOpenAfter: OPEN_MS, breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN) },
  );

  constructor(
    private readonly configuration: Configuration,
    { registry }: MetricsService,
  ) {
    this.durations = new Histogram({
      name: 'llm_call_duration_seconds',
      help: 'Time of a call to the language model with all its attempts, to the last byte, by what it came to.',
      labelNames: ['call', 'outcome'],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60],
      registers: [registry],
    });
  }

  /** Returns the JSON object that the endpoint answers with success. @throws LlmProblem */
  async ask(call: LlmCall): Promise<Json> {
    const { signal, deadline } = this.limits(call);
    return await this.measured(call, async () => {
      return await this.repeated(call, signal, deadline, async (attempt) => {
        const response = await this.send(call, 'application/json', attempt);
        return await readObject(response, attempt);
      });
    });
  }

  /** Gives the events of a streamed answer; repeated only as long as none came. @throws LlmProblem */
  async *stream(call: LlmCall): AsyncGenerator<string> {
    const { signal, deadline } = this.limits(call);
    const opened = await this.measured(call, async () => {
      return await this.repeated(call, signal, deadline, async (attempt) => {
        return await this.open(call, signal, attempt);
      });
    });
    try {
      if (opened.first.done) throw new LlmProblem('unreadable', 'EMPTY_STREAM');
      yield opened.first.value;
      yield* opened.events;
    } catch (error) {
      call.signal?.throwIfAborted();
      throw error instanceof LlmProblem ? error : new LlmProblem('unreadable', 'STREAM_BROKEN');
    } finally {
      await opened.events.return(undefined);
    }
  }

  /** The share of one attempt ends with the first event: what follows may take as long as the call. */
  private async open(call: LlmCall, signal: AbortSignal, attempt: AbortSignal) {
    const opening = new AbortController();
    const giveUp = () => opening.abort();
    attempt.addEventListener('abort', giveUp, { once: true });
    try {
      const response = await this.send(call, 'text/event-stream', AbortSignal.any([signal, opening.signal]));
      const events = eventsOf(response);
      return { events, first: await events.next() };
    } finally {
      attempt.removeEventListener('abort', giveUp);
    }
  }

  private limits({ signal, timeoutMs = this.configuration.get('LLM_TIMEOUT_MS') }: LlmCall) {
    const limit = AbortSignal.timeout(timeoutMs);
    return {
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      deadline: performance.now() + timeoutMs,
    };
  }

  private async measured<T>(call: LlmCall, work: () => Promise<T>): Promise<T> {
    const stop = this.durations.startTimer({ call: call.path });
    try {
      const result = await work();
      stop({ outcome: 'ok' });
      return result;
    } catch (error) {
      call.signal?.throwIfAborted();
      const problem = error instanceof LlmProblem ? error : toProblem(error);
      stop({ outcome: problem.kind });
      this.logger.warn(`${call.path}: ${problem.kind}, ${problem.evidence}`);
      throw problem;
    }
  }

  private async repeated<T>(
    call: LlmCall,
    signal: AbortSignal,
    deadline: number,
    attempt: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const repetition = retry(
      handleWhen((error) => error instanceof LlmProblem && mayRepeat(error, deadline)),
      {
        maxAttempts: MAX_REPETITIONS,
        backoff: new DelegateBackoff(({ attempt: count, result }) => {
          const asked = 'error' in result && result.error instanceof LlmProblem ? result.error.retryAfterMs : null;
          return (asked ?? 0) + Math.random() * FIRST_WAIT_MS * 2 ** (count - 1);
        }),
      },
    );
    // Half of what is left for one attempt, so that a silent endpoint leaves time for another.
    const bounded = async () => {
      const share = AbortSignal.timeout(Math.max(1, Math.ceil((deadline - performance.now()) / 2)));
      try {
        return await attempt(AbortSignal.any([signal, share]));
      } catch (error) {
        call.signal?.throwIfAborted();
        throw error instanceof LlmProblem ? error : new LlmProblem('transient', share.aborted ? 'SLOW' : 'UNREACHABLE');
      }
    };
    return await wrap(repetition, this.breaker).execute(bounded, signal);
  }

  private async send({ path, body }: LlmCall, accept: string, signal: AbortSignal): Promise<Response> {
    const [base, key] = [this.configuration.get('LLM_BASE_URL'), this.configuration.get('LLM_API_KEY')];
    if (base === undefined) throw new LlmProblem('absent', 'NOT_CONFIGURED');
    const response = await fetch(`${base}/${path}`, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
      // Whoever is sent elsewhere would take the key along.
      redirect: 'manual',
      signal,
    });
    if (response.ok) return response;
    const error = await readObject(response, signal).catch(() => null);
    throw classify(response, error?.['error']);
  }
}

function classify({ status, headers }: Response, error: unknown): LlmProblem {
  const { param } = typeof error === 'object' && error !== null ? (error as { param?: unknown }) : {};
  const retryAfterMs = readRetryAfter(headers.get('retry-after'));
  if (status === 429) return new LlmProblem('quota', 'STATUS_429', retryAfterMs);
  const isTransient = status >= 500 || status === 408 || status === 409 || status === 425;
  const kind = isTransient ? 'transient' : 'refused';
  return new LlmProblem(kind, `STATUS_${status}`, retryAfterMs, typeof param === 'string' ? param : null);
}

/** Only what may be otherwise a moment later, and only if that moment comes in time. */
function mayRepeat({ kind, retryAfterMs }: LlmProblem, deadline: number): boolean {
  if (kind === 'refused' || kind === 'absent' || (kind === 'quota' && retryAfterMs === null)) return false;
  return performance.now() + (retryAfterMs ?? 0) + FIRST_WAIT_MS < deadline;
}

function toProblem(error: unknown): LlmProblem {
  const isOpen = error instanceof BrokenCircuitError || error instanceof IsolatedCircuitError;
  return new LlmProblem('transient', isOpen ? 'CIRCUIT_OPEN' : 'TIMEOUT', isOpen ? OPEN_MS : null);
}

async function readObject(response: Response, signal: AbortSignal): Promise<Json> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      // Leaving the loop by an error cancels the rest.
      if (size > MAX_BYTES) throw new RangeError('The answer is too large.');
      chunks.push(chunk);
    }
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  } catch {
    if (signal.aborted) throw new LlmProblem('transient', 'SLOW');
  }
  throw new LlmProblem('unreadable', 'NO_JSON');
}

async function* eventsOf(response: Response): AsyncGenerator<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body)
    throw new LlmProblem('unreadable', 'NO_STREAM');
  yield* readEvents(response.body as AsyncIterable<Uint8Array>, MAX_BYTES);
}

/** Seconds or a date (RFC 9110 §10.2.3); null for anything else. */
function readRetryAfter(value: string | null): number | null {
  if (value === null) return null;
  const ms = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : null;
}
