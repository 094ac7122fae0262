// @ts-check
import { provideClients } from '../data/client-data.mjs';
import { entrantOf } from '../systems/entrant.mjs';

const ROUNDS = 31;
const CACHED = 'cached';
const UNCACHED = 'uncached';
const BY_HAND = 'one query on pg';
const REDIS = 'Redis GET';
const STAMPEDE = '1,000 readers of a cold client';
const ONE_LOAD = 'one load of a cold client';

/**
 * What a client with its credentials, projects and keywords costs, from the cache and from the database: P9 and P9b.
 * Without audit record and decryption: both cost every variant the same.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runCache(bench) {
  const { dataset, targets } = await provideClients(bench);
  const bulkhead = bench.start('Bulkhead', 'client-data.mjs', dataset.env);
  const plain = bench.start(BY_HAND, 'client-data-by-hand.mjs', dataset.env);
  for (const system of [bulkhead, plain]) await system.ask('open', { targets: { read: targets, write: [] } });
  const outcomes = [];
  for (const comparison of [...bundles(bulkhead, plain), stampede(bulkhead)])
    outcomes.push(await bench.compare(comparison));
  return outcomes;
}

/**
 * @param {import('../method/contestant.mjs').Contestant} bulkhead
 * @param {import('../method/contestant.mjs').Contestant} plain
 * @returns {import('../method/compare.mjs').Comparison[]}
 */
function bundles(bulkhead, plain) {
  const title = 'client bundle';
  const uncached = entrantOf(UNCACHED, bulkhead, 'clientUncached', { hasSameAnswers: true });
  const byHand = entrantOf(BY_HAND, plain, 'clientByHand', { hasSameAnswers: true });
  return [
    {
      title: 'client bundle, 32 in flight',
      entrants: [
        uncached,
        entrantOf(CACHED, bulkhead, 'clientCached', { hasSameAnswers: true }),
        entrantOf(REDIS, bulkhead, 'clientFromRedis', { hasSameAnswers: true }),
        byHand,
      ],
      goals: [
        { id: 'P9', title, variant: CACHED, baseline: UNCACHED, measure: 'throughput', bound: 5 },
        { id: 'P9', title, variant: CACHED, baseline: REDIS, measure: 'throughput', bound: 0.8 },
        { id: 'P9', title, variant: UNCACHED, baseline: BY_HAND, measure: 'throughput', bound: 1 / 1.5 },
      ],
      inFlight: 32,
      rounds: ROUNDS,
      seconds: 0.5,
    },
    {
      title: 'client bundle, one at a time',
      entrants: [uncached, byHand],
      goals: [{ id: 'P9', title, variant: UNCACHED, baseline: BY_HAND, measure: 'latency', bound: 1 / 1.5 }],
      inFlight: 1,
      rounds: ROUNDS,
      seconds: 0.5,
      isTimed: true,
    },
  ];
}

/**
 * Both loads take 20 ms longer than PostgreSQL needs: what counts is who waits for whom.
 * @param {import('../method/contestant.mjs').Contestant} bulkhead
 * @returns {import('../method/compare.mjs').Comparison}
 */
function stampede(bulkhead) {
  return {
    title: STAMPEDE,
    entrants: [
      entrantOf(ONE_LOAD, bulkhead, 'clientLoadedByOne'),
      entrantOf(STAMPEDE, bulkhead, 'clientLoadedByThousand'),
    ],
    goals: [
      { id: 'P9b', title: 'the last waits', variant: STAMPEDE, baseline: ONE_LOAD, measure: 'latency', bound: 0.5 },
    ],
    inFlight: 1,
    rounds: 15,
    seconds: 1,
    isTimed: true,
  };
}
