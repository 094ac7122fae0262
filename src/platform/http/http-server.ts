import { randomUUID } from 'node:crypto';
import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Node's limits on slow clients, in milliseconds; listed in docs/operations.md.
 * Node looks for late requests every `connectionsCheckingInterval` only; its default of 30 s would triple the others.
 */
const LIMITS = {
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
} as const;

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

const MALFORMED: Refusal = { status: 400, code: 'REQUEST_MALFORMED', detail: 'The request is malformed.' };
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'REQUEST_TOO_SLOW', detail: 'The request took too long to arrive.' },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'HEADERS_TOO_LARGE',
    detail: 'The address and the headers are larger than 16 kB.',
  },
};

/** Sets the limits of the HTTP server, before it listens, and answers in our form what it refuses by itself. */
export function limitHttpServer(server: Server, product: string): void {
  Object.assign(server, LIMITS);
  server.maxHeadersCount = 100;
  server.on(
    'clientError',
    (error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: { headersSent: boolean } }) => {
      // Into an answer that is under way nothing may be written, and to a client that left nothing can be.
      const isOpen = socket.writable && error.code !== 'ECONNRESET' && !socket._httpMessage?.headersSent;
      if (isOpen) socket.write(toAnswer(REFUSALS[error.code ?? ''] ?? MALFORMED, product));
      socket.destroy();
    },
  );
}

/** These requests never reach a middleware, so headers and problem are written by hand. */
function toAnswer({ status, code, detail }: Refusal, product: string): string {
  const requestId = randomUUID();
  const title = STATUS_CODES[status] ?? 'Error';
  const type = `urn:bulkhead:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  const body = JSON.stringify({ type, title, status, code, detail, requestId });
  const headers = {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Product': product,
    'X-Request-Id': requestId,
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${title}`, ...lines, '', body].join('\r\n');
}
