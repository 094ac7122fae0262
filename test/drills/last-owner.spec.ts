import { TwoOwners } from '../support/last-owner.js';
import { TestApp } from '../support/test-app.js';

const ROUNDS = 100;

// The short form is test/e2e/last-owner.spec.ts.
it(
  `S2-3 one owner is left after 50 parallel demotions and removals of the last two, ${ROUNDS} of ${ROUNDS} times`,
  async () => {
    const app = await TestApp.start();
    const owners = await TwoOwners.meet(app);
    try {
      for (let round = 0; round < ROUNDS; round += 1) await owners.fight();
    } finally {
      await owners.part();
      await app.stop();
    }
  },
  30 * 60_000,
);
