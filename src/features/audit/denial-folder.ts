import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { AuditWriter } from './audit-writer.js';
import type { AuditContent } from './audit.types.js';

const WINDOW_MS = 60_000;
/** Beyond so many different ones at once, the rest is written without folding. */
const MAX_OPEN = 10_000;

interface Fold {
  readonly first: AuditContent;
  readonly written: Promise<void>;
  readonly timer: NodeJS.Timeout;
  repeats: number;
}

/**
 * Folds denials that repeat within a minute: the first is written at once, the others together as one record with their
 * number, when the minute is over or the process ends.
 * @remarks A process that is killed loses the number of the repeats of the last minute, never a first one.
 */
@Injectable()
export class DenialFolder implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly open = new Map<string, Fold>();

  constructor(private readonly writer: AuditWriter) {}

  /** Writes a denial, or counts it to one that was written less than a minute ago. @throws as AuditWriter.write */
  async write(content: AuditContent): Promise<void> {
    const key = keyOf(content);
    const known = this.open.get(key);
    if (known) {
      known.repeats += 1;
      // Whoever leans on the first one waits for it.
      return await known.written;
    }
    const written = this.writer.write(content);
    if (this.open.size < MAX_OPEN) {
      const timer = setTimeout(() => void this.close(key), WINDOW_MS).unref();
      this.open.set(key, { first: content, written, timer, repeats: 0 });
    }
    try {
      await written;
    } catch (error) {
      this.forget(key);
      throw error;
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.open.keys()].map(async (key) => await this.close(key)));
  }

  private async close(key: string): Promise<void> {
    const fold = this.forget(key);
    if (!fold || fold.repeats === 0) return;
    try {
      await this.writer.write({ ...fold.first, id: uuidv7(), repeats: fold.repeats });
    } catch (error) {
      this.logger.error(
        `${fold.repeats} repeated denials of ${fold.first.action} could not be recorded: ${String(error)}`,
      );
    }
  }

  private forget(key: string): Fold | undefined {
    const fold = this.open.get(key);
    clearTimeout(fold?.timer);
    this.open.delete(key);
    return fold;
  }
}

function keyOf(content: AuditContent): string {
  const { organizationId, actorType, actorId, action, entity, clientId, reason, entryPoint } = content;
  // Of another client, it is another denial: whose data was asked for must be on record.
  return JSON.stringify([organizationId, actorType, actorId, action, entity, clientId, reason, entryPoint]);
}
