import { Injectable, Logger } from '@nestjs/common';
import type { KnowledgePiece, KnowledgeSource } from './knowledge-source.js';

/** Everything that answers can be grounded in; features put their sources in when they start. */
@Injectable()
export class KnowledgeRegistry {
  private readonly logger = new Logger(KnowledgeRegistry.name);
  private readonly sources = new Map<string, KnowledgeSource>();

  register(source: KnowledgeSource): void {
    this.sources.set(source.kind, source);
  }

  /**
   * Returns the best pieces of each source in turn, `most` together. A source that fails is left out.
   * @throws the reason of `signal`
   */
  async find(question: string, most: number, signal: AbortSignal): Promise<KnowledgePiece[]> {
    const found = await Promise.all(
      [...this.sources.values()].map(async (source) => {
        try {
          return await source.find(question, most, signal);
        } catch (error) {
          signal.throwIfAborted();
          this.logger.warn({ err: error }, `The source ${source.kind} could not be asked.`);
          return [];
        }
      }),
    );
    const longest = Math.max(0, ...found.map((pieces) => pieces.length));
    const inTurn = Array.from({ length: longest }, (_, place) => found.flatMap((pieces) => pieces[place] ?? []));
    return inTurn.flat().slice(0, most);
  }
}
