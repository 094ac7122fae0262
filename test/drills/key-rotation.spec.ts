import { RotationTrial } from '../support/rotation-trial.js';
import { TestApp } from '../support/test-app.js';

process.env['TEST_DATABASE_SUFFIX'] = '_destroyed';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);

describe('credentials:rotate', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => await app.stop());

  it(`loses none of 10,000 secrets, killed at 20 random moments (TEST_SEED=${SEED})`, async () => {
    const trial = await RotationTrial.build(app, 5, 2_000, SEED);
    const killed = await trial.rotate(20, 1_500);
    expect(trial.problems).toEqual([]);
    expect(await trial.listLost()).toEqual([]);
    process.stdout.write(`${killed} runs killed, ${trial.reads} reads and ${trial.stores} stores meanwhile\n`);
  }, 900_000);
});
