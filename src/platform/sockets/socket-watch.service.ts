import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DatabaseSignals, type SignalListener } from '../database/database-signals.js';
import { SocketReviewService } from './socket-review.service.js';
import { type AccessChange, type OpenSocket, SocketRegistry } from './socket.registry.js';
import { UpdateDelivery } from './update-delivery.js';

const TICK_MS = 250;
/** So often all sockets are reviewed while changes are not announced. */
const REVIEW_EVERY_MS = 1_000;
/** So long updates go out to sockets of which nobody can tell whether they still may. */
const TRUSTED_FOR_MS = 1_000;
const RETRY_MS = 250;

/**
 * Hears which access has changed, and has the sockets concerned reviewed: within a second, on every process, whoever
 * changed it. While nothing is heard all of them are reviewed every second; while the database does not answer either,
 * nothing is delivered.
 */
@Injectable()
export class SocketWatchService implements OnApplicationBootstrap, OnApplicationShutdown, SignalListener {
  private readonly logger = new Logger(SocketWatchService.name);
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  /** When all sockets were known to hold; undefined while every change is announced. */
  private verifiedAt: number | undefined;

  constructor(
    private readonly signals: DatabaseSignals,
    private readonly registry: SocketRegistry,
    private readonly reviews: SocketReviewService,
    private readonly delivery: UpdateDelivery,
  ) {}

  onApplicationBootstrap(): void {
    this.signals.hear('access_changed', this);
    if (!this.signals.isHearing) this.onDeaf();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    clearInterval(this.timer);
  }

  onSignal(payload: string): void {
    this.registry.epoch += 1;
    const change = readChange(payload);
    if (change) void this.reviews.review(this.registry.listConcerned(change));
    else this.logger.error(`The announcement "${payload.slice(0, 200)}" is not of the form that is expected.`);
  }

  onDeaf(): void {
    this.registry.epoch += 1;
    if (this.verifiedAt !== undefined) return;
    this.verifiedAt = performance.now();
    void this.watch();
  }

  /** Reviews a socket that was let in while some access changed. */
  recheck(entry: OpenSocket): void {
    if (entry.epoch !== this.registry.epoch) void this.reviews.review([entry]);
  }

  private tick(): void {
    const isUnverified = this.verifiedAt !== undefined && performance.now() - this.verifiedAt > TRUSTED_FOR_MS;
    this.delivery.withhold(isUnverified && this.registry.size > 0);
    const over = this.registry.listEnded(Date.now());
    if (over.length > 0) void this.reviews.review(over);
  }

  /** Until everything is heard again, and was reviewed once more after that. */
  private async watch(): Promise<void> {
    while (!this.isStopped && this.verifiedAt !== undefined) {
      if (this.registry.size === 0) {
        this.verifiedAt = this.signals.isHearing ? undefined : performance.now();
        await pause(RETRY_MS);
        continue;
      }
      const reason = 'review the sockets of a process while changes of access are not announced';
      await this.reviews
        .unscoped(reason, () => this.reviewUntilHeard())
        .catch((error: unknown) => this.logger.warn(`Sockets cannot be reviewed: ${String(error)}`));
      await pause(RETRY_MS);
    }
  }

  private async reviewUntilHeard(): Promise<void> {
    while (!this.isStopped) {
      const isHeard = this.signals.isHearing;
      await this.reviews.reviewAll(this.registry.list());
      this.verifiedAt = isHeard ? undefined : performance.now();
      if (isHeard) return;
      await pause(REVIEW_EVERY_MS);
    }
  }
}

function readChange(payload: string): AccessChange | null {
  try {
    const change: unknown = JSON.parse(payload);
    const isChange = typeof change === 'object' && change !== null && 'product' in change;
    return isChange ? (change as AccessChange) : null;
  } catch {
    return null;
  }
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
