// @ts-check
import { provideDataset } from '../data/dataset.mjs';
import { drawReadTargets } from '../data/targets.mjs';
import { entrantOf } from '../systems/entrant.mjs';
import { READS_DATABASE, READS_SIZE } from './reads.mjs';

const SECRETS = 2_000;
const MOST_MICROS = 15;
const NOTHING = 'an empty call';
const BULKHEAD = 'Bulkhead';
const BARE = 'node:crypto';
const WRITE_BACK = 'read and write back';

/**
 * What a secret costs: P10, with a warm key; and how fast a rotation goes through many.
 * @param {import('../method/bench.mjs').Bench} bench
 */
export async function runCredentials(bench) {
  const { env, adminUrl, report } = bench;
  const dataset = await provideDataset({ name: READS_DATABASE, size: READS_SIZE, adminUrl, env, report });
  const [target] = await drawReadTargets(dataset, 1);
  const system = bench.start(BULKHEAD, 'credentials.mjs', dataset.env);
  await system.ask('open', { organizationId: target?.organizationId, secrets: SECRETS });
  const title = 'opening a secret with a warm key';
  return [
    await bench.compare({
      title: `${title}, one at a time`,
      entrants: [
        entrantOf(NOTHING, system, 'nothing'),
        entrantOf(BARE, system, 'openBare'),
        entrantOf(BULKHEAD, system, 'open'),
      ],
      goals: [
        { id: 'P10', title, variant: BULKHEAD, baseline: NOTHING, measure: 'addedMicros', bound: MOST_MICROS },
        { id: 'P10', title, variant: BULKHEAD, baseline: BARE, measure: 'throughput' },
      ],
      inFlight: 1,
      rounds: 15,
      seconds: 0.5,
    }),
    await bench.compare({
      title: `rotating ${SECRETS} secrets of one organization`,
      entrants: [entrantOf(WRITE_BACK, system, 'writeBack'), entrantOf(BULKHEAD, system, 'rotate')],
      goals: [
        {
          id: 'P10',
          title: `rotation of ${SECRETS} secrets`,
          variant: BULKHEAD,
          baseline: WRITE_BACK,
          measure: 'throughput',
        },
      ],
      inFlight: 1,
      rounds: 5,
      seconds: 4,
    }),
  ];
}
