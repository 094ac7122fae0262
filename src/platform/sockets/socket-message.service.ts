import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Socket } from 'socket.io';
import {
  type OrganizationContext,
  OrganizationContextService,
  OrganizationNotFoundError,
  UnauthenticatedError,
} from '../../tenancy/index.js';
import type { AppError } from '../errors/app-error.js';
import { toAppError } from '../http/problem.js';
import { rateLimited } from '../limits/limit.errors.js';
import { MessageGate } from './message-gate.js';
import { SocketEnding } from './socket-ending.js';
import { SocketJournal } from './socket-journal.js';
import type { HandlerOutcome } from './socket-namespace.decorator.js';
import { toSocketProblem } from './socket-problem.js';
import { invalidPayload } from './socket.errors.js';
import { SocketRegistry } from './socket.registry.js';

/** A handler of a gateway, with Nest's pipes and filters around it. */
export type MessageHandler = (payload: unknown, outcome: HandlerOutcome) => unknown;
type Acknowledge = (answer: object) => void;

/** Whoever goes on like this reads none of the answers. */
const MOST_REFUSED_IN_A_ROW = 200;

/**
 * Runs each message of a socket inside a context of its own: the one place through which every handler is reached.
 * Answers `{ data }` or `{ error }` to the acknowledgement, and sends errors as the event `error` as well.
 */
@Injectable()
export class SocketMessageService {
  /** Messages of one socket are handled one after the other, in the order in which they came. */
  private readonly queues = new WeakMap<Socket, Promise<void>>();

  constructor(
    private readonly gate: MessageGate,
    private readonly contexts: OrganizationContextService,
    private readonly registry: SocketRegistry,
    private readonly ending: SocketEnding,
    private readonly journal: SocketJournal,
  ) {}

  /** Takes a message in. Never throws. */
  receive(socket: Socket, handlers: ReadonlyMap<string, MessageHandler>, event: string, values: unknown[]): void {
    const last = values.at(-1);
    const acknowledge = typeof last === 'function' ? (last as Acknowledge) : undefined;
    const payload = acknowledge ? values.slice(0, -1) : values;
    const refusals = this.gate.count(socket);
    if (refusals > MOST_REFUSED_IN_A_ROW) this.ending.break(socket, 'flood');
    else if (refusals > 0)
      this.answer(socket, event, acknowledge, { startedAt: performance.now(), error: rateLimited(1) });
    else {
      const handle = () => this.handle(socket, handlers.get(event), event, payload, acknowledge);
      this.queues.set(socket, (this.queues.get(socket) ?? Promise.resolve()).then(handle));
    }
  }

  private async handle(
    socket: Socket,
    handler: MessageHandler | undefined,
    event: string,
    values: readonly unknown[],
    acknowledge: Acknowledge | undefined,
  ): Promise<void> {
    const entry = this.registry.find(socket);
    if (!entry || !socket.connected) return;
    const startedAt = performance.now();
    let context: OrganizationContext | undefined;
    try {
      const admitted = await this.gate.pass(entry, event, values);
      context = admitted.context;
      const data = await this.contexts.run(context, () => run(handler, admitted.payload));
      this.answer(socket, event, acknowledge, { startedAt, context, data });
    } catch (error) {
      this.answer(socket, event, acknowledge, { startedAt, context, error });
      if (isStandingLost(error)) this.ending.end(socket, error);
    }
  }

  private answer(
    socket: Socket,
    event: string,
    acknowledge: Acknowledge | undefined,
    outcome: { startedAt: number; context?: OrganizationContext | undefined; data?: unknown; error?: unknown },
  ): void {
    const { startedAt, context = this.registry.find(socket)?.pass.context } = outcome;
    const error = outcome.error === undefined ? null : toMessageError(outcome.error);
    const namespace = socket.nsp.name;
    const known = this.gate.knows(namespace, event) ? event : null;
    this.journal.answered(context, { namespace, event: known, startedAt }, error);
    if (!error) {
      acknowledge?.({ data: outcome.data ?? null });
      return;
    }
    const problem = toSocketProblem(error, outcome.context?.requestId ?? randomUUID());
    acknowledge?.({ error: problem });
    socket.emit('error', { ...problem, ...(known !== null && { event: known }) });
  }
}

async function run(handler: MessageHandler | undefined, payload: object): Promise<unknown> {
  const outcome: HandlerOutcome = {};
  const result = await handler?.(payload, outcome);
  // With an interceptor in between, Nest runs the handler when somebody subscribes: here, inside the context.
  const data: unknown = isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result;
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- what the handler threw, whatever it was
  if (outcome.error !== undefined) throw outcome.error;
  return data;
}

/** The global pipe speaks of the input as HTTP does. */
function toMessageError(thrown: unknown): AppError {
  const error = toAppError(thrown);
  return error.code === 'VALIDATION_FAILED' ? invalidPayload(error.errors ?? []) : error;
}

/** Nothing that the socket could still send would be answered. */
function isStandingLost(error: unknown): boolean {
  return error instanceof UnauthenticatedError || error instanceof OrganizationNotFoundError;
}
