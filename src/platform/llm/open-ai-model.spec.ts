import { Registry } from 'prom-client';
import { LlmServer } from '../../../test/support/llm-server.js';
import type { Configuration } from '../config/configuration.js';
import type { MetricsService } from '../metrics/metrics.service.js';
import type { LlmMessage, LlmPart } from './language-model.js';
import { LlmHttp } from './llm-http.js';
import { OpenAiEmbedder } from './open-ai-embedder.js';
import { OpenAiModel } from './open-ai-model.js';

const QUESTION: LlmMessage[] = [{ role: 'user', content: 'Hello?' }];
const OPTIONS = { maxTokens: 50 };
const TOOL = { name: 'lookup', description: 'Looks something up.', parameters: { type: 'object' } };

describe(OpenAiModel.name, () => {
  let server: LlmServer;
  let model: OpenAiModel;
  let embedder: OpenAiEmbedder;
  let registry: Registry;

  beforeAll(async () => (server = await LlmServer.start()));
  afterAll(async () => await server.stop());
  beforeEach(() => {
    server.reset();
    build();
  });

  function build(environment: NodeJS.ProcessEnv = server.environment, timeoutMs = 5_000): void {
    const settings: Record<string, unknown> = { ...environment, LLM_TIMEOUT_MS: timeoutMs };
    const configuration = { get: (name: string) => settings[name] } as unknown as Configuration;
    registry = new Registry();
    const http = new LlmHttp(configuration, { registry } as unknown as MetricsService);
    model = new OpenAiModel(http, configuration);
    embedder = new OpenAiEmbedder(http, 'test-embedding');
  }

  async function collect(parts: AsyncIterable<LlmPart>): Promise<LlmPart[]> {
    const all: LlmPart[] = [];
    for await (const part of parts) all.push(part);
    return all;
  }

  it('gives the whole answer, its tool calls and what it cost', async () => {
    server.reply = () => ({ content: 'Let me see.', toolCalls: [{ name: 'lookup', arguments: '{"id":1}' }] });
    const answer = await model.complete(QUESTION, { ...OPTIONS, tools: [TOOL] });
    expect(answer).toEqual({
      content: 'Let me see.',
      toolCalls: [{ id: 'call-0', name: 'lookup', arguments: { id: 1 } }],
      finish: 'tools',
      usage: { inputTokens: 11, outputTokens: 7 },
    });
    const [request] = server.requests;
    expect(request?.body).toMatchObject({ model: 'test-model', messages: QUESTION, max_tokens: 50 });
    expect(request?.body.tools?.[0]).toEqual({ type: 'function', function: TOOL });
  });

  it('gives the same while it is written', async () => {
    server.reply = () => ({
      content: 'A first sentence.',
      toolCalls: [
        { name: 'lookup', arguments: '{"id":1}' },
        { name: 'other', arguments: 'no json' },
      ],
    });
    const parts = await collect(model.stream(QUESTION, OPTIONS));
    expect(parts.filter(({ type }) => type === 'text').length).toBeGreaterThan(1);
    expect(parts.at(-1)).toMatchObject({
      type: 'end',
      answer: {
        content: 'A first sentence.',
        toolCalls: [{ arguments: { id: 1 } }, { name: 'other', arguments: null }],
        usage: { inputTokens: 11 },
      },
    });
  });

  it('hands results of tools back in the form of the API', async () => {
    const toolCalls = [{ id: 'call-0', name: 'lookup', arguments: { id: 1 } }];
    await model.complete(
      [
        ...QUESTION,
        { role: 'assistant', content: '', toolCalls },
        { role: 'tool', toolCallId: 'call-0', content: '1' },
      ],
      OPTIONS,
    );
    expect(server.requests[0]?.body.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'call-0', type: 'function', function: { name: 'lookup', arguments: '{"id":1}' } }],
      },
      { role: 'tool', tool_call_id: 'call-0', content: '1' },
    ]);
  });

  it('repeats what may pass by itself, and only that', async () => {
    server.reply = (_, count) => (count === 1 ? { status: 500 } : { content: 'At last.' });
    expect((await model.complete(QUESTION, OPTIONS)).content).toBe('At last.');
    server.requests.length = 0;
    server.reply = (_, count) => (count === 1 ? { status: 429, headers: { 'retry-after': '0' } } : { content: 'Now.' });
    expect((await collect(model.stream(QUESTION, OPTIONS))).at(-1)).toMatchObject({ answer: { content: 'Now.' } });
    server.requests.length = 0;
    server.reply = () => ({ status: 400 });
    await expect(model.complete(QUESTION, OPTIONS)).rejects.toMatchObject({ code: 'LLM_REFUSED', kind: 'refused' });
    expect(server.requests).toHaveLength(1);
  });

  it('names the limit of tokens as the endpoint wants it', async () => {
    const error = { code: 'unsupported_parameter', param: 'max_tokens' };
    server.reply = ({ body }) =>
      body.max_tokens ? { status: 400, body: JSON.stringify({ error }) } : { content: 'Yes.' };
    expect((await collect(model.stream(QUESTION, OPTIONS))).at(-1)).toMatchObject({ answer: { content: 'Yes.' } });
    expect((await model.complete(QUESTION, OPTIONS)).content).toBe('Yes.');
    expect(server.requests.map(({ body }) => body.max_completion_tokens)).toEqual([undefined, 50, 50]);
  });

  it.each(['half', 'close', 'huge'] as const)('takes an answer that is %s for none', async (manner) => {
    server.reply = () => ({ content: 'A longer answer to break off.', manner });
    await expect(model.complete(QUESTION, OPTIONS)).rejects.toMatchObject({ code: 'LLM_UNAVAILABLE' });
    await expect(collect(model.stream(QUESTION, OPTIONS))).rejects.toMatchObject({ code: 'LLM_UNAVAILABLE' });
  });

  it.each([
    ['no JSON', '<html>'],
    ['another object', '{"choices":[]}'],
    ['a list', '[]'],
    ['null', 'null'],
  ])('takes %s for no answer', async (_, body) => {
    server.reply = () => ({ body });
    await expect(model.complete(QUESTION, OPTIONS)).rejects.toMatchObject({ kind: 'unreadable' });
    await expect(collect(model.stream(QUESTION, OPTIONS))).rejects.toMatchObject({ kind: 'unreadable' });
    server.reply = () => ({ body: `data: ${body}\n\n`, headers: { 'Content-Type': 'text/event-stream' } });
    await expect(collect(model.stream(QUESTION, OPTIONS))).rejects.toMatchObject({ kind: 'unreadable' });
  });

  it.each(['silent', 'stall'] as const)('gives up on an endpoint that is %s', async (manner) => {
    build(server.environment, 300);
    server.reply = () => ({ content: 'A longer answer to break off.', manner });
    await expect(model.complete(QUESTION, OPTIONS)).rejects.toMatchObject({ code: 'LLM_UNAVAILABLE' });
    await expect(collect(model.stream(QUESTION, OPTIONS))).rejects.toMatchObject({ code: 'LLM_UNAVAILABLE' });
  });

  it('leaves an endpoint that is down alone for a while', async () => {
    server.reply = () => ({ status: 503 });
    for (let count = 0; count < 3; count++) await model.complete(QUESTION, OPTIONS).catch(() => undefined);
    const asked = server.requests.length;
    await expect(model.complete(QUESTION, OPTIONS)).rejects.toMatchObject({ evidence: 'CIRCUIT_OPEN' });
    expect(server.requests).toHaveLength(asked);
    expect(asked).toBe(5);
  });

  it('ends with the reason of the caller, who then waits for nothing', async () => {
    server.reply = () => ({ content: 'A longer answer to break off.', manner: 'stall' });
    const controller = new AbortController();
    const reason = new Error('The visitor left.');
    const options = { ...OPTIONS, signal: controller.signal };
    const asking = model.complete(QUESTION, options);
    const streaming = (async () => {
      for await (const { type } of model.stream(QUESTION, options)) if (type === 'text') controller.abort(reason);
    })();
    await expect(streaming).rejects.toBe(reason);
    await expect(asking).rejects.toBe(reason);
  });

  it('hangs up when nobody listens any more', async () => {
    server.reply = () => ({ content: 'A longer answer to break off.', manner: 'stall' });
    for await (const { type } of model.stream(QUESTION, OPTIONS)) if (type === 'text') break;
    while (server.openConnections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('makes vectors of length 1 in the order of the texts', async () => {
    const vectors = await embedder.embed(['a', 'bb', '']);
    expect(vectors).toHaveLength(3);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1);
    expect((vectors[1]?.[0] ?? 0) / (vectors[1]?.[2] ?? 1)).toBeCloseTo(2);
    server.reply = () => ({ body: '{"data":[]}' });
    await expect(embedder.embed(['a'])).rejects.toMatchObject({ kind: 'unreadable' });
  });

  it('says so when none is set up, and never shows the key', async () => {
    server.reply = () => ({ status: 401 });
    const refused = await model.complete(QUESTION, OPTIONS).catch((error: unknown) => error);
    expect(JSON.stringify(refused) + String(refused) + (await registry.metrics())).not.toContain(LlmServer.key);
    build({});
    expect(model.isConfigured).toBe(false);
    await expect(model.complete(QUESTION, OPTIONS)).rejects.toMatchObject({ code: 'LLM_NOT_CONFIGURED' });
    await expect(collect(model.stream(QUESTION, OPTIONS))).rejects.toMatchObject({ code: 'LLM_NOT_CONFIGURED' });
  });
});
