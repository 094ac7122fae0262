import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { buildClient, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { TestApp } from '../support/test-app.js';

const KILLS = 10;
const LANES = 8;
const UNDER_LOAD_MS = 1_500;
const RECOVERY_MS = 60_000;

interface Server {
  readonly port: number;
  readonly folder: string;
  readonly ended: Promise<string>;
  stop(options: { readonly isForced: boolean }): Promise<void>;
}

/** The launcher's own scripts, which have no types for TypeScript. */
interface Launcher {
  startEmbeddedPostgres(options: object): Promise<Server>;
  prepareDatabase(options: { readonly adminUrl: string; readonly databaseName: string }): Promise<NodeJS.ProcessEnv>;
  readAdminUrl(options: { readonly dataDir: string; readonly port: number }): string;
}
async function loadLauncher(): Promise<Launcher> {
  const names = ['embedded-postgres', 'database-roles', 'postgres-password'];
  const modules = names.map(async (name) => (await import(`../../scripts/${name}.mjs`)) as Partial<Launcher>);
  return Object.assign({}, ...(await Promise.all(modules))) as Launcher;
}

/** What callers were told: a client-side list of everything that was acknowledged. */
interface Ledger {
  readonly written: string[];
  readonly shown: string[];
  readonly statuses: Map<number, number>;
}

describe('PostgreSQL that is killed again and again', () => {
  let dataDir: string;
  let server: Server;
  let launcher: Launcher;
  let app: TestApp;
  let acme: BuiltOrganization;

  const start = async (preferredPort?: number) =>
    await launcher.startEmbeddedPostgres({
      dataDir,
      // Durable, unlike the tests' own server.
      flags: ['fsync=on', 'synchronous_commit=on', 'max_connections=100'],
      ...(preferredPort !== undefined && { preferredPort }),
      report: () => undefined,
    });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'audit-kill-'));
    launcher = await loadLauncher();
    server = await start();
    const adminUrl = launcher.readAdminUrl({ dataDir, port: server.port });
    const urls = await launcher.prepareDatabase({ adminUrl, databaseName: 'killed' });
    execFileSync(process.execPath, ['dist/cli.js', 'db:migrate'], {
      env: { ...process.env, ...urls, ENVIRONMENT: 'test', NODE_OPTIONS: '' },
    });
    app = await TestApp.start({ environment: urls });
    acme = await buildOrganization(app);
  }, 300_000);
  afterAll(async () => {
    await app.stop();
    await server.stop({ isForced: true });
    await rm(dataDir, { recursive: true, force: true });
  });

  const ask = async <Row>(text: string): Promise<Row[]> => {
    const url = new URL(launcher.readAdminUrl({ dataDir, port: server.port }));
    url.pathname = 'killed';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      return (await client.query(text, [acme.id])).rows as Row[];
    } finally {
      await client.end();
    }
  };

  /** Writes and reads clients until it is told to stop. */
  const load = async (ledger: Ledger, clientId: string, isOver: () => boolean): Promise<void> => {
    for (let round = 0; !isOver(); round += 1) {
      const http = app.http(acme.owner, acme.id);
      const path = '/api/v1/clients';
      const answer = await (
        round % 2 === 0 ? http.post(path).send({ name: 'Example Ltd.' }) : http.get(`${path}/${clientId}`)
      ).catch(() => undefined);
      if (!answer) continue;
      ledger.statuses.set(answer.status, (ledger.statuses.get(answer.status) ?? 0) + 1);
      const { id } = answer.body as { id: string };
      if (answer.status === 201) ledger.written.push(id);
      if (answer.status === 200) ledger.shown.push(answer.headers['x-request-id'] as string);
      if (answer.status >= 500) await delay(50);
    }
  };

  it('R14 loses no acknowledged write, and no client’s data is shown without its record', async () => {
    const { id: clientId } = await buildClient(app, acme);
    const ledger: Ledger = { written: [], shown: [], statuses: new Map() };
    let isOver = false;
    const lanes = Array.from({ length: LANES }, async () => await load(ledger, clientId, () => isOver));
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = ledger.written.length + ledger.shown.length;
      const deadline = Date.now() + RECOVERY_MS;
      while (ledger.written.length + ledger.shown.length < before + 20 && Date.now() < deadline) await delay(50);
      await delay(Math.random() * UNDER_LOAD_MS);
      const [pid] = (await readFile(join(server.folder, 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), 'SIGKILL');
      await server.ended;
      server = await start(server.port);
    }
    await delay(UNDER_LOAD_MS);
    isOver = true;
    await Promise.all(lanes);

    const clients = await ask<{ id: string }>('SELECT id FROM clients WHERE organization_id = $1');
    const stored = new Set(clients.map(({ id }) => id));
    const records = await ask<{ request: string; entity_id: string; action: string }>(
      'SELECT request_id AS request, entity_id, action FROM audit_logs WHERE organization_id = $1',
    );
    const created = new Set(records.filter(({ action }) => action === 'client.created').map((row) => row.entity_id));
    const read = new Set(records.filter(({ action }) => action === 'client.read').map(({ request }) => request));
    expect(ledger.written.filter((id) => !stored.has(id))).toEqual([]);
    expect([...stored].filter((id) => !created.has(id))).toEqual([]);
    expect(ledger.shown.filter((request) => !read.has(request))).toEqual([]);
    expect([...ledger.statuses.keys()].filter((status) => ![200, 201, 503].includes(status))).toEqual([]);
    const { body } = await app.http(acme.owner, acme.id).get('/api/v1/audit-logs/verification').expect(200);
    expect(body).toMatchObject({ isIntact: true, findings: [] });
    process.stdout.write(
      `${KILLS} kills: ${ledger.written.length} written, ${ledger.shown.length} shown, answers ${JSON.stringify([...ledger.statuses])}\n`,
    );
  }, 600_000);
});
