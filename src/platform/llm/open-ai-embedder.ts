import { z } from 'zod';
import { Embedder, normalize } from './embedder.js';
import type { LlmHttp } from './llm-http.js';
import { LlmProblem } from './llm-problem.js';

const MAX_TEXTS = 128;
/** About 8,000 tokens, which is what the models of OpenAI read at most. */
const MAX_CHARACTERS = 24_000;
const answer = z.object({
  data: z.array(z.object({ index: z.number().int().min(0), embedding: z.array(z.number()).min(1).max(8_192) })),
});

/** Asks an endpoint that speaks https://platform.openai.com/docs/api-reference/embeddings */
export class OpenAiEmbedder extends Embedder {
  constructor(
    private readonly http: LlmHttp,
    override readonly model: string,
  ) {
    super();
  }

  override async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    for (let start = 0; start < texts.length; start += MAX_TEXTS) {
      vectors.push(...(await this.embedSome(texts.slice(start, start + MAX_TEXTS), signal)));
    }
    return vectors;
  }

  private async embedSome(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    // An empty text is refused by the endpoint.
    const input = texts.map((text) => text.slice(0, MAX_CHARACTERS).trim() || '-');
    const body = await this.http.ask({ path: 'embeddings', body: { model: this.model, input }, signal });
    const parsed = answer.safeParse(body);
    const vectors = parsed.data?.data.toSorted((a, b) => a.index - b.index) ?? [];
    const isWhole = vectors.length === texts.length && vectors.every(({ index }, place) => index === place);
    if (!isWhole) throw new LlmProblem('unreadable', 'NO_EMBEDDINGS');
    return vectors.map(({ embedding }) => normalize(Float32Array.from(embedding)));
  }
}
