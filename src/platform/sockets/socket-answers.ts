import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Server } from 'socket.io';

/** Names the product on everything that Engine.IO answers, what it refuses as well. */
export function nameProductOnSockets({ engine }: Server, http: HttpServer, product: string): void {
  (engine as { use(middleware: Middleware): void }).use((_request, response, next) => {
    response.setHeader('X-Product', product);
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  // A WebSocket that is refused gets a text that Engine.IO writes to the connection by itself, past every hook.
  http.prependListener('upgrade', (_request: IncomingMessage, socket: Duplex) => nameOnRefusal(socket, product));
}

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

function nameOnRefusal(socket: Duplex, product: string): void {
  const write = socket.write.bind(socket) as (...parts: unknown[]) => boolean;
  socket.write = (chunk: unknown, ...rest: unknown[]) => {
    socket.write = write;
    const isRefusal = typeof chunk === 'string' && chunk.startsWith('HTTP/1.1 4');
    const text = isRefusal ? chunk.replace('\r\n', `\r\nX-Product: ${product}\r\nCache-Control: no-store\r\n`) : chunk;
    return write(text, ...rest);
  };
}
