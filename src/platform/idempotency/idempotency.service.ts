import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Configuration } from '../config/configuration.js';
import { EnvelopeCipher } from '../crypto/envelope-cipher.js';
import { EnvelopeError } from '../crypto/envelope.error.js';
import { type CommitFence, runFenced } from '../database/commit-fence.js';
import { answerLost, keyInProgress, keyReused } from './idempotency.errors.js';
import { type Claim, IdempotencyRepository, type KnownRequest } from './idempotency.repository.js';

/** How long a duplicate waits for the request that is running, and how often it looks. */
const PATIENCE_MS = 5_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;
/** One in so many requests with a key removes expired ones: up to twice as many as were added meanwhile. */
const CLEANING_INTERVAL = 50;

/** What makes two requests the same. */
export interface RepeatableRequest {
  readonly actorId: string;
  readonly organizationId: string | null;
  readonly route: string;
  readonly key: string;
  /** Address and body. */
  readonly content: string;
}

/** What the caller gets, and gets again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; null for an answer without body. */
  readonly body: string | null;
}

/**
 * Carries a request out once, however often it is sent with the same key.
 * @see docs/decisions/2026-11-23-idempotency-keys.md
 */
@Injectable()
export class IdempotencyService {
  private readonly logger = new Logger('Idempotency');
  private readonly product: string;
  private requests = 0;

  constructor(
    private readonly repository: IdempotencyRepository,
    private readonly cipher: EnvelopeCipher,
    configuration: Configuration,
  ) {
    this.product = configuration.product;
  }

  /**
   * Runs `work`, or returns the answer that it gave before.
   * @throws IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_PROGRESS, IDEMPOTENCY_ANSWER_LOST, and whatever `work` throws: then
   * the key is free again, unless something was stored
   */
  async once(
    request: RepeatableRequest,
    work: () => Promise<KeptAnswer>,
  ): Promise<{ answer: KeptAnswer; isReplayed: boolean }> {
    const { actorId, organizationId } = request;
    const digest = digestOf([organizationId ?? '', request.route, request.key]);
    const content = digestOf([request.content]);
    const requestEnvelope = this.cipher.seal(content, this.place('request_envelope', digest, organizationId));
    await this.cleanNowAndThen(actorId);
    const deadline = Date.now() + PATIENCE_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const claim = await this.repository.claim({ id: uuidv7(), actorId, organizationId, digest, requestEnvelope });
      if (claim) {
        const answer = await this.perform(claim, work);
        const sealed = this.cipher.seal(JSON.stringify(answer), this.place('answer_envelope', digest, organizationId));
        await this.keep(claim, sealed);
        return { answer, isReplayed: false };
      }
      const known = await this.repository.find(actorId, digest);
      // Null: it failed between the two statements, and the key is free.
      const answer = known && this.answerOf(known, content, digest, organizationId);
      if (answer) return { answer, isReplayed: true };
      if (Date.now() > deadline) throw keyInProgress();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** Returns null while there is none. */
  private answerOf(
    known: KnownRequest,
    content: string,
    digest: string,
    organizationId: string | null,
  ): KeptAnswer | null {
    if (this.open(known.requestEnvelope, this.place('request_envelope', digest, organizationId)) !== content) {
      throw keyReused();
    }
    if (known.isLost) throw answerLost();
    if (known.answerEnvelope === null) return null;
    const answer = this.open(known.answerEnvelope, this.place('answer_envelope', digest, organizationId));
    if (answer === null) throw answerLost();
    return JSON.parse(answer) as KeptAnswer;
  }

  private async perform(claim: Claim, work: () => Promise<KeptAnswer>): Promise<KeptAnswer> {
    const fence: CommitFence = { id: claim.id, attempt: claim.attempt, isRefused: false };
    try {
      return await runFenced(fence, work);
    } catch (error) {
      // Too slow: another process has taken the request over, and nothing of ours is stored.
      if (fence.isRefused) throw keyInProgress();
      // Where even this fails, the lease ends.
      await this.repository.release(claim).catch((cause: unknown) => this.warn('A key could not be freed', cause));
      throw error;
    }
  }

  /** The work is done: that its answer cannot be kept must not turn it into a failure. */
  private async keep(claim: Claim, answerEnvelope: string): Promise<void> {
    try {
      await this.repository.complete(claim, answerEnvelope);
    } catch (error) {
      this.warn('An answer could not be kept', error);
    }
  }

  private async cleanNowAndThen(actorId: string): Promise<void> {
    this.requests += 1;
    if (this.requests % CLEANING_INTERVAL !== 0) return;
    await this.repository.removeExpired(actorId).catch((cause: unknown) => this.warn('Keys were not removed', cause));
  }

  private place(column: string, rowId: string, organizationId: string | null) {
    return { product: this.product, organizationId: organizationId ?? '', table: 'idempotency_keys', column, rowId };
  }

  /** Null if the root key that sealed it is gone. */
  private open(envelope: string, place: ReturnType<typeof this.place>): string | null {
    try {
      return this.cipher.open(envelope, place);
    } catch (error) {
      if (error instanceof EnvelopeError) return null;
      throw error;
    }
  }

  private warn(what: string, cause: unknown): void {
    this.logger.warn(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Length-prefixed, so that no two lists give the same digest. */
function digestOf(parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join('|');
  return createHash('sha256').update(text).digest('base64url');
}
