import { OPERATIONS } from '../support/isolation-cases.js';
import { describeMatrix, LARGE_SAMPLE, MODELS, operationsOf } from '../support/isolation-suite.js';
import { WalledDatabase } from '../support/isolation-walls.js';

const BOTH_WALLS = { filter: true, rowLevelSecurity: true };

it('tries every operation that Prisma offers', async () => {
  const walled = await WalledDatabase.open(BOTH_WALLS);
  try {
    const tried = Object.keys(OPERATIONS).sort();
    for (const model of MODELS) expect(operationsOf(walled, model).sort()).toEqual(tried);
  } finally {
    await walled.close();
  }
});

describeMatrix('both walls', BOTH_WALLS, { tried: LARGE_SAMPLE });
