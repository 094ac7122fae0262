import { Global, Module } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { AssistantTools } from './assistant-tools.js';
import { Embedder } from './embedder.js';
import { KnowledgeRegistry } from './knowledge.registry.js';
import { LanguageModel } from './language-model.js';
import { LlmHttp } from './llm-http.js';
import { LocalEmbedder } from './local-embedder.js';
import { OpenAiEmbedder } from './open-ai-embedder.js';
import { OpenAiModel } from './open-ai-model.js';

@Global()
@Module({
  imports: [MetricsModule],
  providers: [
    AssistantTools,
    KnowledgeRegistry,
    LlmHttp,
    { provide: LanguageModel, useClass: OpenAiModel },
    {
      provide: Embedder,
      inject: [Configuration, LlmHttp],
      useFactory: (configuration: Configuration, http: LlmHttp): Embedder => {
        const model = configuration.get('LLM_EMBEDDING_MODEL');
        return model === undefined ? new LocalEmbedder() : new OpenAiEmbedder(http, model);
      },
    },
  ],
  exports: [AssistantTools, KnowledgeRegistry, LanguageModel, Embedder],
})
export class LlmModule {}
