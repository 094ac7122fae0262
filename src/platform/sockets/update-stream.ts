import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Configuration } from '../config/configuration.js';
import { updateKeys } from './update-log.js';

/** One update on its way to the sockets of this process. */
export interface TravellingUpdate {
  readonly room: string;
  readonly sequence: number;
  readonly json: string;
}

export interface UpdateReader {
  onUpdate(update: TravellingUpdate): void;
  /** Something may have been published that this process did not and will not see. */
  onLoss(): void;
}

const READ_AT_ONCE = 500;
const BLOCK_MS = 2_000;
/** Twice the wait and more without an answer: the connection is dead, whatever TCP says. */
const SILENCE_MS = 5_000;
const LISTEN_EVERY_MS = 500;
const MAX_RECONNECT_DELAY_MS = 1_000;
const RETRY_MS = 100;

type Entries = [id: string, fields: string[]][];

/**
 * Reads what every process publishes, over a connection of its own: reading waits in it.
 * @see docs/decisions/2026-11-26-updates-by-our-own-stream.md
 */
@Injectable()
export class UpdateStream implements OnApplicationShutdown {
  private readonly logger = new Logger(UpdateStream.name);
  private redis: Redis | undefined;
  private watch: NodeJS.Timeout | undefined;
  private heardAt = 0;
  private isStopped = false;
  private offset = '';
  private number: number | undefined;

  constructor(private readonly configuration: Configuration) {}

  /** Reads from now on. */
  start(reader: UpdateReader): void {
    const redis = new Redis(this.configuration.get('REDIS_URL'), {
      keyPrefix: `${this.configuration.product}:`,
      maxRetriesPerRequest: null,
      retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_DELAY_MS),
    });
    // The shared connection says so in the log already.
    redis.on('error', () => undefined);
    // What was published while Redis was away reached at most the sockets of the process that published it.
    let wasReady = false;
    redis.on('ready', () => {
      this.heardAt = performance.now();
      if (wasReady) reader.onLoss();
      wasReady = true;
    });
    this.redis = redis;
    this.watch = setInterval(() => this.endSilence(redis), LISTEN_EVERY_MS).unref();
    void this.read(redis, reader);
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    clearInterval(this.watch);
    this.redis?.disconnect();
  }

  /** NOTE: `socketTimeout` of ioredis 5.9 outlives its connection: it holds up the end of the process, or ends the next one. */
  private endSilence(redis: Redis): void {
    const isSilent = redis.status === 'ready' && performance.now() - this.heardAt > SILENCE_MS;
    if (isSilent) redis.disconnect(true);
  }

  private async read(redis: Redis, reader: UpdateReader): Promise<void> {
    while (!this.isStopped) {
      try {
        // "$" would mean "from this call on", and lose what comes between two calls.
        if (this.offset === '') this.offset = await this.findEnd(redis);
        const from = ['STREAMS', updateKeys.onTheWay, this.offset] as const;
        const answer = await redis.xread('COUNT', READ_AT_ONCE, 'BLOCK', BLOCK_MS, ...from);
        this.heardAt = performance.now();
        for (const [, entries] of answer ?? []) this.handOver(entries, reader);
      } catch (error) {
        if (redis.status === 'end') return;
        this.logger.warn(`Updates are not read: ${error instanceof Error ? error.message : String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private async findEnd(redis: Redis): Promise<string> {
    const newest = await redis.xrevrange(updateKeys.onTheWay, '+', '-', 'COUNT', 1);
    return newest[0]?.[0] ?? '0-0';
  }

  private handOver(entries: Entries, reader: UpdateReader): void {
    for (const [id, fields] of entries) {
      this.offset = id;
      const { number, room = '', sequence, update: json = '' } = toRecord(fields);
      const isNext = this.number === undefined || Number(number) === this.number + 1;
      this.number = Number(number);
      // Cut off before we read it, or Redis was emptied.
      if (!isNext) reader.onLoss();
      reader.onUpdate({ room, sequence: Number(sequence), json });
    }
  }
}

function toRecord(fields: readonly string[]): Partial<Record<string, string>> {
  return Object.fromEntries(
    fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1] ?? '']] : [])),
  );
}
