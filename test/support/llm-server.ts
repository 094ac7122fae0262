import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

interface SeenTool {
  readonly type: string;
  readonly function: { readonly name: string; readonly description: string; readonly parameters: object };
}

export interface SeenMessage {
  readonly role: string;
  readonly content: string;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly { readonly id: string }[];
}

/** A request as the endpoint saw it. */
export interface SeenLlmRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly model: string;
    readonly messages: readonly SeenMessage[];
    readonly tools?: readonly SeenTool[];
    readonly stream?: boolean;
    readonly input?: readonly string[];
    readonly max_tokens?: number;
    readonly max_completion_tokens?: number;
  };
}

/** What the model says, or how the endpoint fails. */
export interface LlmReply {
  readonly content?: string;
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: string }[];
  readonly finish?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of an answer. */
  readonly body?: string;
  readonly delayMs?: number;
  /** `half`: ends in the middle; `stall`: goes silent there; `silent`: nothing at all; `close`: the connection ends; `huge`: without an end. */
  readonly manner?: 'half' | 'stall' | 'silent' | 'close' | 'huge';
}

const KEY = 'sk-test-0123456789';

/** An endpoint that speaks OpenAI's API, as far as it is used: with its errors, slowness and half answers. */
export class LlmServer {
  /** Says what the model answers. */
  reply: (request: SeenLlmRequest, count: number) => LlmReply = () => ({ content: 'Hello.' });
  readonly requests: SeenLlmRequest[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  static async start(): Promise<LlmServer> {
    const llm = new LlmServer();
    llm.server.on('connection', (socket: Socket) => {
      llm.sockets.add(socket);
      socket.on('close', () => llm.sockets.delete(socket)).on('error', () => undefined);
    });
    llm.server.listen(0, '127.0.0.1');
    await once(llm.server, 'listening');
    return llm;
  }

  static readonly key = KEY;

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** The settings that lead an application here. */
  get environment(): NodeJS.ProcessEnv {
    return { LLM_BASE_URL: this.url, LLM_API_KEY: KEY, LLM_MODEL: 'test-model' };
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  reset(): void {
    this.reply = () => ({ content: 'Hello.' });
    this.requests.length = 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await text(message)) as SeenLlmRequest['body'];
    const request = { path: message.url ?? '', authorization: message.headers.authorization, body };
    this.requests.push(request);
    const reply = this.reply(request, this.requests.length);
    if (reply.delayMs) await new Promise((resolve) => setTimeout(resolve, reply.delayMs));
    if (reply.manner === 'silent') return;
    if (reply.manner === 'close') return void response.destroy();
    if (reply.manner === 'huge') return await flood(response);
    if (request.authorization !== `Bearer ${KEY}`) return send(response, 401, { error: { code: 'invalid_api_key' } });
    if (reply.body !== undefined) return send(response, reply.status ?? 200, reply.body, reply.headers);
    if (reply.status) return send(response, reply.status, { error: { message: 'failed' } }, reply.headers);
    if (request.path.endsWith('/embeddings')) return send(response, 200, embeddings(body.input ?? []));
    if (!body.stream) return send(response, 200, completion(reply), reply.headers, reply.manner);
    return stream(response, reply);
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
  manner?: LlmReply['manner'],
): void {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  if (manner !== 'half' && manner !== 'stall') return void response.end(content);
  response.write(content.slice(0, -4));
  if (manner === 'half') setTimeout(() => response.destroy(), 20);
}

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const finishOf = ({ finish, toolCalls }: LlmReply) => finish ?? (toolCalls ? 'tool_calls' : 'stop');

function completion(reply: LlmReply): object {
  const toolCalls = reply.toolCalls?.map((call, place) => ({ id: `call-${place}`, type: 'function', function: call }));
  const message = { role: 'assistant', content: reply.content ?? null, ...(toolCalls && { tool_calls: toolCalls }) };
  return { object: 'chat.completion', choices: [{ index: 0, message, finish_reason: finishOf(reply) }], usage };
}

/** Text in pieces of seven characters; of each tool call the name first, then its arguments in two pieces. */
function* chunksOf(reply: LlmReply): Generator<object> {
  const choice = (delta: object, finish: string | null = null) => ({
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
    usage: null,
  });
  yield choice({ role: 'assistant', content: '' });
  for (const piece of reply.content?.match(/[\s\S]{1,7}/g) ?? []) yield choice({ content: piece });
  for (const [index, call] of (reply.toolCalls ?? []).entries()) {
    const half = Math.ceil(call.arguments.length / 2);
    const [first, second] = [call.arguments.slice(0, half), call.arguments.slice(half)];
    yield choice({ tool_calls: [{ index, id: `call-${index}`, function: { name: call.name, arguments: first } }] });
    yield choice({ tool_calls: [{ index, function: { arguments: second } }] });
  }
  yield choice({}, finishOf(reply));
  yield { object: 'chat.completion.chunk', choices: [], usage };
}

function stream(response: ServerResponse, reply: LlmReply): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', ...reply.headers });
  const chunks = [...chunksOf(reply)].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
  if (reply.manner === undefined) {
    response.end(`: a comment\n\n${chunks.join('')}data: [DONE]\n\n`);
    return;
  }
  response.write(chunks.slice(0, 3).join(''));
  if (reply.manner === 'half') setTimeout(() => response.end(), 20);
}

/** Three numbers that depend on the text, and are not of length 1. */
function embeddings(input: readonly string[]): object {
  const data = input.map((value, index) => ({ index, embedding: [value.length, value.charCodeAt(0), 1] }));
  return { object: 'list', data: data.toReversed(), usage: { prompt_tokens: 1, total_tokens: 1 } };
}

async function flood(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('data: "');
  while (!response.destroyed) {
    if (!response.write('a'.repeat(65_536))) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
}
