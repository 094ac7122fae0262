// @ts-check
import { provideDataset, withAdmin } from '../data/dataset.mjs';
import { drawReadTargets, listWriteTargets } from '../data/targets.mjs';
import { entrantOf } from '../systems/entrant.mjs';
import { READS_DATABASE, READS_SIZE } from './reads.mjs';

/** So many organizations are at work at a time. One that was not for long costs a round trip and a signature more. */
const READ_TARGETS = 1_000;
const IN_FLIGHT = 32;
/** So many callers that batches are full. */
const IN_FLIGHT_RECORDS = 2_000;
const ROUNDS = 15;
/** 2,000 transactions at once wait long for eight connections. */
const PATIENT = { DATABASE_WAIT_MS: '60000' };

// The same columns and indexes that the audit log had before it was a chain.
const PLAIN_TABLE = `
  DROP TABLE IF EXISTS plain_audit_logs;
  CREATE TABLE plain_audit_logs (LIKE audit_logs INCLUDING DEFAULTS INCLUDING INDEXES);
  DROP INDEX plain_audit_logs_organization_id_sequence_idx;
  ALTER TABLE plain_audit_logs ALTER sequence DROP NOT NULL, ALTER form DROP NOT NULL, ALTER previous_hash DROP NOT NULL,
    ALTER hash DROP NOT NULL;
  ALTER TABLE plain_audit_logs ADD FOREIGN KEY (organization_id, product) REFERENCES organizations (id, product);
  ALTER TABLE plain_audit_logs OWNER TO bulkhead_owner;
  SET ROLE bulkhead_owner;
  SELECT isolate_by_organization('plain_audit_logs', append_only => true);
  RESET ROLE`;

/**
 * What it costs to have every access on the record, durably, before the answer: P7 and P8.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runAudit(bench) {
  const { env, adminUrl, report } = bench;
  const dataset = await provideDataset({ name: READS_DATABASE, size: READS_SIZE, adminUrl, env, report });
  await withAdmin(dataset.adminUrl, (client) => client.query(PLAIN_TABLE));
  const targets = { read: await drawReadTargets(dataset, READ_TARGETS), write: await listWriteTargets(dataset) };
  const system = bench.start('Bulkhead', 'audited.mjs', { ...dataset.env, ...PATIENT });
  await system.ask('open', { targets });
  const outcomes = [];
  for (const comparison of [auditedReads(system), chainedRecords(system)])
    outcomes.push(await bench.compare(comparison));
  return outcomes;
}

/**
 * @param {import('../method/contestant.mjs').Contestant} system
 * @returns {import('../method/compare.mjs').Comparison}
 */
function auditedReads(system) {
  const [audited, unaudited, inserted] = ['audited by group commit', 'not audited', 'one INSERT per read'];
  const title = 'SQL read by id, audited before the answer';
  const goal = { id: 'P7', title, variant: audited, measure: /** @type {const} */ ('throughput') };
  return {
    title: `${title}, ${IN_FLIGHT} in flight`,
    entrants: [
      entrantOf(unaudited, system, 'readUnaudited', { hasSameAnswers: true }),
      entrantOf(audited, system, 'readAudited', { hasSameAnswers: true }),
      entrantOf(inserted, system, 'readWithInsert', { hasSameAnswers: true }),
    ],
    goals: [
      { ...goal, baseline: unaudited, bound: 0.55 },
      { ...goal, baseline: inserted, bound: 2 },
    ],
    inFlight: IN_FLIGHT,
    rounds: ROUNDS,
    seconds: 0.75,
  };
}

/**
 * @param {import('../method/contestant.mjs').Contestant} system
 * @returns {import('../method/compare.mjs').Comparison}
 */
function chainedRecords(system) {
  const [batched, alone] = ['in batches', 'one transaction each'];
  const title = 'Chained audit record';
  return {
    title: `${title}, ${IN_FLIGHT_RECORDS.toLocaleString('en')} in flight`,
    entrants: [entrantOf(alone, system, 'recordAlone'), entrantOf(batched, system, 'record')],
    goals: [{ id: 'P8', title, variant: batched, baseline: alone, measure: 'throughput', bound: 10 }],
    inFlight: IN_FLIGHT_RECORDS,
    rounds: ROUNDS,
    seconds: 0.75,
  };
}
