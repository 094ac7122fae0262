// @ts-check
// Secrets of one organization: opened by the product, and by node:crypto alone; rotated, and only read and written back.
import 'reflect-metadata';
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../dist/app.module.js';
import { CredentialService } from '../../dist/features/credentials/credential.service.js';
import { CredentialModule } from '../../dist/features/credentials/credential.module.js';
import { RotationRunService } from '../../dist/features/credentials/rotation-run.service.js';
import { OrganizationSql } from '../../dist/platform/database/organization-sql.js';
import { CommandContext, OrganizationContextService } from '../../dist/tenancy/index.js';
import { PRODUCT } from '../data/dataset.mjs';
import { runLanes } from '../method/lanes.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';

const BATCH_ROWS = 200;
const SECRET = { refreshToken: 'x'.repeat(120), clientSecret: 'y'.repeat(40) };
const PAGE = `SELECT id, envelope FROM client_credentials
  WHERE organization_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT ${BATCH_ROWS}`;
const WRITE_BACK = `UPDATE client_credentials c SET envelope = s.fresh FROM unnest($2::uuid[], $3::text[]) AS s (id, fresh)
  WHERE c.organization_id = $1 AND c.id = s.id RETURNING 1`;

class CredentialBench {}
Module({ imports: [CredentialModule] })(CredentialBench);

/** @type {Record<string, () => Promise<unknown>>} */
let calls = {};
/** Opens the context that whoever opens a secret has open already. @type {<T>(work: () => Promise<T>) => Promise<T>} */
let inContext = (work) => work();

serveContestant({
  open: async ({ organizationId, secrets }) => {
    const app = await NestFactory.createApplicationContext(AppModule.for('worker', [CredentialBench]), {
      logger: ['error', 'warn'],
    });
    calls = await prepare(app, organizationId, secrets);
  },
  run: async ({ operation, ...options }) => {
    const call = /** @type {() => Promise<unknown>} */ (calls[operation]);
    return await inContext(() => runLanes({ work: async () => void (await call()), ...options }));
  },
  collectGarbage: () => globalThis.gc?.(),
});

/**
 * @param {import('@nestjs/common').INestApplicationContext} app
 * @param {string} organizationId
 * @param {number} secrets
 */
async function prepare(app, organizationId, secrets) {
  const contexts = app.get(OrganizationContextService);
  const door = new CommandContext(contexts);
  const credentials = app.get(CredentialService);
  const sql = app.get(OrganizationSql);
  const rotations = app.get(RotationRunService);
  /** @type {<T>(work: () => Promise<T>) => Promise<T>} */
  const inside = (work) => door.runInOrganization(PRODUCT, organizationId, work);

  await inside(() => plant(sql, credentials, secrets));
  const place = { table: 'client_credentials', column: 'envelope', rowId: randomUUID() };
  const { context, envelope } = await inside(async () => ({
    context: contexts.require(),
    envelope: await credentials.seal(SECRET, place),
  }));
  inContext = (work) => contexts.run(context, work);
  const bare = bareOpening();
  return {
    nothing: async () => undefined,
    open: () => credentials.open(envelope, place),
    openBare: async () => JSON.parse(bare()),
    rotate: () =>
      door.run(PRODUCT, () =>
        rotations.rotateOne(organizationId, { isDryRun: false, isRootKey: false, before: new Date() }, () => undefined),
      ),
    writeBack: () => inside(() => writeBack(sql)),
  };
}

/**
 * @param {OrganizationSql} sql
 * @param {CredentialService} credentials
 * @param {number} secrets
 */
async function plant(sql, credentials, secrets) {
  const clients = Array.from({ length: secrets }, () => randomUUID());
  const ids = clients.map(() => randomUUID());
  const envelopes = [];
  for (const rowId of ids) {
    envelopes.push(await credentials.seal(SECRET, { table: 'client_credentials', column: 'envelope', rowId }));
  }
  const addClients = `INSERT INTO clients (id, name) SELECT id, 'Planted' FROM unnest($2::uuid[]) AS planted (id)
    WHERE NOT EXISTS (SELECT FROM client_credentials WHERE organization_id = $1) RETURNING 1`;
  // What an earlier run has planted does as well.
  if ((await sql.change(addClients, clients)).length === 0) return;
  const add = `INSERT INTO client_credentials (id, client_id, provider, envelope)
    SELECT id, client_id, 'GOOGLE_ANALYTICS', envelope FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS s (id, client_id, envelope)
    WHERE EXISTS (SELECT FROM clients WHERE organization_id = $1) RETURNING 1`;
  await sql.change(add, ids, clients, envelopes);
}

/** What a rotation costs the database: the same rows, read and written, with nothing done to them. */
async function writeBack(/** @type {OrganizationSql} */ sql) {
  let after = null;
  for (;;) {
    /** @type {{ id: string, envelope: string }[]} */
    const rows = await sql.read(PAGE, after);
    const lists = [rows.map(({ id }) => id), rows.map(({ envelope }) => envelope)];
    if (rows.length > 0) await sql.change(WRITE_BACK, ...lists);
    if (rows.length < BATCH_ROWS) return;
    after = rows.at(-1)?.id ?? null;
  }
}

/** node:crypto with the same key size, text and additional data. */
function bareOpening() {
  const key = createSecretKey(randomBytes(32));
  const iv = randomBytes(12);
  const aad = randomBytes(150);
  const { ciphertext, tag } = sealBare(key, iv, aad);
  return () => {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
    decipher.setAAD(aad);
    decipher.setAuthTag(tag);
    return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8');
  };
}

/**
 * @param {import('node:crypto').KeyObject} key
 * @param {Buffer} iv
 * @param {Buffer} aad
 */
function sealBare(key, iv, aad) {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(SECRET)), cipher.final()]);
  return { ciphertext, tag: cipher.getAuthTag() };
}
