// @ts-check
// The product's search for questions, composed as in the application, and what it is compared with.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FaqReadingRepository } from '../../dist/features/faqs/faq-reading.repository.js';
import { toStoredVector } from '../../dist/features/faqs/faq-signature.js';
import { ConfigModule } from '../../dist/platform/config/config.module.js';
import { DatabaseModule } from '../../dist/platform/database/database.module.js';
import { ProductSql } from '../../dist/platform/database/product-sql.js';
import { LocalEmbedder } from '../../dist/platform/llm/local-embedder.js';
import { ANONYMOUS, createContext, OrganizationContextService, TenancyModule } from '../../dist/tenancy/index.js';
import { PRODUCT } from '../data/dataset.mjs';
import { serveSystem } from './serve-system.mjs';

const LIMIT = 5;
/** What is written without a function that looks behind the policies. */
const BY_POLICIES = `
  SELECT id FROM faq_documents
   WHERE product = $1 AND status = 'PUBLISHED' AND search @@ websearch_to_tsquery('english', $2)
   ORDER BY ts_rank_cd(search, websearch_to_tsquery('english', $2)) DESC LIMIT ${LIMIT}`;

class BenchmarkedModule {}
Module({ imports: [TenancyModule, ConfigModule, DatabaseModule], providers: [FaqReadingRepository] })(
  BenchmarkedModule,
);

serveSystem(async () => {
  const app = await NestFactory.createApplicationContext(BenchmarkedModule, { logger: ['error', 'warn'] });
  const contexts = app.get(OrganizationContextService);
  const repository = app.get(FaqReadingRepository);
  const sql = app.get(ProductSql);
  const embedder = new LocalEmbedder();
  const facts = { product: PRODUCT, organizationId: null, actor: ANONYMOUS, role: null, requestId: 'bench' };
  const context = createContext({ ...facts, entryPoint: 'http' });

  return {
    searchFaqs: async ({ name }) =>
      await contexts.run(context, async () => {
        const [vector] = await embedder.embed([name]);
        const stored = toStoredVector(/** @type {Float32Array} */ (vector), embedder.model);
        return await repository.search({
          question: name,
          model: embedder.model,
          vector: stored,
          categoryId: null,
          limit: LIMIT,
        });
      }),
    searchFaqsByPolicies: async ({ name }) =>
      await contexts.run(context, async () => await sql.query(BY_POLICIES, name)),
  };
});
