// @ts-check
// Jobs that do nothing: queued and worked on by the product; by Bull alone, and queued by graphile-worker. In one process.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import Queue from 'bull';
import pg from 'pg';
import { AppModule } from '../../dist/app.module.js';
import { OrganizationSql } from '../../dist/platform/database/organization-sql.js';
import { TransactionService } from '../../dist/platform/database/transaction.service.js';
import { declareJob, Performs } from '../../dist/platform/queue/job-declaration.js';
import { JobProcessor } from '../../dist/platform/queue/job-processor.js';
import { JobRelay } from '../../dist/platform/queue/job-relay.js';
import { JobService } from '../../dist/platform/queue/job.service.js';
import { JobWorker } from '../../dist/platform/queue/job-worker.js';
import { createContext, digestOf, JobStamper, OrganizationContextService } from '../../dist/tenancy/index.js';
import { PRODUCT } from '../data/dataset.mjs';
import { runLanes } from '../method/lanes.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';
import { quantile } from '../method/statistics.mjs';
import { runMigrations } from '../peers/node_modules/graphile-worker/dist/index.js';

const NOTHING = declareJob({ name: 'bench-nothing', access: 'MEMBER' });
const CONCURRENCY = Number(process.env['WORKER_CONCURRENCY']);
const LOOK_EVERY_MS = 5;
const A_DAY_SECONDS = 86_400;
const WAITING_AT_ONCE = 10_000;

const LEFT = `
  SELECT count(*)::int AS count FROM jobs
   WHERE product = '${PRODUCT}' AND organization_id = $1 AND due_at < now() + interval '1 hour'`;
const MANY_WAITING = `
  INSERT INTO jobs (id, name, data, digest, signature, actor_type, actor_id, entry_point)
  SELECT w.id, $2, '{"number":0}', $3, w.signature, 'user', $4, 'http'
    FROM memberships, unnest($5::uuid[], $6::text[]) AS w (id, signature) WHERE organization_id = $1`;
const ADD_BY_GRAPHILE = {
  name: 'add-by-graphile',
  text: `SELECT graphile_worker.add_job('nothing', payload => '{"number":0}', run_at => now() + interval '1 day')`,
};

/** When jobs began, by their number. @type {Map<number, number>} */
const begun = new Map();
let performed = 0;
let lastNumber = 0;

class NothingProcessor extends JobProcessor {
  /** @param {{ number: number }} data */
  async perform({ number }) {
    performed += 1;
    begun.set(number, performance.now());
  }
}
Performs(NOTHING)(NothingProcessor);
Injectable()(NothingProcessor);

class JobsBench {}
Module({ providers: [NothingProcessor] })(JobsBench);

/** @type {import('@nestjs/common').INestApplicationContext} */
let app;
/** @type {import('../../src/tenancy/index.js').OrganizationContext} */
let context;
/** @type {import('bull').Queue} */
let bull;
let completedByBull = 0;
/** @type {pg.Pool} */
let graphile;

/** @type {Record<string, (jobs: number) => Promise<void>>} */
const BATCHES = { bulkhead: runOurs, bull: runBull };
/** @type {Record<string, () => Promise<unknown>>} */
const QUEUED = {
  bulkhead: () => queue({ delaySeconds: A_DAY_SECONDS }),
  graphile: queueByGraphile,
};

serveContestant({
  open: async ({ owner, other, waiting }) => {
    app = await NestFactory.createApplicationContext(AppModule.for('worker', [JobsBench]), {
      logger: ['error', 'warn'],
    });
    context = contextOf(owner);
    await addWaiting(other, waiting);
    app.get(JobWorker).start();
    await app.get(JobRelay).stop();
    bull = new Queue('bare', /** @type {string} */ (process.env['REDIS_URL']), { prefix: 'bench' });
    await bull.obliterate({ force: true });
    void bull.process(CONCURRENCY, async () => undefined);
    bull.on('completed', () => (completedByBull += 1));
    const { BENCH_ADMIN_URL: connectionString, DATABASE_POOL_SIZE: size } = process.env;
    graphile = new pg.Pool({ connectionString, max: Number(size) });
    graphile.on('error', (error) => console.error(error.message));
    graphile.on('connect', (client) => client.on('error', (error) => console.error(error.message)));
    await runMigrations({ pgPool: graphile });
  },
  /** So many at a time; each counts when it is done. */
  work: async ({ system, seconds, jobs }) => {
    const relay = app.get(JobRelay);
    if (system === 'bulkhead') relay.start();
    const [startedAt, cpuBefore, before] = [performance.now(), process.cpuUsage(), performed + completedByBull];
    do await BATCHES[system]?.(jobs);
    while (performance.now() - startedAt < seconds * 1_000);
    const { user, system: kernel } = process.cpuUsage(cpuBefore);
    const measured = {
      operations: performed + completedByBull - before,
      seconds: (performance.now() - startedAt) / 1_000,
      processorMicros: user + kernel,
    };
    // What was delivered is done before the other's turn.
    await relay.stop();
    for (let seen = -1; seen !== performed; await pause(100)) seen = performed;
    begun.clear();
    return measured;
  },
  queue: async ({ system, ...options }) =>
    await runLanes({
      work: async () => void (await QUEUED[system]?.()),
      ...options,
    }),
  /** One after the other, each queued in a transaction: how long from its commit to its begin. */
  start: async ({ count, latencyQuantile }) => {
    app.get(JobRelay).start();
    /** @type {number[]} */
    const latencies = [];
    const startedAt = performance.now();
    const before = process.cpuUsage();
    for (let time = 0; time < count; time += 1) {
      const mine = await queue();
      const committedAt = performance.now();
      while (!begun.has(mine)) await pause(1);
      latencies.push(Math.max(0, /** @type {number} */ (begun.get(mine)) - committedAt));
      await pause(20);
    }
    const { user, system } = process.cpuUsage(before);
    await app.get(JobRelay).stop();
    const seconds = (performance.now() - startedAt) / 1_000;
    const latencyMicros = quantile(latencies, latencyQuantile) * 1_000;
    return { operations: count, seconds, processorMicros: user + system, latencyMicros };
  },
  collectGarbage: () => globalThis.gc?.(),
});

/** @param {number} jobs */
async function runBull(jobs) {
  const until = completedByBull + jobs;
  await Promise.all(Array.from({ length: jobs }, () => bull.add({ number: 0 }, { removeOnComplete: true })));
  while (completedByBull < until) await pause(LOOK_EVERY_MS);
}

/** @param {number} jobs */
async function runOurs(jobs) {
  await Promise.all(Array.from({ length: jobs }, () => queue()));
  for (let left = jobs; left > 0; await pause(LOOK_EVERY_MS)) left = await countLeft();
}

/**
 * Queues a job as a write does: in its transaction.
 * @param {import('../../src/platform/queue/job.service.js').QueueOptions} [options]
 */
async function queue(options) {
  const mine = (lastNumber += 1);
  const add = () => app.get(JobService).queueLater(NOTHING, { number: mine }, options);
  await app.get(OrganizationContextService).run(context, () => app.get(TransactionService).run(add));
  return mine;
}

/** As its manual says, for a job that follows from a write. */
async function queueByGraphile() {
  const client = await graphile.connect();
  try {
    await client.query('BEGIN');
    await client.query(ADD_BY_GRAPHILE);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

async function countLeft() {
  const [row] = await app.get(OrganizationContextService).run(context, () => app.get(OrganizationSql).read(LEFT));
  return /** @type {{ count: number }} */ (row).count;
}

/**
 * Adds jobs of another organization that are due, stamped as queueLater does it but in a few statements.
 * @param {{ organizationId: string, userId: string }} other
 * @param {number} count
 */
async function addWaiting(other, count) {
  const digest = digestOf({ number: 0 });
  const { product, organizationId, actor, entryPoint } = contextOf(other);
  for (let added = 0; added < count; added += WAITING_AT_ONCE) {
    const ids = Array.from({ length: WAITING_AT_ONCE }, () => randomUUID());
    const common = { product, organizationId, actor, entryPoint, name: NOTHING.name, digest };
    const signatures = ids.map((jobId) => app.get(JobStamper).sign(/** @type {any} */ ({ ...common, jobId })));
    await app
      .get(OrganizationContextService)
      .run(contextOf(other), () =>
        app.get(OrganizationSql).read(MANY_WAITING, NOTHING.name, digest, other.userId, ids, signatures),
      );
  }
}

/** @param {{ organizationId: string, userId: string }} owner */
function contextOf({ organizationId, userId }) {
  const actor = /** @type {const} */ ({ type: 'user', id: userId });
  const facts = /** @type {const} */ ({ product: PRODUCT, role: 'OWNER', entryPoint: 'http' });
  return createContext({ ...facts, organizationId, actor, requestId: randomUUID() });
}
