// @ts-check
import { provideDataset } from '../data/dataset.mjs';
import { drawReadTargets, listWriteTargets } from '../data/targets.mjs';
import { entrantOf } from '../systems/entrant.mjs';

/** @typedef {import('../method/compare.mjs').Comparison} Comparison */

export const READS_DATABASE = 'bulkhead_bench';
export const READS_SIZE = { organizations: 100_000, rowsEach: 20 };
const READ_TARGETS = 100_000;
const IN_FLIGHT = 16;
// Ratios near their goal need the narrower interval of more rounds.
const ROUNDS = 31;

const PLAIN = 'without isolation';
const BULKHEAD = 'Bulkhead';
const BULKHEAD_SQL = 'Bulkhead, SQL';
const EXTENSION = 'prisma-extension-rls';

/**
 * What isolation costs one call: P1, P2 and P3.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runReads(bench) {
  const systems = await openSystems(bench);
  const outcomes = [];
  for (const comparison of [
    ...sqlReads(systems),
    prismaRead(systems),
    ...prismaUniqueReads(systems),
    ...prismaOperations(systems),
  ]) {
    outcomes.push(await bench.compare(comparison));
  }
  return outcomes;
}

/**
 * @typedef {Awaited<ReturnType<typeof openSystems>>} Systems
 * @param {import('../method/bench.mjs').Bench} bench
 */
async function openSystems(bench) {
  const { env, adminUrl, report } = bench;
  const dataset = await provideDataset({ name: READS_DATABASE, size: READS_SIZE, adminUrl, env, report });
  const targets = { read: await drawReadTargets(dataset, READ_TARGETS), write: await listWriteTargets(dataset) };
  const systems = {
    plain: bench.start(PLAIN, 'plain.mjs', dataset.env),
    bulkhead: bench.start(BULKHEAD, 'bulkhead.mjs', dataset.env),
    extension: bench.start(EXTENSION, 'rls-extension.mjs', dataset.env),
  };
  for (const system of Object.values(systems)) await system.ask('open', { targets });
  return systems;
}

/**
 * @param {Systems} systems
 * @returns {Comparison[]}
 */
function sqlReads({ plain, bulkhead }) {
  const entrants = [
    entrantOf(PLAIN, plain, 'readBySql', { hasSameAnswers: true }),
    entrantOf(BULKHEAD, bulkhead, 'readBySql', { hasSameAnswers: true }),
  ];
  const pair = { id: 'P1', variant: BULKHEAD, baseline: PLAIN };
  return [
    {
      title: `SQL read by id, ${IN_FLIGHT} in flight`,
      entrants,
      goals: [{ ...pair, title: 'SQL read by id', measure: 'throughput', bound: 0.85 }],
      inFlight: IN_FLIGHT,
      rounds: ROUNDS,
      seconds: 0.5,
    },
    {
      title: 'SQL read by id, one at a time',
      entrants,
      goals: [{ ...pair, title: 'SQL read by id', measure: 'latency', bound: 0.9 }],
      inFlight: 1,
      rounds: ROUNDS,
      seconds: 0.5,
      isTimed: true,
    },
  ];
}

/**
 * @param {Systems} systems
 * @returns {Comparison}
 */
function prismaRead({ plain, bulkhead, extension }) {
  const title = 'Prisma findFirst by id';
  return {
    title: `${title}, ${IN_FLIGHT} in flight`,
    entrants: [
      entrantOf(PLAIN, plain, 'findFirst', { hasSameAnswers: true }),
      entrantOf(BULKHEAD, bulkhead, 'findFirst', { hasSameAnswers: true }),
      entrantOf(BULKHEAD_SQL, bulkhead, 'readBySql', { hasSameAnswers: true }),
      entrantOf(EXTENSION, extension, 'findFirst', { hasSameAnswers: true }),
    ],
    goals: [
      { id: 'P2', title, variant: BULKHEAD, baseline: PLAIN, measure: 'throughput', bound: 0.95 },
      { id: 'P3', title, variant: BULKHEAD, baseline: EXTENSION, measure: 'throughput', bound: 3 },
      {
        id: 'P3',
        title: 'SQL read by id',
        variant: BULKHEAD_SQL,
        baseline: EXTENSION,
        measure: 'throughput',
        bound: 10,
      },
    ],
    inFlight: IN_FLIGHT,
    rounds: ROUNDS,
    seconds: 0.5,
  };
}

/**
 * Prisma merges the findUnique calls of one tick into one statement, whoever made them. Isolation forbids that, so only
 * one at a time is the same work; the merged reads are shown without a goal.
 * @param {Systems} systems
 * @returns {Comparison[]}
 */
function prismaUniqueReads({ plain, bulkhead }) {
  const entrants = [
    entrantOf(PLAIN, plain, 'findUnique', { hasSameAnswers: true }),
    entrantOf(BULKHEAD, bulkhead, 'findUnique', { hasSameAnswers: true }),
  ];
  const pair = { id: 'P2', variant: BULKHEAD, baseline: PLAIN, measure: /** @type {const} */ ('throughput') };
  return [
    {
      title: 'Prisma findUnique by compound id, one at a time',
      entrants,
      goals: [{ ...pair, title: 'Prisma findUnique by compound id', bound: 0.95 }],
      inFlight: 1,
      rounds: ROUNDS,
      seconds: 0.5,
    },
    {
      title: `Prisma findUnique by compound id, ${IN_FLIGHT} in flight`,
      entrants,
      goals: [{ ...pair, title: 'Prisma findUnique, which merges calls' }],
      inFlight: IN_FLIGHT,
      rounds: 5,
      seconds: 0.5,
    },
  ];
}

/**
 * @param {Systems} systems
 * @returns {Comparison[]}
 */
function prismaOperations({ plain, bulkhead }) {
  const operations = [
    { operation: 'create', title: 'Prisma create', bound: 0.95 },
    { operation: 'updateMany', title: 'Prisma updateMany by id', bound: 0.95 },
    { operation: 'count', title: 'Prisma count', bound: 0.95 },
    { operation: 'transaction', title: 'Prisma transaction of 3 statements', bound: 0.9 },
  ];
  return operations.map(({ operation, title, bound }) => ({
    title: `${title}, ${IN_FLIGHT} in flight`,
    entrants: [entrantOf(PLAIN, plain, operation), entrantOf(BULKHEAD, bulkhead, operation)],
    goals: [{ id: 'P2', title, variant: BULKHEAD, baseline: PLAIN, measure: 'throughput', bound }],
    inFlight: IN_FLIGHT,
    rounds: ROUNDS,
    seconds: 0.5,
  }));
}
