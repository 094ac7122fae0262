import pg from 'pg';
import { LocalEmbedder } from '../../src/platform/llm/local-embedder.js';
import { toStoredVector } from '../../src/features/faqs/faq-signature.js';
import { superuserUrl } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

// So many that a search in all of them would show, and their embeddings are looked up by bands.
const MANY = 5_000;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];

describe('the search for questions', () => {
  const database = new pg.Client({ connectionString: superuserUrl() });

  beforeAll(async () => {
    // Has the database migrated.
    await (await TestApp.start()).stop();
    await database.connect();
    await database.query('BEGIN');
    await fill('bestays', MANY);
    await fill('realestate', MANY);
    await database.query('ANALYZE faq_documents, faq_embeddings, faq_words');
  }, 120_000);
  afterAll(async () => {
    await database.query('ROLLBACK');
    await database.end();
  });

  /** Documents of five words out of 2,000, with random embeddings; rolled back at the end. */
  async function fill(product: string, count: number): Promise<void> {
    await database.query(`SELECT set_config('app.product', $1, true)`, [product]);
    await database.query(
      `WITH category AS (
         INSERT INTO faq_categories (product, id, name, slug) VALUES ($1::text, gen_random_uuid(), 'Plans', 'plans') RETURNING id),
       documents AS (
         INSERT INTO faq_documents (product, id, category_id, question, answer, status, created_by, updated_by)
         SELECT $1::text, gen_random_uuid(), category.id, words.text, 'An answer to it.', 'PUBLISHED', gen_random_uuid(), gen_random_uuid()
           FROM category, generate_series(1, ${count}) n CROSS JOIN LATERAL (
             SELECT string_agg('term' || floor(random() * 2000 + g * 0)::int, ' ') AS text FROM generate_series(1, 5) g WHERE n > 0) words
         RETURNING id)
       INSERT INTO faq_embeddings (product, document_id, document_version, model, part, embedding, signature, bands)
       SELECT $1::text, id, 1, 'local-grams-256', 0, '{0.1}',
              ('x' || md5(id::text) || md5('other' || id::text))::bit(256),
              ARRAY(SELECT band * 1024 + floor(random() * 1024)::int FROM generate_series(1, 24) band WHERE id IS NOT NULL)
         FROM documents`,
      [product],
    );
  }

  /** The plans of every statement inside of what the app role asks, by the notices of auto_explain. */
  async function plansOf(question: string): Promise<PlanNode[]> {
    const [embedding = new Float32Array(256)] = await new LocalEmbedder().embed([question]);
    const vector = toStoredVector(embedding, 'local-grams-256');
    const plans: PlanNode[] = [];
    const listen = ({ message }: { message?: string | undefined }) => {
      const start = message?.indexOf('{') ?? -1;
      if (message && start >= 0) plans.push((JSON.parse(message.slice(start)) as { Plan: PlanNode }).Plan);
    };
    await database.query(`LOAD 'auto_explain'`);
    for (const [name, value] of [
      ['auto_explain.log_min_duration', '0'],
      ['auto_explain.log_nested_statements', 'on'],
      ['auto_explain.log_format', 'json'],
      ['client_min_messages', 'log'],
    ])
      await database.query('SELECT set_config($1, $2, true)', [name, value]);
    await database.query('SET LOCAL ROLE bulkhead_app');
    database.on('notice', listen);
    await database.query('SELECT * FROM search_faqs($1, $2, $3::real[], $4::bit(256), $5::int[], 5)', [
      question,
      'local-grams-256',
      vector.embedding,
      vector.signature,
      vector.bands,
    ]);
    database.off('notice', listen);
    await database.query('RESET ROLE');
    return plans.flatMap(flatten);
  }

  it('S4-19 uses its indexes as the app role, and scans no table', async () => {
    const nodes = await plansOf('term7 term8 term9x');
    const used = new Set(nodes.map((node) => node['Index Name']));
    for (const index of ['faq_documents_search_idx', 'faq_words_word_idx', 'faq_embeddings_bands_idx'])
      expect([...used]).toContain(index);
    const scanned = nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
    expect(scanned).toEqual([]);
  });

  it('has the indexes of its tables', async () => {
    const { rows } = await database.query<{ definition: string }>(
      `SELECT tablename || ' ' || substring(indexdef from '\\(.*\\)') AS definition FROM pg_indexes WHERE schemaname = 'public'`,
    );
    const starts = (wanted: string) => rows.some(({ definition }) => definition.startsWith(wanted));
    for (const wanted of [
      'faq_documents (product, status',
      'faq_embeddings (product, document_id',
      'faq_categories (product',
    ])
      expect([wanted, starts(wanted)]).toEqual([wanted, true]);
  });
});
