import { randomUUID } from 'node:crypto';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { ClientDataStore } from '../../src/features/client-data/client-data-store.js';
import { DenialFolder } from '../../src/features/audit/denial-folder.js';
import { ClientDataService } from '../../src/features/client-data/client-data.service.js';
import { ClientService } from '../../src/features/client-data/client.service.js';
import { TransactionService } from '../../src/platform/database/transaction.service.js';
import { Endpoint } from '../../src/platform/http/endpoint.decorator.js';
import { CurrentOrganization, OrganizationContextService } from '../../src/tenancy/index.js';
import { buildClientWithData, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { addClientRows, type ClientRows, findClient, warmUp } from '../support/client-rows.js';
import { contextOf, runAs } from '../support/contexts.js';
import { statementsOf } from '../support/statements.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

@Controller('probe')
class ProbeController {
  @Get('organization')
  @Endpoint({ summary: 'Tells the organization of the request, twice', access: 'MEMBER', status: 200 })
  tell(@CurrentOrganization() injected: object, @Req() request: { organization?: object }): object {
    return { injected, onRequest: request.organization };
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

const EVERYTHING = { providers: ['GOOGLE_ANALYTICS', 'SEARCH_CONSOLE'], hasProjects: true } as const;

describe(ClientDataService, () => {
  let app: TestApp;
  let data: ClientDataService;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start({ modules: [ProbeModule] });
    data = app.get(ClientDataService);
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
  });
  afterAll(async () => await app.stop());

  const addOne = async (organization = acme) => (await addClientRows(organization, 1))[0] as ClientRows;
  const fieldsOf = async (clientId: string) =>
    (
      await askAsSuperuser<{ fields: string[] }>(
        'SELECT fields FROM audit_logs WHERE client_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT 1',
        [clientId],
      )
    )[0]?.fields;

  it('S0-24 S0-33 answers in every kind of context, for the organization of that context', async () => {
    const contexts = app.get(OrganizationContextService);
    const { id } = await addOne();
    for (const entryPoint of ['http', 'socket', 'job', 'cli'] as const) {
      const inside = contextOf(acme, { entryPoint });
      expect((await contexts.run(inside, () => data.getClientData(id))).client.organizationId).toBe(acme.id);
      expect((await contexts.run(inside, () => data.getClientById(id))).id).toBe(id);
      expect([...(await contexts.run(inside, () => data.getClientsData([id]))).keys()]).toEqual([id]);
      const [record] = await askAsSuperuser<{ entry_point: string }>(
        'SELECT entry_point FROM audit_logs WHERE client_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT 1',
        [id],
      );
      expect(record).toEqual({ entry_point: entryPoint });
    }
    expect((await data.getClientsData([id], { organizationId: acme.id })).size).toBe(1);
    await expect(data.getClientsData([id])).rejects.toMatchObject({ code: 'ORGANIZATION_CONTEXT_MISSING' });
  });

  it('S0-17 puts a denied access on the record of the organization that asked', async () => {
    const { id } = await addOne(globex);
    const asked = { organizationId: globex.id };
    const denied: (() => Promise<unknown>)[] = [
      () => data.getClientData(id, asked),
      () => data.getClientById(id, asked),
      () => data.getClientsData([id], asked),
    ];
    for (const ask of denied) {
      await expect(runAs(app, acme, ask)).rejects.toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
    }
    // The first at once, and how often it was repeated when the minute is over.
    await app.get(DenialFolder).beforeApplicationShutdown();
    const records = await askAsSuperuser(
      `SELECT organization_id, outcome, actor_id, fields, action, sum(repeats)::int AS times FROM audit_logs
        WHERE client_id = $1 GROUP BY 1, 2, 3, 4, 5`,
      [id],
    );
    const record = { organization_id: acme.id, outcome: 'DENIED', actor_id: acme.owner.user.id, fields: [] };
    expect(records).toEqual([{ ...record, action: 'client-data.read', times: 3 }]);
  });

  it('S0-26 finds the organization on the request, and injected', async () => {
    const { body } = await app.http(acme.owner, acme.id).get('/api/v1/probe/organization').expect(200);
    const organization = { id: acme.id, slug: acme.slug, role: 'OWNER' };
    expect(body).toMatchObject({ injected: organization, onRequest: organization });
  });

  it('S0-33 loads, opens and records only the fields that are asked for', async () => {
    const { client } = await buildClientWithData(app, acme);
    const read = await runAs(app, acme, () => data.getClientData(client.id, { fields: ['googleAnalytics'] }));
    expect(Object.keys(read).sort()).toEqual(['client', 'googleAnalytics']);
    expect(read.googleAnalytics.getPropertyId()).toBe('123456');
    expect(await fieldsOf(client.id)).toEqual([
      'name',
      'websiteUrl',
      'businessObjectives',
      'targetAudience',
      'credential:GOOGLE_ANALYTICS',
      'cache:miss',
    ]);
    const keywords = await runAs(app, acme, () => data.getClientData(client.id, { fields: ['targetedKeywords'] }));
    expect(keywords).toEqual({ client: read.client, targetedKeywords: ['hand-made shoes', 'leather boots'] });
    expect(await runAs(app, acme, () => data.getClientData(client.id, { fields: [] }))).toEqual({
      client: read.client,
    });
  });

  it('S0-23 S0-33 reads many clients with one statement, and foreign ids like missing ones', async () => {
    const own = (await addClientRows(acme, 20)).map(({ id }) => id);
    const { id: foreign } = await addOne(globex);
    const missing = randomUUID();
    const ask = (ids: string[]) => () => runAs(app, acme, () => data.getClientsData(ids));
    const reads = (statements: string[]) => statements.filter((text) => !text.includes('append_audit_records'));
    expect(reads(await statementsOf(app, ask(own.slice(0, 1))))).toHaveLength(1);
    expect(reads(await statementsOf(app, ask([...own, foreign, missing, 'no id', own[3] as string])))).toHaveLength(1);
    const found = await ask([...own, foreign, missing, 'no id'])();
    expect([...found.keys()]).toEqual(own);
    const records = await askAsSuperuser(
      `SELECT DISTINCT entity_id, outcome FROM audit_logs
        WHERE organization_id = $1 AND outcome = 'NOT_FOUND' AND entity_id = ANY ($2)`,
      [acme.id, [foreign, missing, 'no id']],
    );
    expect(records).toHaveLength(3);
    await warmUp(app, acme, own);
    expect(reads(await statementsOf(app, ask(own)))).toEqual([]);
  });

  it('S0-23 reads the same rows in a transaction as outside of one', async () => {
    const { client } = await buildClientWithData(app, acme);
    const store = app.get(ClientDataStore);
    const outside = await findClient(app, acme, client.id);
    const inside = await runAs(app, acme, () =>
      app.get(TransactionService).run(async () => await store.find(client.id, EVERYTHING)),
    );
    expect(outside.client?.credentials).toHaveLength(2);
    expect(inside.client).toEqual(outside.client);
  });

  it('sees in a transaction what it changed, shows it to nobody else, and keeps nothing of it', async () => {
    const { id } = await addOne();
    await warmUp(app, acme, [id]);
    const seen = runAs(app, acme, () =>
      app.get(TransactionService).run(async () => {
        await app.get(ClientService).update(id, { name: 'lost' }, undefined);
        const { client } = await data.getClientData(id);
        expect((await findClient(app, acme, id)).client?.name).toBe('lost');
        throw new Error(client.name);
      }),
    );
    const outside = async () => (await findClient(app, acme, id)).client?.name;
    expect(await outside()).toBe('before');
    await expect(seen).rejects.toThrow('lost');
    expect(await outside()).toBe('before');
    await warmUp(app, acme, [id]);
    expect(await outside()).toBe('before');
  });

  it('does not share objects between readers', async () => {
    const { id } = await addOne();
    await warmUp(app, acme, [id]);
    const first = (await findClient(app, acme, id)).client;
    first?.createdAt.setFullYear(1999);
    Object.assign(first as object, { name: 'spoiled' });
    const second = (await findClient(app, acme, id)).client;
    expect(second).toMatchObject({ name: 'before' });
    expect(second?.createdAt.getFullYear()).toBeGreaterThan(2000);
  });
});
