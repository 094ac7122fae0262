import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { ApiProcess } from '../support/api-process.js';
import { buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { addClientRows, type ClientRows } from '../support/client-rows.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

const CLIENTS = 25;
const ROUNDS = Number(process.env['ROUNDS'] ?? 40);
const ATTEMPTS = 50;
const SEEN_AFTER_MS = 1_000;
const START_MS = 120_000;
const DRILL_MS = 600_000;
/** In every such round Redis goes away while changes are made, and comes back with what it knew before them. */
const RESTART_EVERY = 3;

const seed = Number(process.env['SEED'] ?? randomInt(1, 2 ** 31));

/** The same numbers for the same seed (Park and Miller). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('client data in two processes', () => {
  let app: TestApp;
  let redis: Redis;
  let proxy: FaultProxy;
  let writer: ApiProcess;
  let reader: ApiProcess;
  let acme: BuiltOrganization;
  let rows: ClientRows[];
  const random = randomFrom(seed);

  beforeAll(async () => {
    console.info(`SEED=${seed}`);
    app = await TestApp.start();
    acme = await buildOrganization(app);
    rows = await addClientRows(acme, CLIENTS);
    const url = environmentFor()['REDIS_URL'] as string;
    redis = new Redis(url);
    proxy = await FaultProxy.start(url);
    const environment = { REDIS_URL: proxy.url(url) };
    [writer, reader] = await Promise.all([
      ApiProcess.start(environment, START_MS),
      ApiProcess.start(environment, START_MS),
    ]);
  }, DRILL_MS);
  afterAll(async () => {
    redis.disconnect();
    await Promise.all([writer.kill(), reader.kill(), app.stop()]);
    await proxy.stop();
  });

  const send = async (process: ApiProcess, path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${acme.owner.accessToken}`, 'content-type': 'application/json' };
    const ask = async () => await fetch(`${process.url}/api/v1/clients/${path}`, { ...init, headers });
    let answer = await ask();
    // A busy machine may be out of connections for a moment. That is no answer, so it is neither old nor new.
    for (let attempt = 0; answer.status === 503 && attempt < ATTEMPTS; attempt += 1) {
      await delay(200);
      answer = await ask();
    }
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as { name: string; seoProjects: { name: string }[] };
  };
  const seen = async (process: ApiProcess, { id }: ClientRows, isProject: boolean) => {
    const { name, seoProjects } = await send(process, `${id}/data`);
    return isProject ? seoProjects[0]?.name : name;
  };

  /** Changes through the application, and by SQL from outside; the client itself, and what belongs to it. */
  const change = async ({ id, projectId }: ClientRows, name: string, isProject: boolean) => {
    if (isProject) await askAsSuperuser('UPDATE seo_projects SET name = $2 WHERE id = $1', [projectId, name]);
    else await send(writer, id, { method: 'PATCH', body: JSON.stringify({ name }) });
  };

  /** What a Redis brings back that was saved before: its keys as they are now. */
  const snapshot = async () => {
    const keys = await redis.keys('*:client-data:*');
    const values = await Promise.all(keys.map(async (key) => await redis.getBuffer(key)));
    return async () => {
      await Promise.all(
        keys.map(async (key, index) => {
          const value = values[index];
          if (value) await redis.set(key, value, 'PX', 60_000);
        }),
      );
    };
  };

  it(
    'shows a change of one to who asks the other a second later, 1,000 of 1,000 times, also when Redis restarts',
    async () => {
      const missed: string[] = [];
      let checks = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        await Promise.all(rows.map(async (row) => [await seen(writer, row, false), await seen(reader, row, false)]));
        const isRestart = round % RESTART_EVERY === RESTART_EVERY - 1;
        const bringBack = await snapshot();
        if (isRestart) await proxy.refuse();
        const work = rows.map(async (row, index) => {
          const name = `Round ${round} of ${index}`;
          const isProject = random() < 0.5;
          await delay(random() * 300);
          await change(row, name, isProject);
          await delay(SEEN_AFTER_MS);
          const found = await seen(reader, row, isProject);
          checks += 1;
          if (found !== name) missed.push(`${name}: ${found}`);
        });
        await delay(random() * 800);
        if (isRestart) {
          await bringBack();
          await proxy.resume();
        }
        await Promise.all(work);
      }
      expect(missed).toEqual([]);
      expect(checks).toBe(CLIENTS * ROUNDS);
    },
    DRILL_MS,
  );
});
