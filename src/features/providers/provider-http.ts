import { Injectable, Logger } from '@nestjs/common';
import { DelegateBackoff, handleWhen, retry } from 'cockatiel';
import { Histogram } from 'prom-client';
import { Configuration } from '../../platform/config/configuration.js';
import { MetricsService } from '../../platform/metrics/metrics.service.js';
import { classify, type Family } from './provider-errors.js';
import { ProviderProblem } from './provider-problem.js';

type Json = Readonly<Record<string, unknown>>;

/** One question to a provider. Its address and what it sends hold secrets: neither is ever logged. */
export interface ProviderCall {
  readonly family: Family;
  /** What it is called in metrics and logs. */
  readonly name: string;
  readonly url: URL;
  readonly bearer?: string;
  /** Sent as a form, by POST; without it the call is a GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const MAX_BYTES = 1_048_576;
const MAX_REPETITIONS = 2;
const FIRST_WAIT_MS = 200;

/** Makes calls to providers: in bounded time, of bounded size, repeated when that may help, and to no other address. */
@Injectable()
export class ProviderHttp {
  private readonly logger = new Logger(ProviderHttp.name);
  private readonly timeoutMs: number;
  private readonly durations: Histogram<'provider' | 'call' | 'outcome'>;

  constructor(configuration: Configuration, { registry }: MetricsService) {
    this.timeoutMs = configuration.get('PROVIDER_TIMEOUT_MS');
    this.durations = new Histogram({
      name: 'provider_call_duration_seconds',
      help: 'Time of a call to a provider with all its attempts, by what it came to: ok, or the class of the error.',
      labelNames: ['provider', 'call', 'outcome'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
  }

  /** Returns the JSON object that the provider answers with success. @throws ProviderProblem for everything else */
  async call(call: ProviderCall): Promise<Json> {
    const stop = this.durations.startTimer({ provider: call.family, call: call.name });
    try {
      const answer = await this.repeat(call);
      stop({ outcome: 'ok' });
      return answer;
    } catch (error) {
      stop({ outcome: error instanceof ProviderProblem ? error.kind : 'error' });
      if (error instanceof ProviderProblem) this.logger.warn(`${call.family} ${call.name}: ${error.message}`);
      throw error;
    }
  }

  private async repeat(call: ProviderCall): Promise<Json> {
    const deadline = performance.now() + this.timeoutMs;
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(this.timeoutMs)]);
    const policy = retry(
      handleWhen((error) => error instanceof ProviderProblem && mayRepeat(error, deadline)),
      {
        maxAttempts: MAX_REPETITIONS,
        backoff: new DelegateBackoff(({ attempt, result }) => {
          const asked = 'error' in result && result.error instanceof ProviderProblem ? result.error.retryAfterMs : null;
          return (asked ?? 0) + Math.random() * FIRST_WAIT_MS * 2 ** (attempt - 1);
        }),
      },
    );
    // Half the time for one attempt, so that a silent server leaves time for another.
    const attempt = () => this.attempt(call, AbortSignal.any([signal, AbortSignal.timeout(this.timeoutMs / 2)]));
    return await policy.execute(attempt, signal);
  }

  private async attempt({ family, name, url, bearer, form }: ProviderCall, signal: AbortSignal): Promise<Json> {
    let response: Response;
    try {
      response = await fetch(url, {
        method: form ? 'POST' : 'GET',
        headers: { accept: 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) },
        ...(form && { body: new URLSearchParams(form) }),
        // Whoever is sent elsewhere would take the secret along.
        redirect: 'manual',
        signal,
      });
    } catch {
      throw new ProviderProblem('transient', signal.aborted ? 'PROVIDER_TIMEOUT' : 'PROVIDER_UNREACHABLE');
    }
    const { status, headers } = response;
    const body = await readObject(response, signal);
    if (response.ok && body && body['error'] === undefined) return body;
    throw classify(family, name, { status, body, retryAfterMs: readRetryAfter(headers.get('retry-after')) });
  }
}

/** Only what may be otherwise a moment later, and only if that moment comes in time. */
function mayRepeat({ kind, retryAfterMs }: ProviderProblem, deadline: number): boolean {
  if (kind !== 'transient' && !(kind === 'quota' && retryAfterMs !== null)) return false;
  return performance.now() + (retryAfterMs ?? 0) + FIRST_WAIT_MS < deadline;
}

/** Returns undefined for what is no JSON object: cut off, too large, of another type. */
async function readObject(response: Response, signal: AbortSignal): Promise<Json | undefined> {
  try {
    if (
      !/^(?:application\/(?:json|[\w.+-]+\+json)|text\/javascript)\b/i.test(response.headers.get('content-type') ?? '')
    ) {
      await response.body?.cancel();
      return undefined;
    }
    const value: unknown = JSON.parse(await readText(response));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    if (signal.aborted) throw new ProviderProblem('transient', 'PROVIDER_TIMEOUT');
    return undefined;
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by an error cancels the rest.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error('The answer is too large.');
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}

/** Seconds or a date (RFC 9110 §10.2.3); null for anything else. */
function readRetryAfter(value: string | null): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : null;
}
