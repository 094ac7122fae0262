import type { NestExpressApplication } from '@nestjs/platform-express';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Namespace, Server, ServerOptions, Socket } from 'socket.io';
import { OrganizationContextService } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { nameProductOnSockets } from './socket-answers.js';
import { SocketAdmissionService } from './socket-admission.service.js';
import { type MessageHandler, SocketMessageService } from './socket-message.service.js';
import type { SocketProblem } from './socket-problem.js';
import { isAllowedOrigin, type ProxyTrust, sourceOf } from './socket-source.js';
import { SocketRegistry } from './socket.registry.js';
import { SocketWatchService } from './socket-watch.service.js';
import { UpdateDelivery } from './update-delivery.js';

/** Listed in docs/operations.md. */
const LIMITS = {
  maxHttpBufferSize: 100_000,
  pingInterval: 25_000,
  pingTimeout: 20_000,
  /** For a connection that asks for no namespace. */
  connectTimeout: 10_000,
  upgradeTimeout: 10_000,
} as const satisfies Partial<ServerOptions>;

interface BoundHandler {
  readonly message: string;
  readonly callback: MessageHandler;
}

/**
 * Puts the door in front of every namespace and the context around every message and hook: the one way through which Nest
 * reaches gateways. Connection state recovery stays off, because it would let clients in without the door.
 * @see docs/decisions/2026-11-26-one-wrapper-for-sockets.md
 */
export class SocketAdapter extends IoAdapter {
  private readonly origins: readonly string[];
  private readonly product: string;

  constructor(private readonly app: NestExpressApplication) {
    super(app);
    const configuration = app.get(Configuration);
    this.origins = configuration.get('CORS_ORIGINS');
    this.product = configuration.product;
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const own: Partial<ServerOptions> = {
      ...options,
      ...LIMITS,
      serveClient: false,
      ...(this.origins.length > 0 && { cors: { origin: [...this.origins] } }),
      allowRequest: (request, decide) => {
        if (this.app.get(SocketRegistry).isClosing) return decide('This process is stopping. Connect again.', false);
        const isAllowed = isAllowedOrigin(request, this.origins);
        return decide(isAllowed ? null : 'This origin may not connect. CORS_ORIGINS lists those that may.', isAllowed);
      },
    };
    const server = super.createIOServer(port, own as ServerOptions);
    nameProductOnSockets(server, this.app.getHttpServer(), this.product);
    // The root is a namespace that Socket.IO makes by itself. None of ours.
    this.guard(server.sockets);
    this.app.get(UpdateDelivery).attach(server);
    return server;
  }

  override create(port: number, options?: ServerOptions & { namespace?: string; server?: Server }): Server | Namespace {
    const created = super.create(port, options);
    if (options?.namespace !== undefined) this.guard(created as Namespace);
    return created;
  }

  override bindClientConnect(namespace: Namespace, callback: (socket: Socket) => void): void {
    const contexts = this.app.get(OrganizationContextService);
    const registry = this.app.get(SocketRegistry);
    const delivery = this.app.get(UpdateDelivery);
    const watch = this.app.get(SocketWatchService);
    namespace.on('connection', (socket: Socket) => {
      const entry = registry.find(socket);
      if (!entry) {
        socket.disconnect(true);
        return;
      }
      registry.add(entry);
      socket.once('disconnecting', () => {
        registry.remove(entry);
        delivery.forgetAll(socket);
      });
      contexts.run(entry.pass.context, () => callback(socket));
      watch.recheck(entry);
    });
  }

  override bindClientDisconnect(socket: Socket, callback: (reason: string) => void): void {
    const contexts = this.app.get(OrganizationContextService);
    const context = this.app.get(SocketRegistry).find(socket)?.pass.context;
    socket.once('disconnect', (reason) => {
      if (context) contexts.run(context, () => callback(reason));
    });
  }

  override bindMessageHandlers(socket: Socket, handlers: readonly BoundHandler[]): void {
    const messages = this.app.get(SocketMessageService);
    const byEvent = new Map(handlers.map(({ message, callback }) => [message, callback]));
    socket.onAny((event: string, ...values: unknown[]) => messages.receive(socket, byEvent, event, values));
  }

  private guard(namespace: Namespace): void {
    const admission = this.app.get(SocketAdmissionService);
    const registry = this.app.get(SocketRegistry);
    const express = this.app.getHttpAdapter().getInstance() as { get(name: string): unknown };
    namespace.use((socket, next) => {
      // Socket.IO never clears it for a client that is refused: it would keep a process that stops from ending.
      (socket.client as unknown as { connectTimeout?: NodeJS.Timeout }).connectTimeout?.unref();
      // Whom a namespace refuses stays away for good; whose connection is lost comes back, to a process that goes on.
      if (registry.isClosing) return socket.conn.close();
      const source = sourceOf(socket.request, express.get('trust proxy fn') as ProxyTrust);
      void admission.admit(socket, source).then((problem) => next(problem ? toConnectError(problem) : undefined));
    });
  }
}

function toConnectError(problem: SocketProblem): Error {
  return Object.assign(new Error(problem.detail), { data: problem });
}
