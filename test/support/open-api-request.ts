import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { ObservedAnswer } from './open-api-conformance.js';

export interface RawRequest {
  readonly method: string;
  /** Sent as it is. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}
export interface RawAnswer extends ObservedAnswer {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly durationMs: number;
}

/** Sends requests exactly as given over connections that stay open, as fast clients do. */
export class RawClient {
  private readonly agent: Agent;

  constructor(
    readonly url: string,
    connections = 8,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  async send({ method, path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
    const startedAt = performance.now();
    const { hostname, port } = new URL(this.url);
    // Node frames the body of a GET or DELETE only if it is told the length.
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = { method: method.toUpperCase(), path, headers: { ...length, ...headers } };
    const request = httpRequest({ hostname, port, ...options, agent: this.agent });
    // A server that refuses a large body may close before it has read all of it; its answer still counts.
    request.on('error', () => undefined);
    request.end(body);
    const [response] = (await once(request, 'response')) as [
      AsyncIterable<Buffer> & { statusCode: number; headers: IncomingHttpHeaders },
    ];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const type = response.headers['content-type'] ?? '';
    const answer = { status: response.statusCode, headers: response.headers, type, text, body: parse(type, text) };
    return { ...answer, durationMs: performance.now() - startedAt };
  }

  /** Sends JSON as the bearer of a token. */
  async sendAs(
    as: { readonly accessToken: string } | null,
    request: RawRequest & { readonly organization?: string },
  ): Promise<RawAnswer> {
    const headers = {
      ...(as && { authorization: `Bearer ${as.accessToken}` }),
      ...(request.organization !== undefined && { 'x-organization-id': request.organization }),
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
      ...request.headers,
    };
    return await this.send({ ...request, headers });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** What a caller can tell of an answer, without what differs between any two requests. */
export function observable({ status, body, headers }: RawAnswer): object {
  const { requestId: _requestId, ...rest } = (typeof body === 'object' ? body : { body }) as Record<string, unknown>;
  const { date: _date, 'x-request-id': _id, ...others } = headers;
  return { status, body: rest, headers: others };
}

/** Writes bytes to the server's port and returns all that it writes back until it closes, or until `timeoutMs`. */
export async function sendBytes(url: string, bytes: string | Buffer, timeoutMs = 3_000): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => undefined);
  socket.setTimeout(timeoutMs, () => socket.destroy());
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

function parse(type: string, text: string): unknown {
  return /\bjson\b/.test(type) && text !== '' ? (JSON.parse(text) as unknown) : text;
}

/** What must not be in an answer: SQL, names of constraints, files and libraries. */
const INTERNALS =
  /\bselect\b.*\bfrom\b|\binsert into\b|\bviolates\b|_pkey|_fkey|_key"|\bprisma\b|\bpostgres|\bpg_|node_modules|\.[cm]?[jt]s:\d|\bat \S+ \(|\/src\/|\/work\//i;

/** What is wrong with an error answer as a problem document (RFC 9457) of ours. Empty if nothing is. */
export function problemDefects({ status, type, text, body, headers }: RawAnswer): string[] {
  const defects: string[] = [];
  if (status < 400 || status >= 500) defects.push(`status ${status}`);
  if (!type.startsWith('application/problem+json')) return [...defects, `content type ${type}`];
  const problem = body as Record<string, unknown>;
  for (const name of ['type', 'title', 'code', 'detail', 'requestId']) {
    if (typeof problem[name] !== 'string' || problem[name] === '')
      defects.push(`${name} is ${JSON.stringify(problem[name])}`);
  }
  if (problem['status'] !== status) defects.push(`status in the body is ${JSON.stringify(problem['status'])}`);
  if (problem['requestId'] !== headers['x-request-id']) defects.push('requestId is not the one of the header');
  if (problem['code'] === 'VALIDATION_FAILED') defects.push(...fieldDefects(problem['errors']));
  const [internal] = INTERNALS.exec(text) ?? [];
  if (internal !== undefined) defects.push(`shows internals: ${internal}`);
  return defects;
}

function fieldDefects(errors: unknown): string[] {
  if (!Array.isArray(errors) || errors.length === 0) return ['errors is empty'];
  return (errors as Record<string, unknown>[]).flatMap((error) =>
    ['path', 'code', 'message']
      .filter((name) => typeof error[name] !== 'string')
      .map((name) => `errors[].${name} is missing`),
  );
}
