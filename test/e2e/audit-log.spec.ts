import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AuditVerificationService } from '../../src/features/audit/audit-verification.service.js';
import { DenialFolder } from '../../src/features/audit/denial-folder.js';
import type { AuditProof, AuditVerification, ChainedRecord } from '../../src/features/audit/audit.types.js';
import { AuditTrail } from '../support/audit-trail.js';
import { buildClientWithData, buildMember, buildOrganization } from '../support/builders.js';
import { carryOut, runCommand } from '../support/command-line.js';
import { runAs } from '../support/contexts.js';
import { TestApp } from '../support/test-app.js';

const COMMANDS_MS = 120_000;
const EXPORT = '/api/v1/audit-logs/export';
const VERIFICATION = '/api/v1/audit-logs/verification';

describe('the audit log', () => {
  let app: TestApp;
  let acme: AuditTrail;
  let folder: string;

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await AuditTrail.build(app);
    folder = await mkdtemp(join(tmpdir(), 'audit-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await app.stop();
  });

  /** What the script says that auditors get. */
  const verifyOffline = async (name: string, text: string, ...parameters: string[]) => {
    const path = join(folder, name);
    await writeFile(path, text);
    const run = promisify(execFile)(process.execPath, ['scripts/verify-audit-export.mjs', path, ...parameters], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return await run.then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    );
  };
  const download = async (trail: AuditTrail, query: object): Promise<string> => {
    const answer = app.http(trail.organization.owner, trail.id).get(EXPORT).query(query).buffer(true);
    const { body, text } = await answer.parse((response, done) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => done(null, Buffer.concat(parts).toString('utf8')));
    });
    return body ?? text;
  };
  const rowsOf = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ChainedRecord & AuditProof);

  it('says who touched which data of a client, from where and with what outcome', async () => {
    const log = await AuditTrail.build(app);
    const { client } = await buildClientWithData(app, log.organization);
    const member = await buildMember(app, log.organization);
    const found = await app.http(member, log.id).get(`/api/v1/clients/${client.id}/data`).expect(200);
    await app.http(member, log.id).get(`/api/v1/clients/${log.id}/data`).expect(404);
    const { body } = await app
      .http(log.organization.owner, log.id)
      .get('/api/v1/audit-logs')
      .query({ actor: member.user.id });
    const who = { actorType: 'user', actorId: member.user.id, role: 'MEMBER', entryPoint: 'http', entity: 'Client' };
    const fields = expect.arrayContaining([
      'name',
      'credential:GOOGLE_ANALYTICS',
      'credential:SEARCH_CONSOLE',
    ]) as string[];
    expect((body as { data: object[] }).data).toEqual([
      expect.objectContaining({ ...who, action: 'client-data.read', clientId: log.id, outcome: 'NOT_FOUND' }),
      expect.objectContaining({
        ...{ ...who, action: 'client-data.read', clientId: client.id, outcome: 'SUCCESS', fields },
        requestId: found.headers['x-request-id'] as string,
      }),
    ]);
  });

  it('tells an administrator whether it is intact, and puts on record that it was asked', async () => {
    const log = await AuditTrail.build(app);
    const http = app.http(log.organization.owner, log.id);
    const { body } = await http.get(VERIFICATION).expect(200);
    expect(body).toMatchObject({ isIntact: true, findings: [], firstSequence: 1 });
    expect((body as AuditVerification).checkpoint?.sequence).toBeGreaterThan(0);
    await log.edit(1, `action = 'organization.stolen'`);
    const after = await http.get(VERIFICATION).expect(200);
    expect(after.body).toMatchObject({ isIntact: false, findings: [{ kind: 'EDITED', sequence: 1 }] });
    const { body: page } = await http.get('/api/v1/audit-logs').query({ action: 'audit-log.verified' });
    expect((page as { data: object[] }).data).toEqual([
      expect.objectContaining({ outcome: 'FAILED', reason: 'findings: 1' }),
      expect.objectContaining({ outcome: 'SUCCESS', reason: null }),
    ]);
    // Of another organization's log nobody hears.
    await app.http(acme.organization.owner, log.id).get(VERIFICATION).expect(404);
    expect(await acme.check()).toMatchObject({ isIntact: true });
  });

  describe('exports', () => {
    const NASTY = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', `'quoted'`, 'a,"b"\r\nc', '', 'déjà vu ✓'];

    beforeAll(async () => {
      for (const reason of NASTY) await acme.record({ reason, fields: [reason, 'name'] });
      await acme.record({ reason: null });
    });

    it.each(['ndjson', 'csv'])('are proven by a script that has nothing but the file: %s', async (format) => {
      const text = await download(acme, { format });
      const proven = await verifyOffline(`whole.${format}`, text);
      expect(proven).toMatchObject({ code: 0, stdout: expect.stringContaining('Proven: ') as string });
      const keyId = /with the key (\w+)/.exec(proven.stdout)?.[1] ?? '';
      expect(await verifyOffline(`whole.${format}`, text, '--key-id', keyId)).toMatchObject({ code: 0 });
      expect(await verifyOffline(`whole.${format}`, text, '--key-id', '0123456789abcdef')).toMatchObject({ code: 1 });
      const lines = text.trimEnd().split('\n');
      const forgeries = {
        edited: text.replace('client.read', 'client.left'),
        cut: lines.slice(0, -1).join('\n'),
        shortened: lines.toSpliced(-3, 2).join('\n'),
        beheaded: lines.toSpliced(format === 'csv' ? 1 : 0, 1).join('\n'),
        exchanged: lines.toSpliced(3, 2, lines[4] as string, lines[3] as string).join('\n'),
      };
      for (const [name, forged] of Object.entries(forgeries)) {
        expect([name, (await verifyOffline(`${name}.${format}`, forged)).code]).toEqual([name, 1]);
      }
    });

    it('hold no cell that a spreadsheet takes for a formula', async () => {
      const cells = (await download(acme, { format: 'csv' })).match(/(?<=^|,)"(?:[^"]|"")*"/gm) ?? [];
      expect(cells.length).toBeGreaterThan(100);
      expect(cells.filter((cell) => /^"[=+\-@\t\r]/.test(cell))).toEqual([]);
      expect(cells).toContain(`"'=1+1"`);
    });

    it('cover a span of time, whose beginning and end are proven as well', async () => {
      const log = await AuditTrail.build(app);
      for (let count = 0; count < 6; count += 1) await log.record();
      const records = await log.records();
      const to = records[4]?.occurredAt ?? '';
      const from = records[2]?.occurredAt ?? '';
      const text = await download(log, { from, to });
      const expected = records.filter(({ occurredAt }) => occurredAt >= from && occurredAt < to);
      const rows = rowsOf(text);
      expect(rows.slice(0, -1).map(({ sequence }) => sequence)).toEqual(expected.map(({ sequence }) => sequence));
      if (expected.length > 0) expect(await verifyOffline('span.ndjson', text)).toMatchObject({ code: 0 });
    });

    it('of a log that was changed are handed out, and not signed', async () => {
      const log = await AuditTrail.build(app);
      for (let count = 0; count < 3; count += 1) await log.record();
      await log.edit(2, `action = 'client.left'`);
      const text = await download(log, {});
      expect(rowsOf(text).at(-1)).toMatchObject({ kind: 'proof', checkpoint: null });
      expect((await verifyOffline('changed.ndjson', text)).stdout).toContain('was edited');
    });

    it('are nobody else’s', async () => {
      const stranger = await AuditTrail.build(app);
      await app.http(stranger.organization.owner, acme.id).get(EXPORT).expect(404);
      expect(await download(stranger, {})).not.toContain(acme.id);
    });
  });

  it('folds denials that repeat into one record with their number', async () => {
    const log = await AuditTrail.build(app);
    const deny = async (reason: string) => await log.record({ action: 'feature.refused', outcome: 'DENIED', reason });
    await Promise.all(Array.from({ length: 40 }, async () => await deny('FEATURE_DISABLED')));
    await deny('SUBSCRIPTION_REQUIRED');
    const refusals = async () =>
      (await log.records())
        .filter(({ outcome }) => outcome === 'DENIED')
        .map(({ reason, repeats }) => [reason, repeats]);
    const first = [
      ['FEATURE_DISABLED', 1],
      ['SUBSCRIPTION_REQUIRED', 1],
    ];
    expect(await refusals()).toEqual(first);
    await app.get(DenialFolder).beforeApplicationShutdown();
    expect(await refusals()).toEqual([...first, ['FEATURE_DISABLED', 39]]);
    expect(await log.check()).toMatchObject({ isIntact: true });
  });

  it('is verified once at a time for each organization', async () => {
    const globex = await buildOrganization(app);
    const verify = () => app.get(AuditVerificationService).verify();
    const [first, again, other] = await Promise.allSettled([
      runAs(app, acme.organization, verify),
      runAs(app, acme.organization, verify),
      runAs(app, globex, verify),
    ]);
    expect(first).toMatchObject({ value: { isIntact: true } });
    expect(again).toMatchObject({ reason: { code: 'RATE_LIMITED', retryAfterSeconds: 10 } });
    expect(other).toMatchObject({ value: { isIntact: true } });
    await expect(runAs(app, acme.organization, verify)).resolves.toMatchObject({ isIntact: true });
  });

  it(
    'is listed, verified, exported and pruned by commands',
    async () => {
      const log = await AuditTrail.build(app);
      for (let count = 0; count < 3; count += 1) await log.record();
      await log.checkpoint();
      const at = ['--organization', log.id];
      const output = join(folder, 'command.csv');
      expect(await runCommand(['audit:export', ...at, '--output', output, '--format', 'csv'])).toMatchObject({
        code: 0,
      });
      expect(await verifyOffline('again.csv', await readFile(output, 'utf8'))).toMatchObject({ code: 0 });
      await log.sql(`UPDATE audit_logs SET reason = reason WHERE organization_id = $1`);
      expect(await runCommand(['audit:prune', ...at, '--keep-days', '0'])).toMatchObject({
        ...{ code: 0, stdout: expect.stringContaining('Removed ') as string },
      });
      const listed = await runCommand(['audit:list', ...at, '--json', '--limit', '5']);
      expect((JSON.parse(listed.stdout) as ChainedRecord[]).map(({ action }) => action)).toEqual(['audit-log.pruned']);
      expect(await log.check()).toMatchObject({ isIntact: true, records: 1 });
      const [pruned] = await log.records();
      expect(await download(log, {}).then(async (text) => await verifyOffline('rest.ndjson', text))).toMatchObject({
        code: 0,
      });
      // What was removed is named by the chain itself: one more record at the front is missing.
      await log.remove(pruned?.sequence ?? 0);
      expect((await log.check()).isIntact).toBe(false);
    },
    COMMANDS_MS,
  );

  it(
    'is verified in all organizations, one after the other, whatever one of them comes to',
    async () => {
      const broken = await AuditTrail.build(app);
      await broken.edit(1, `action = 'organization.stolen'`);
      const { code, stdout } = await carryOut('audit:verify', '--all-organizations', '--json');
      const results = JSON.parse(stdout) as { organization: string; data: { isIntact: boolean } }[];
      const of = (trail: AuditTrail) =>
        results.find(({ organization }) => organization === trail.organization.slug)?.data;
      expect(of(broken)).toMatchObject({ isIntact: false, findings: [{ kind: 'EDITED', sequence: 1 }] });
      expect(of(acme)).toMatchObject({ isIntact: true, findings: [] });
      expect(code).toBe(1);
      expect((await broken.records()).at(-1)).toMatchObject({ action: 'audit-log.verified', entryPoint: 'cli' });
    },
    COMMANDS_MS,
  );
});
