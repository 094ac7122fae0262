// @ts-check
import { LocalEmbedder } from '../../dist/platform/llm/local-embedder.js';
import { toStoredVector } from '../../dist/features/faqs/faq-signature.js';
import { createRandom } from '../method/statistics.mjs';
import { provideDataset, withAdmin } from './dataset.mjs';

const SIZE = { organizations: 10, rowsEach: 10 };
const PRODUCTS = ['bestays', 'realestate'];
const WORDS = 5_000;
const WORDS_OF_QUESTION = 8;
const WORDS_OF_ANSWER = 60;
const BATCH = 500;
const TARGETS = 2_000;
const SYLLABLES =
  'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru'.split(' ');

const INSERT = `
  WITH given AS (SELECT * FROM jsonb_to_recordset($3::jsonb) g (id uuid, question text, answer text, embedding jsonb, signature text, bands jsonb)),
  documents AS (
    INSERT INTO faq_documents (product, id, category_id, question, answer, status, published_at, created_by, updated_by)
    SELECT $1::text, id, $2::uuid, question, answer, 'PUBLISHED', now(), id, id FROM given)
  INSERT INTO faq_embeddings (product, document_id, document_version, model, part, embedding, signature, bands)
  SELECT $1::text, id, 1, 'local-grams-256', 0, ARRAY(SELECT v::real FROM jsonb_array_elements_text(embedding) v),
         signature::bit(256), ARRAY(SELECT b::int FROM jsonb_array_elements_text(bands) b) FROM given`;

/**
 * Returns a database in which two products have so many published questions together, and some of the first one's.
 * @param {import('../method/bench.mjs').Bench} bench
 * @param {number} documents
 */
export async function provideFaqs({ env, adminUrl, report }, documents) {
  const name = `bulkhead_bench_faq_${documents}`;
  const dataset = await provideDataset({ name, size: SIZE, adminUrl, env, report });
  const targets = await withAdmin(dataset.adminUrl, async (client) => {
    const { rows } = await client.query('SELECT count(*)::int AS count FROM faq_documents');
    if (rows[0].count < documents) {
      report(`Filling ${name}: ${documents.toLocaleString('en')} questions of ${PRODUCTS.length} products …`);
      await client.query(
        'TRUNCATE faq_embeddings, faq_document_versions, faq_related, faq_documents, faq_categories, faq_words',
      );
      for (const product of PRODUCTS) await fill(client, product, documents / PRODUCTS.length);
      await client.query('VACUUM ANALYZE faq_documents, faq_embeddings, faq_words');
    }
    const text = `
      SELECT id, id AS "organizationId", question AS name, 0 AS "rowsOfOrganization" FROM faq_documents
       WHERE product = $1 ORDER BY md5(id::text) LIMIT ${TARGETS}`;
    return /** @type {import('./targets.mjs').Target[]} */ ((await client.query(text, [PRODUCTS[0]])).rows);
  });
  return { dataset, targets };
}

/**
 * @param {import('pg').Client} client
 * @param {string} product
 * @param {number} count
 */
async function fill(client, product, count) {
  const embedder = new LocalEmbedder();
  const category = `INSERT INTO faq_categories (product, id, name, slug) VALUES ($1, bench.id($2, 1), 'All', 'all') RETURNING id`;
  const [{ id: categoryId }] = (await client.query(category, [product, `category ${product}`])).rows;
  const draw = createRandom(PRODUCTS.indexOf(product) + 1);
  for (let start = 0; start < count; start += BATCH) {
    const texts = Array.from({ length: Math.min(BATCH, count - start) }, () => ({
      question: sentence(draw, WORDS_OF_QUESTION),
      answer: sentence(draw, WORDS_OF_ANSWER),
    }));
    const vectors = await embedder.embed(texts.map(({ question }) => question));
    const rows = texts.map((text, place) => ({
      ...text,
      id: idOf(product, start + place),
      ...toStoredVector(/** @type {Float32Array} */ (vectors[place]), embedder.model),
    }));
    await client.query(INSERT, [product, categoryId, JSON.stringify(rows)]);
  }
}

/** @param {() => number} draw @param {number} length */
function sentence(draw, length) {
  return Array.from({ length }, () => wordOf(Math.floor(WORDS * draw() ** 2))).join(' ');
}

/** @param {number} number */
function wordOf(number) {
  const base = SYLLABLES.length;
  return [number % base, Math.floor(number / base) % base, Math.floor(number / base ** 2) % base, (number * 7) % base]
    .map((place) => SYLLABLES[place])
    .join('');
}

/** @param {string} product @param {number} number */
function idOf(product, number) {
  const half = product === PRODUCTS[0] ? 'a' : 'b';
  return `0193fa00-0000-7000-8${half}00-${number.toString(16).padStart(12, '0')}`;
}
