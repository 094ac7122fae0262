import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type ListQuery, type Page, toPage, toPosition } from '../../platform/http/pagination.js';
import { VisitorLimiter } from '../../platform/limits/visitor-limiter.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { ChatAnswerService } from './chat-answer.service.js';
import { ChatConfigRepository } from './chat-config.repository.js';
import { ChatRepository, type LeasedConversation } from './chat.repository.js';
import { answerLate, conversationBusy, conversationFull, conversationNotFound } from './chat.errors.js';
import {
  type ChatAnswer,
  type ChatCaller,
  type ChatConversation,
  type ChatEvent,
  type ChatMessage,
  MAX_MESSAGES,
} from './chat.types.js';
import { createVisitorToken, hashVisitorToken } from './visitor-token.js';

const ANSWER_MS = 60_000;
/** Longer than an answer may take, so that a lease is lost only by a process that ended. */
const LEASE_SECONDS = 75;
const MAX_HISTORY = 20;

/** Something that is said. */
export interface ChatMessageRequest {
  readonly token: string | null;
  /** Of the conversation. */
  readonly id: string;
  readonly content: string;
  /** Null for who is known by a socket. */
  readonly ipAddress: string | null;
}

/** A new conversation; a visitor is told its secret once. */
export interface BegunConversation extends ChatConversation {
  readonly visitorToken: string | null;
  readonly greeting: string;
}

/** Conversations with the product's assistant, of a visitor or a user. */
@Injectable()
export class ChatService {
  constructor(
    private readonly repository: ChatRepository,
    private readonly answers: ChatAnswerService,
    private readonly settings: ChatConfigRepository,
    private readonly limiter: VisitorLimiter,
    private readonly contexts: OrganizationContextService,
  ) {}

  /** Begins a conversation. A visitor who is known keeps the secret. @throws RATE_LIMITED */
  async begin(token: string | null, ipAddress: string): Promise<BegunConversation> {
    const caller = this.callerOf(token);
    if (caller.userId === null) await this.limiter.requireSource('chat-conversation', ipAddress);
    else await this.limiter.require('chat-conversation', caller.userId);
    const { prompts } = await this.settings.get();
    const visitorToken = caller.userId === null ? await this.tokenFor(caller, token) : null;
    const visitorHash = visitorToken === null ? null : hashVisitorToken(visitorToken);
    const conversation = await this.repository.add({ ...caller, visitorHash }, uuidv7());
    return { ...conversation, visitorToken, greeting: prompts.greeting };
  }

  async list(token: string | null, query: ListQuery): Promise<Page<ChatConversation>> {
    const rows = await this.repository.list(this.callerOf(token), query, toPosition(query));
    return toPage(rows, query, (row) => row);
  }

  /** @throws CONVERSATION_NOT_FOUND */
  async get(token: string | null, id: string): Promise<ChatConversation> {
    const conversation = await this.repository.find(this.callerOf(token), id);
    if (!conversation) throw conversationNotFound();
    return conversation;
  }

  /** Whether it is a conversation of the current user, in the current organization. */
  async isOwn(id: string): Promise<boolean> {
    return (await this.repository.find(this.callerOf(null), id)) !== null;
  }

  /** @throws CONVERSATION_NOT_FOUND */
  async listMessages(token: string | null, id: string, query: ListQuery): Promise<Page<ChatMessage>> {
    await this.get(token, id);
    return toPage(await this.repository.listMessages(id, query, toPosition(query)), query, (row) => row);
  }

  /**
   * Answers a message, while the answer is made. Question and answer are stored together when it is whole: who leaves the
   * loop, or is left, leaves nothing behind.
   * @param leaving - ends it while it waits for the model, which leaving the loop cannot
   * @throws CONVERSATION_NOT_FOUND, CONVERSATION_BUSY, CONVERSATION_FULL, CHAT_ANSWER_LATE, RATE_LIMITED, LlmProblem
   */
  async *converse(
    { token, id, content, ipAddress }: ChatMessageRequest,
    leaving: AbortSignal = new AbortController().signal,
  ): AsyncGenerator<ChatEvent, void> {
    const caller = this.callerOf(token);
    await this.get(token, id);
    await this.limiter.require('chat-message', caller.userId ?? caller.visitorHash ?? '');
    if (caller.userId === null) await this.limiter.requireSource('chat-source', ipAddress);
    const conversation = await this.lease(caller, id);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(answerLate()), ANSWER_MS);
    let message: ChatMessage | null = null;
    try {
      const signals = [leaving, limit.signal, this.repository.givenUp].filter((signal) => signal !== undefined);
      const history = await this.repository.listRecent(id, MAX_HISTORY);
      const question = { caller, content, history, signal: AbortSignal.any(signals) };
      for await (const part of this.answers.answer(question)) {
        if (part.type === 'end') message = await this.keep(conversation, content, part.answer);
        else yield part;
      }
      if (message) yield { type: 'message', message };
    } finally {
      clearTimeout(timer);
      limit.abort();
      if (!message) await this.repository.release(conversation);
    }
  }

  private async keep(conversation: LeasedConversation, content: string, answer: ChatAnswer): Promise<ChatMessage> {
    const question = { id: uuidv7(), content };
    const message = await this.repository.addTurn(conversation, question, { ...answer, id: uuidv7() });
    if (!message) throw answerLate();
    return message;
  }

  private async lease(caller: ChatCaller, id: string): Promise<LeasedConversation> {
    const leased = await this.repository.lease(caller, id, MAX_MESSAGES, LEASE_SECONDS);
    if (leased) return leased;
    const conversation = await this.repository.find(caller, id);
    if (!conversation) throw conversationNotFound();
    throw conversation.messageCount >= MAX_MESSAGES ? conversationFull(MAX_MESSAGES) : conversationBusy();
  }

  private async tokenFor({ visitorHash }: ChatCaller, token: string | null): Promise<string> {
    // One that nobody was given could be anybody's guess.
    const isKnown = visitorHash !== null && (await this.repository.isKnown(visitorHash));
    return isKnown && token !== null ? token : createVisitorToken();
  }

  /** A key acts for the member who made it. Who is logged in is no visitor. */
  private callerOf(token: string | null): ChatCaller {
    const { actor, organizationId } = this.contexts.require('ChatService');
    const userId = actor.type === 'apiKey' ? actor.userId : actor.id;
    const visitorHash = userId === null && token !== null ? hashVisitorToken(token) : null;
    return { organizationId, userId, visitorHash };
  }
}
