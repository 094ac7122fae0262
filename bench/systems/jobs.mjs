// @ts-check
// Jobs that do nothing: queued and worked on by the product, and by Bull alone. Both in one process.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import Queue from 'bull';
import { AppModule } from '../../dist/app.module.js';
import { OrganizationSql } from '../../dist/platform/database/organization-sql.js';
import { TransactionService } from '../../dist/platform/database/transaction.service.js';
import { declareJob, Performs } from '../../dist/platform/queue/job-declaration.js';
import { JobProcessor } from '../../dist/platform/queue/job-processor.js';
import { JobService } from '../../dist/platform/queue/job.service.js';
import { createContext, OrganizationContextService } from '../../dist/tenancy/index.js';
import { PRODUCT } from '../data/dataset.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';
import { quantile } from '../method/statistics.mjs';

const NOTHING = declareJob({ name: 'bench-nothing', access: 'MEMBER' });
const CONCURRENCY = Number(process.env['WORKER_CONCURRENCY']);
const LOOK_EVERY_MS = 10;
const QUEUED = `SELECT count(*)::int AS count FROM jobs WHERE organization_id = $1 AND state IN ('QUEUED', 'RUNNING')`;

/** When jobs began, by their number. @type {Map<number, number>} */
const begun = new Map();

class NothingProcessor extends JobProcessor {
  /** @param {{ number: number }} data */
  async perform({ number }) {
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
let bare;
let completed = 0;
let number = 0;

serveContestant({
  open: async ({ organizationId, userId }) => {
    app = await NestFactory.createApplicationContext(AppModule.for('worker', [JobsBench]), {
      logger: ['error', 'warn'],
    });
    const facts = { product: PRODUCT, organizationId, actor: { type: 'user', id: userId }, role: 'OWNER' };
    context = createContext(/** @type {any} */ ({ ...facts, entryPoint: 'http', requestId: randomUUID() }));
    bare = new Queue('bare', /** @type {string} */ (process.env['REDIS_URL']), { prefix: 'bench' });
    await bare.empty();
    void bare.process(CONCURRENCY, async () => undefined);
    bare.on('completed', () => (completed += 1));
  },
  /** As many at a time as may stand in a queue; each counts when it is done. */
  run: async ({ system, seconds, jobs }) => {
    const startedAt = performance.now();
    const before = process.cpuUsage();
    let operations = 0;
    do {
      await (system === 'bull' ? runBare(jobs) : runOurs(jobs));
      operations += jobs;
    } while (performance.now() - startedAt < seconds * 1_000);
    const { user, system: kernel } = process.cpuUsage(before);
    return { operations, seconds: (performance.now() - startedAt) / 1_000, processorMicros: user + kernel };
  },
  /** One after the other, each queued in a transaction: how long from its commit to its begin. */
  start: async ({ count, latencyQuantile }) => {
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
    const seconds = (performance.now() - startedAt) / 1_000;
    const latencyMicros = quantile(latencies, latencyQuantile) * 1_000;
    return { operations: count, seconds, processorMicros: user + system, latencyMicros };
  },
  collectGarbage: () => globalThis.gc?.(),
});

/** @param {number} jobs */
async function runBare(jobs) {
  completed = 0;
  await Promise.all(Array.from({ length: jobs }, () => bare.add({ number: 0 }, { removeOnComplete: true })));
  while (completed < jobs) await pause(LOOK_EVERY_MS);
}

/** @param {number} jobs */
async function runOurs(jobs) {
  await Promise.all(Array.from({ length: jobs }, queue));
  for (let left = jobs; left > 0; await pause(LOOK_EVERY_MS)) left = await countQueued();
}

/** Queues a job as a write does: in its transaction. */
async function queue() {
  const mine = (number += 1);
  await app
    .get(OrganizationContextService)
    .run(context, () =>
      app.get(TransactionService).run(() => app.get(JobService).queueLater(NOTHING, { number: mine })),
    );
  return mine;
}

async function countQueued() {
  const contexts = app.get(OrganizationContextService);
  const [row] = await contexts.run(context, () => app.get(OrganizationSql).read(QUEUED));
  return /** @type {{ count: number }} */ (row).count;
}

/** @param {number} milliseconds */
async function pause(milliseconds) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
