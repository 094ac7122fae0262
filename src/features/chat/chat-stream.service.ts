import { Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '../../platform/errors/app-error.js';
import { UpdatePublisher } from '../../platform/sockets/update-publisher.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { answerLate } from './chat.errors.js';
import { type ChatMessageRequest, ChatService } from './chat.service.js';
import type { ChatEvent, ChatMessage } from './chat.types.js';

/** A word for each would be a message in Redis for each. */
const PUBLISH_EVERY_MS = 100;

/** Brings an answer to those who follow it while it is made: over HTTP, and to the member's sockets in `/chat`. */
@Injectable()
export class ChatStreamService {
  private readonly logger = new Logger(ChatStreamService.name);

  constructor(
    private readonly chat: ChatService,
    private readonly publisher: UpdatePublisher,
    private readonly contexts: OrganizationContextService,
  ) {}

  /**
   * Returns the answer as server-sent events: `sources`, `text`, `message`, and `error` if it breaks off.
   * @throws what the answer cannot begin for: the stream has not begun either
   */
  async open(request: ChatMessageRequest): Promise<Readable> {
    const leaving = new AbortController();
    const events = this.published(request.id, this.chat.converse(request, leaving.signal));
    const lines = this.encoded(await events.next(), events, leaving.signal);
    // One that was never pulled has not begun, and would not end what is inside of it.
    const end = async () => {
      await lines.return();
      await events.return();
    };
    // A stream is pulled from wherever its receiver is; the answer is made in this context.
    const context = this.contexts.require('ChatStreamService');
    const { contexts, logger } = this;
    return new Readable({
      read() {
        contexts
          .run(context, async () => await lines.next())
          .then(
            ({ done, value }) => this.push(done ? null : value),
            (error: unknown) => this.destroy(error as Error),
          );
      },
      destroy(error, done) {
        leaving.abort();
        // The signal ends what is waited for, and this what nobody asks for any more.
        contexts.run(context, end).catch((cause: unknown) => logger.error({ err: cause }));
        done(error);
      },
    });
  }

  /** Returns the whole answer, and shows it to the member's sockets meanwhile. */
  async answer(request: ChatMessageRequest): Promise<ChatMessage> {
    let message: ChatMessage | undefined;
    for await (const event of this.published(request.id, this.chat.converse(request))) {
      if (event.type === 'message') message = event.message;
    }
    if (!message) throw answerLate();
    return message;
  }

  private async *encoded(
    first: IteratorResult<ChatEvent, void>,
    events: AsyncGenerator<ChatEvent, void>,
    leaving: AbortSignal,
  ): AsyncGenerator<string, void> {
    try {
      for (let part = first; !part.done; part = await events.next()) {
        const { type, ...data } = part.value;
        yield encode(type, data);
      }
    } catch (error) {
      if (leaving.aborted) return;
      const isOurs = error instanceof AppError;
      if (!isOurs) this.logger.error({ err: error }, 'An answer broke off.');
      yield encode('error', isOurs ? { code: error.code, detail: error.message } : INTERNAL);
    } finally {
      await events.return();
    }
  }

  private async *published(id: string, events: AsyncIterable<ChatEvent>): AsyncGenerator<ChatEvent, void> {
    const { organizationId } = this.contexts.require('ChatStreamService');
    if (organizationId === null) {
      for await (const event of events) yield event;
      return;
    }
    let [text, publishedAt] = ['', 0];
    const publish = async (type: string, result: object, status = 'ANSWERING') =>
      await this.publisher.publish({ topic: 'chat', resourceId: id, type, status, progress: null, result });
    try {
      for await (const event of events) {
        const { type, ...result } = event;
        if (event.type === 'text') text += event.text;
        const isDue = event.type !== 'text' || performance.now() - publishedAt > PUBLISH_EVERY_MS;
        if (isDue && text !== '') {
          await publish('text', { text });
          [text, publishedAt] = ['', performance.now()];
        }
        if (event.type !== 'text') await publish(type, result, event.type === 'message' ? 'DONE' : undefined);
        yield event;
      }
    } catch (error) {
      await publish('error', { code: error instanceof AppError ? error.code : INTERNAL.code }, 'FAILED');
      throw error;
    }
  }
}

const INTERNAL = { code: 'INTERNAL_ERROR', detail: 'Something went wrong on our side.' } as const;

function encode(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
