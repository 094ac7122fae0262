// @ts-check
// cspell:words ORDINALITY
import { createRandom } from '../method/statistics.mjs';
import { withAdmin, writtenOrganizations } from './dataset.mjs';

/**
 * A row that operations ask for, and what they must find in it.
 * @typedef {{ id: string, organizationId: string, name: string, rowsOfOrganization: number }} Target
 */

const TARGETS = `
  SELECT id, organization_id AS "organizationId", name, $3::int AS "rowsOfOrganization"
    FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (number, place)
    JOIN businesses ON organization_id = bench.id('organization', number % $2) AND id = bench.id('business', number)
   ORDER BY place`;

/**
 * Draws rows from all organizations; the same ones in every run.
 * @param {import('./dataset.mjs').Dataset} dataset
 * @param {number} count
 * @returns {Promise<Target[]>}
 */
export async function drawReadTargets({ size, adminUrl }, count) {
  const random = createRandom(20_261_121);
  const readable = size.organizations - writtenOrganizations(size);
  const numbers = Array.from({ length: count }, () => {
    const organization = Math.floor(random() * readable);
    return organization + Math.floor(random() * size.rowsEach) * size.organizations;
  });
  return await findTargets(adminUrl, size, numbers);
}

/**
 * Returns the rows that may be changed. Neighbours in the list are different rows, so that writers do not wait for each other.
 * @param {import('./dataset.mjs').Dataset} dataset
 * @returns {Promise<Target[]>}
 */
export async function listWriteTargets({ size, adminUrl }) {
  const first = size.organizations - writtenOrganizations(size);
  const rows = Array.from({ length: size.rowsEach }, (_, row) => row * size.organizations);
  const numbers = rows.flatMap((row) =>
    Array.from({ length: writtenOrganizations(size) }, (_, index) => row + first + index),
  );
  return await findTargets(adminUrl, size, numbers);
}

/**
 * @param {string} adminUrl
 * @param {import('./dataset.mjs').Size} size
 * @param {number[]} numbers
 */
async function findTargets(adminUrl, size, numbers) {
  const values = [numbers, size.organizations, size.rowsEach];
  return await withAdmin(adminUrl, async (client) => {
    const { rows } = await client.query(TARGETS, values);
    if (rows.length === numbers.length) return /** @type {Target[]} */ (rows);
    throw new Error(
      `${numbers.length - rows.length} of the rows to measure with are missing. Remove the data folder of the benchmarks and run them again.`,
    );
  });
}
