import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecretPlace } from '../../src/features/credentials/credential.types.js';
import { CredentialService } from '../../src/features/credentials/credential.service.js';
import { KeyDestructionService } from '../../src/features/credentials/key-destruction.service.js';
import { RotationRunService } from '../../src/features/credentials/rotation-run.service.js';
import type { RotationOptions } from '../../src/features/credentials/rotation.types.js';
import { EnvelopeCipher } from '../../src/platform/crypto/envelope-cipher.js';
import { LocalRootKeys } from '../../src/platform/crypto/local-root-keys.js';
import { TransactionService } from '../../src/platform/database/transaction.service.js';
import { CommandContext, OrganizationContextService } from '../../src/tenancy/index.js';
import { buildClientWithData, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { contextOf, runAs } from '../support/contexts.js';
import { eventually } from '../support/fault-proxy.js';
import { type Forgery, forgeries } from '../support/forged-envelopes.js';
import { seededRandom } from '../support/random.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

// Root keys of the database are changed.
process.env['TEST_DATABASE_SUFFIX'] = '_destroyed';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
/** With TEST_FORGERIES=10000: R18 in full. */
const FORGERIES = Number(process.env['TEST_FORGERIES'] ?? 400);
const PLACE: SecretPlace = { table: 'client_credentials', column: 'envelope', rowId: randomUUID() };
const newRootKey = () => randomBytes(32).toString('base64');
const rootKeyIdOf = (key: string) => new LocalRootKeys([key]).currentId;

describe('data keys', () => {
  const configured = environmentFor()['ENCRYPTION_KEY'] as string;
  let app: TestApp;
  let other: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    [app, other] = [await TestApp.start(), await TestApp.start()];
    [acme, globex] = [await buildOrganization(app), await buildOrganization(app)];
  });
  afterAll(async () => {
    await Promise.all([app.stop(), other.stop()]);
    await askAsSuperuser(
      'DELETE FROM root_keys r WHERE NOT EXISTS (SELECT FROM organization_keys WHERE root_key_id = r.id)',
    );
  });

  const seal = async (organization = acme, secret: object = { token: 't' }, place = PLACE, by = app) =>
    await runAs(by, organization, () => by.get(CredentialService).seal(secret, place));
  const open = async (envelope: string, organization = acme, place = PLACE, by = app) =>
    await runAs(by, organization, () => by.get(CredentialService).open(envelope, place));
  const asSystem = <T>(by: TestApp, work: () => Promise<T>) =>
    new CommandContext(by.get(OrganizationContextService)).run('bestays', work);
  const rotate = async (options: Partial<RotationOptions> = {}, organization = acme, by = app) =>
    await asSystem(by, () =>
      by
        .get(RotationRunService)
        .rotateOne(
          organization.id,
          { isDryRun: false, isRootKey: false, before: new Date(), ...options },
          () => undefined,
        ),
    );
  const keysOf = async ({ id }: BuiltOrganization) =>
    await askAsSuperuser<{ id: string; state: string; root_key_id: string | null; wrapped_key: string | null }>(
      'SELECT id, state, root_key_id, wrapped_key FROM organization_keys WHERE organization_id = $1 ORDER BY version',
      [id],
    );

  it('S0-25 S0-32 are one for each organization, made once by processes that need the first at the same moment', async () => {
    const fresh = await buildOrganization(app);
    const sealed = await Promise.all([app, other, app, other].map((by) => seal(fresh, { token: 't' }, PLACE, by)));
    const keys = await keysOf(fresh);
    expect(keys.map(({ state }) => state)).toEqual(['ACTIVE']);
    for (const envelope of sealed) {
      expect(envelope).toMatch(new RegExp(`^v2\\.${keys[0]?.id}(\\.[\\w-]+){3}$`));
      expect(await open(envelope, fresh, PLACE, other)).toEqual({ token: 't' });
    }
    const foreign = await seal(globex);
    expect(foreign.split('.')[1]).not.toBe(keys[0]?.id);
  });

  it(`R18 open no envelope that was edited or put elsewhere (TEST_SEED=${SEED})`, async () => {
    const sealAll = (by: BuiltOrganization) => Promise.all(Array.from({ length: 4 }, (_, n) => seal(by, { n })));
    const [ours, theirs] = [await sealAll(acme), await sealAll(globex)];
    const own = { organization: acme, envelopes: ours };
    const kinds = forgeries(own, { organization: globex, envelopes: theirs }, PLACE, seededRandom(SEED));
    for (let done = 0; done < FORGERIES; done += 1) {
      const { envelope, organization, place } = kinds.next().value as Forgery;
      await expect(open(envelope, organization, place)).rejects.toMatchObject({ code: 'CREDENTIAL_UNREADABLE' });
    }
    for (const [n, envelope] of ours.entries()) expect(await open(envelope)).toEqual({ n });
  });

  it('keep fingerprints through a rotation, and what an envelope of a former version holds', async () => {
    const direct = app.get(EnvelopeCipher);
    const { client } = await buildClientWithData(app, acme);
    const place = { table: 'clients', column: 'legacy_credentials_envelope', rowId: client.id };
    const legacy = direct.seal('{"a":1}', { ...place, product: 'bestays', organizationId: acme.id });
    await askAsSuperuser('UPDATE clients SET legacy_credentials_envelope = $2 WHERE id = $1', [client.id, legacy]);
    expect(await open(legacy, acme, place)).toEqual({ a: 1 });
    const fingerprint = () => runAs(app, acme, () => app.get(CredentialService).fingerprint({ a: 1 }));
    const before = await fingerprint();
    expect(await rotate()).toMatchObject({ hasNewKey: true, secrets: { 'clients.legacy_credentials_envelope': 1 } });
    expect(await fingerprint()).toBe(before);
    const [row] = await askAsSuperuser<{ envelope: string; version: number }>(
      'SELECT legacy_credentials_envelope AS envelope, version FROM clients WHERE id = $1',
      [client.id],
    );
    expect(row?.envelope).toMatch(/^v2\./);
    // Whoever changes the client meanwhile must not be told that somebody else did.
    expect(row?.version).toBe(1);
    expect(await open(row?.envelope as string, acme, place)).toEqual({ a: 1 });
  });

  it('change nothing when a rotation is only asked what it would do', async () => {
    const fresh = await buildOrganization(app);
    expect(await rotate({ isDryRun: true }, fresh)).toMatchObject({ hasNewKey: false, secrets: {} });
    await buildClientWithData(app, fresh);
    const before = await keysOf(fresh);
    const foretold = { hasNewKey: true, secrets: { 'client_credentials.envelope': 2 } };
    expect(await rotate({ isDryRun: true }, fresh)).toMatchObject(foretold);
    expect(await rotate({ isDryRun: true, isRootKey: true }, fresh)).toMatchObject({ secrets: {}, rewrappedKeys: 0 });
    expect(await keysOf(fresh)).toEqual(before);
    expect(await rotate({}, fresh)).toMatchObject({ ...foretold, retiredKeys: 1 });
    // Made after that moment: what an interrupted rotation has done is not done again.
    expect(await rotate({ before: new Date(0) }, fresh)).toMatchObject({
      hasNewKey: false,
      secrets: {},
      retiredKeys: 0,
    });
  });

  it('are not retired while a transaction may still store what it encrypted with one', async () => {
    const { client } = await buildClientWithData(app, globex);
    const [{ id: rowId } = { id: '' }] = await askAsSuperuser<{ id: string }>(
      `SELECT id FROM client_credentials WHERE client_id = $1 AND provider = 'SEARCH_CONSOLE'`,
      [client.id],
    );
    let rotation: Promise<unknown> = Promise.resolve();
    const contexts = other.get(OrganizationContextService);
    await contexts.run(contextOf(globex), () =>
      other.get(TransactionService).run(async () => {
        const place = { ...PLACE, rowId };
        const envelope = await other.get(CredentialService).seal({ late: true }, place);
        rotation = rotate({}, globex);
        await eventually(async () => expect((await keysOf(globex)).at(-1)?.id).not.toBe(envelope.split('.')[1]));
        // The rotation goes on when this transaction ends.
        await askAsSuperuser('UPDATE client_credentials SET envelope = $2 WHERE id = $1', [rowId, envelope]);
      }),
    );
    await rotation;
    const keys = await keysOf(globex);
    const [row] = await askAsSuperuser<{ envelope: string }>('SELECT envelope FROM client_credentials WHERE id = $1', [
      rowId,
    ]);
    expect(row?.envelope.split('.')[1]).toBe(keys.at(-1)?.id);
    expect(keys.slice(0, -1).every(({ state }) => state === 'RETIRED')).toBe(true);
    expect(await open(row?.envelope as string, globex, { ...PLACE, rowId })).toEqual({ late: true });
  });

  it('once destroyed open nothing, in no process, and take no new secret', async () => {
    const doomed = await buildOrganization(app);
    const envelope = await seal(doomed);
    expect(await open(envelope, doomed, PLACE, other)).toEqual({ token: 't' });
    await runAs(app, doomed, () =>
      expect(app.get(KeyDestructionService).destroyKeys(acme.id)).rejects.toMatchObject({
        code: 'ORGANIZATION_NOT_FOUND',
      }),
    );
    expect(await runAs(app, doomed, () => app.get(KeyDestructionService).destroyKeys(doomed.id))).toBe(1);
    await eventually(async () => {
      for (const by of [app, other])
        await expect(open(envelope, doomed, PLACE, by)).rejects.toMatchObject({ code: 'CREDENTIAL_UNREADABLE' });
    }, 2_000);
    await expect(seal(doomed)).rejects.toMatchObject({ code: 'CREDENTIAL_KEYS_DESTROYED' });
    expect(await keysOf(doomed)).toMatchObject([{ state: 'DESTROYED', root_key_id: null, wrapped_key: null }]);
    expect(await open(await seal(acme))).toEqual({ token: 't' });
  });

  it('end with the rows of a purged organization, also where one was open', async () => {
    const purged = await buildOrganization(app);
    const envelope = await seal(purged);
    expect(await open(envelope, purged, PLACE, other)).toEqual({ token: 't' });
    await askAsSuperuser('DELETE FROM organization_keys WHERE organization_id = $1', [purged.id]);
    await eventually(async () => {
      await expect(open(envelope, purged, PLACE, other)).rejects.toMatchObject({ code: 'CREDENTIAL_UNREADABLE' });
    }, 2_000);
  });

  it('stop a start with other root keys, and name them without showing one', async () => {
    await seal(acme);
    const wrong = newRootKey();
    const start = TestApp.start({ environment: { ENCRYPTION_KEY: wrong } });
    const message = await start.then(
      () => 'it started',
      (error: Error) => error.message,
    );
    expect(message).toContain(`under the root key "${rootKeyIdOf(configured)}"`);
    expect(message).toContain(`the configured one is "${rootKeyIdOf(wrong)}"`);
    for (const key of [wrong, configured]) expect(message).not.toContain(key.slice(0, 12));
    const registered = await askAsSuperuser<{ id: string }>('SELECT id FROM root_keys');
    expect(registered).toEqual([{ id: rootKeyIdOf(configured) }]);
  });

  it('go under another root key while both are configured, from a file as well; then the former is not needed', async () => {
    const fresh = newRootKey();
    const path = join(mkdtempSync(join(tmpdir(), 'root-key-')), 'key');
    writeFileSync(path, `${fresh}\n`);
    const files = { ENCRYPTION_KEY: '', ENCRYPTION_KEY_FILE: path, ENCRYPTION_PREVIOUS_KEYS: configured };
    const envelope = await seal(acme);
    const renewed = await TestApp.start({ environment: files });
    try {
      expect(await open(envelope, acme, PLACE, renewed)).toEqual({ token: 't' });
      const options = { isDryRun: false, isRootKey: true, before: new Date() };
      const run = renewed.get(RotationRunService);
      await asSystem(renewed, () => run.rotateAll(options, () => undefined));
      for (const { root_key_id } of await keysOf(acme)) expect(root_key_id).toBe(rootKeyIdOf(fresh));
      expect(await open(envelope, acme, PLACE, renewed)).toEqual({ token: 't' });
      expect(await asSystem(renewed, () => run.forgetRootKeys())).toEqual({
        forgotten: [rootKeyIdOf(configured)],
        stillNeeded: [],
      });
      // A process that was started before wraps no key by what was forgotten.
      const late = await buildOrganization(app);
      await expect(seal(late)).rejects.toMatchObject({ code: 'ENCRYPTION_KEY_RETIRED' });
      await expect(TestApp.start()).rejects.toThrow(`under the root key "${rootKeyIdOf(fresh)}"`);
    } finally {
      await renewed.stop();
      await askAsSuperuser('DELETE FROM organization_keys');
      await askAsSuperuser('DELETE FROM root_keys');
    }
  });
});
