// @ts-check
import { provideFaqs } from '../data/faqs.mjs';
import { entrantOf } from '../systems/entrant.mjs';

/** Of two products together; BENCH_FAQ_DOCUMENTS for a try with fewer. */
const DOCUMENTS = Number(process.env['BENCH_FAQ_DOCUMENTS'] ?? 100_000);
const ROUNDS = 15;
/** 30 ms for each. */
const PER_SECOND = 1_000 / 30;

const HYBRID = 'hybrid search';
const POLICIES = 'full text behind the policies';

/**
 * What a search among many questions costs: by words, words that look alike and meaning, against full text alone where no
 * index can be used.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runFaq(bench) {
  const { dataset, targets } = await provideFaqs(bench, DOCUMENTS);
  const system = bench.start('Bulkhead', 'faqs.mjs', dataset.env);
  await system.ask('open', { targets: { read: targets, write: [] } });
  const title = `search in ${DOCUMENTS.toLocaleString('en')} questions of 2 products`;
  const goal = { id: 'FAQ', title, variant: HYBRID, baseline: POLICIES };
  const outcome = await bench.compare({
    title: `${title}, one at a time`,
    entrants: [entrantOf(HYBRID, system, 'searchFaqs'), entrantOf(POLICIES, system, 'searchFaqsByPolicies')],
    goals: [
      { ...goal, measure: 'perSecond', bound: PER_SECOND },
      { ...goal, measure: 'latency' },
    ],
    inFlight: 1,
    rounds: ROUNDS,
    seconds: 1,
    isTimed: true,
  });
  return [outcome];
}
