import { randomUUID } from 'node:crypto';
import { ClientDataService } from '../../src/features/client-data/client-data.service.js';
import { CredentialService } from '../../src/features/credentials/credential.service.js';
import type { CredentialOwner, StoredCredential } from '../../src/features/credentials/credential.types.js';
import { OrganizationContextService } from '../../src/tenancy/index.js';
import {
  build,
  buildClient,
  buildClientWithData,
  buildMember,
  buildOrganization,
  type BuiltOrganization,
} from '../support/builders.js';
import { contextOf, runAs } from '../support/contexts.js';
import { expectIndistinguishable } from '../support/expect-isolated.js';
import { statementsOf } from '../support/statements.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

interface AuditAnswer {
  data: {
    action: string;
    outcome: string;
    entityId: string;
    clientId: string;
    actorId: string;
    entryPoint: string;
    fields: string[];
  }[];
}

describe('client data', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;
  const marker = `SECRET-${randomUUID()}`;

  beforeAll(async () => {
    app = await TestApp.start();
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
  });
  afterAll(async () => await app.stop());

  const auditOf = async (clientId: string) => {
    const { body } = await app.http(acme.owner).get(`/api/v1/audit-logs?client=${clientId}&limit=100`).expect(200);
    return (body as AuditAnswer).data;
  };

  it('S0-2 S0-6 S0-7 S0-8 S0-9 S0-10 returns basics, objectives, credentials, projects and keywords in one answer', async () => {
    const { client, project } = await buildClientWithData(app, acme);
    const { body } = await app.http(acme.owner).get(`/api/v1/clients/${client.id}/data`).expect(200);
    expect(body).toMatchObject({
      id: client.id,
      name: 'Client plain',
      websiteUrl: 'https://www.example.com',
      businessObjectives: 'Objectives plain',
      targetAudience: 'Audience plain',
      googleAnalytics: {
        provider: 'google-analytics',
        propertyId: '123456',
        isUsable: true,
        health: { state: 'UNKNOWN' },
      },
      searchConsole: { provider: 'search-console', propertyUrl: 'sc-domain:example.com', isUsable: true },
      seoProjects: [
        { id: project.id, name: 'Project plain', keywords: [{ term: 'hand-made shoes' }, { term: 'leather boots' }] },
      ],
      targetedKeywords: ['hand-made shoes', 'leather boots'],
    });
  });

  it('S0-13 answers for a client of another organization as for none, on every route', async () => {
    const { client, project } = await buildClientWithData(app, globex);
    const http = app.http(acme.owner);
    const credentials = (id: string) => `/api/v1/clients/${id}/credentials/google-analytics`;
    await expectIndistinguishable(client.id, (id) => http.get(`/api/v1/clients/${id}`));
    await expectIndistinguishable(client.id, (id) => http.get(`/api/v1/clients/${id}/data`));
    await expectIndistinguishable(client.id, (id) => http.patch(`/api/v1/clients/${id}`).send({ name: 'Mine' }));
    await expectIndistinguishable(client.id, (id) => http.delete(`/api/v1/clients/${id}`));
    await expectIndistinguishable(client.id, (id) => http.get(credentials(id)));
    await expectIndistinguishable(client.id, (id) => http.put(credentials(id)).send({ secrets: { a: 'b' } }));
    await expectIndistinguishable(client.id, (id) => http.delete(credentials(id)));
    await expectIndistinguishable(client.id, (id) =>
      http.post(`/api/v1/clients/${id}/seo-projects`).send({ name: 'Mine' }),
    );
    await expectIndistinguishable(project.id, (id) => http.get(`/api/v1/seo-projects/${id}`));
    await expectIndistinguishable(project.id, (id) =>
      http.post(`/api/v1/seo-projects/${id}/keywords`).send({ term: 'mine' }),
    );
  });

  describe('credential fallback', () => {
    const stored = async (credentials: CredentialService, secrets: object): Promise<StoredCredential[]> => {
      const id = randomUUID();
      const envelope = await credentials.seal(secrets, { table: 'client_credentials', column: 'envelope', rowId: id });
      return ['GOOGLE_ANALYTICS', 'SEARCH_CONSOLE'].map((provider) => ({
        id,
        provider,
        envelope,
        fingerprint: 'abc',
        healthState: 'UNKNOWN',
        healthCheckedAt: null,
      }));
    };
    const owner = async (
      credentials: CredentialService,
      fields: Partial<CredentialOwner>,
      legacy?: object,
    ): Promise<CredentialOwner> => {
      const id = randomUUID();
      const place = { table: 'clients', column: 'legacy_credentials_envelope', rowId: id };
      return {
        id,
        googleAnalyticsPropertyId: null,
        searchConsolePropertyUrl: null,
        legacyCredentialsEnvelope: legacy ? await credentials.seal(legacy, place) : null,
        ...fields,
      };
    };
    const columns = { googleAnalyticsPropertyId: 'column-id', searchConsolePropertyUrl: 'column-url' };
    const legacy = { google_analytics_property_id: 'legacy-id', search_console_property_url: 'legacy-url' };

    const lookUp = (secrets: object | null, fields: Partial<CredentialOwner>, former?: object) =>
      runAs(app, acme, async () => {
        const credentials = app.get(CredentialService);
        const client = await owner(credentials, fields, former);
        const rows = secrets ? await stored(credentials, secrets) : [];
        return [
          (await credentials.googleAnalytics(client, rows)).getPropertyId(),
          (await credentials.searchConsole(client, rows)).getPropertyUrl(),
        ];
      });

    it('S0-11 S0-12 S0-18 takes the field of the decrypted credential first', async () => {
      expect(await lookUp({ propertyId: 'own-id', propertyUrl: 'own-url' }, columns, legacy)).toEqual([
        'own-id',
        'own-url',
      ]);
    });
    it('S0-11 takes the client’s column second, also for an empty field', async () => {
      expect(await lookUp({ propertyId: '', propertyUrl: ' ' }, columns, legacy)).toEqual(['column-id', 'column-url']);
      expect(await lookUp(null, columns, legacy)).toEqual(['column-id', 'column-url']);
    });
    it('S0-11 takes the legacy JSON third', async () => {
      expect(await lookUp({ refreshToken: 'x' }, {}, legacy)).toEqual(['legacy-id', 'legacy-url']);
    });
    it('S0-11 gives null last', async () => {
      expect(await lookUp({ refreshToken: 'x' }, {}, {})).toEqual([null, null]);
      expect(await lookUp(null, {})).toEqual([null, null]);
    });
  });

  it('S0-21 tells missing from unreadable credentials, without a secret in the message', async () => {
    const client = await buildClient(app, acme);
    const path = `/api/v1/clients/${client.id}/credentials/google-analytics`;
    expect((await app.http(acme.owner).get(path).expect(404)).body).toMatchObject({ code: 'CREDENTIAL_MISSING' });
    await app
      .http(acme.owner)
      .put(path)
      .send({ propertyId: '1', secrets: { token: marker } })
      .expect(200);
    await askAsSuperuser(
      `UPDATE client_credentials SET envelope = regexp_replace(envelope, '.$', 'A') || 'A' WHERE client_id = $1`,
      [client.id],
    );
    const { body } = await app.http(acme.owner).get(path).expect(200);
    expect(body).toMatchObject({ isUsable: false, propertyId: null, health: { state: 'FAILING' } });
    const data = await runAs(app, acme, () => app.get(ClientDataService).getClientData(client.id));
    expect(() => data.googleAnalytics.requireSecrets()).toThrow(
      expect.objectContaining({ code: 'CREDENTIAL_UNREADABLE' }),
    );
    expect(() => data.searchConsole.requireSecrets()).toThrow(expect.objectContaining({ code: 'CREDENTIAL_MISSING' }));
  });

  it('S0-32 stores credentials encrypted, and bound to their row', async () => {
    const { client } = await buildClientWithData(app, acme, marker);
    const other = await buildClientWithData(app, acme, 'other');
    const rows = await askAsSuperuser<{ envelope: string }>(
      'SELECT envelope FROM client_credentials WHERE client_id = $1',
      [client.id],
    );
    expect(rows).toHaveLength(2);
    for (const { envelope } of rows) {
      expect(envelope).toMatch(/^v2\.[\w-]{36}\./);
      expect(Buffer.from(envelope.split('.')[3] as string, 'base64url').toString()).not.toContain(marker);
    }
    await askAsSuperuser(
      `UPDATE client_credentials c SET envelope = o.envelope FROM client_credentials o
        WHERE o.client_id = $1 AND c.client_id = $2 AND c.provider = o.provider`,
      [client.id, other.client.id],
    );
    const { body } = await app.http(acme.owner).get(`/api/v1/clients/${other.client.id}/data`).expect(200);
    expect(body).toMatchObject({ googleAnalytics: { isUsable: false } });
  });

  it('never shows a secret in an answer or a record', async () => {
    const { client } = await buildClientWithData(app, acme, 'shown');
    const secret = `SECRET-${randomUUID()}`;
    const http = app.http(acme.owner);
    const path = `/api/v1/clients/${client.id}`;
    await http
      .patch(path)
      .send({ legacyCredentials: { token: secret } })
      .expect(200);
    const answers = [
      await http.put(`${path}/credentials/google-analytics`).send({ secrets: { token: secret } }),
      await http.get(`${path}/credentials/google-analytics`),
      await http.get(`${path}/data`),
      await http.get(path),
      await http.get('/api/v1/clients'),
      await http.get('/api/v1/audit-logs?limit=100'),
    ];
    for (const answer of answers) expect(answer.text).not.toContain(secret);
    const data = await runAs(app, acme, () => app.get(ClientDataService).getClientData(client.id));
    expect(JSON.stringify(data)).not.toContain(secret);
  });

  it('puts every access on record: found, not found, changed, with fields and credentials', async () => {
    const { client } = await buildClientWithData(app, acme);
    await app.http(acme.owner).get(`/api/v1/clients/${client.id}/data`).expect(200);
    const records = await auditOf(client.id);
    expect(records[0]).toMatchObject({
      action: 'client-data.read',
      outcome: 'SUCCESS',
      entityId: client.id,
      actorId: acme.owner.user.id,
      entryPoint: 'http',
    });
    expect(records[0]?.fields).toEqual(
      expect.arrayContaining(['credential:GOOGLE_ANALYTICS', 'credential:SEARCH_CONSOLE', 'targetedKeywords']),
    );
    expect(records.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['client.created', 'credential.stored', 'keyword.added']),
    );
    const unknown = randomUUID();
    await app.http(acme.owner).get(`/api/v1/clients/${unknown}/data`).expect(404);
    expect((await auditOf(unknown))[0]).toMatchObject({ action: 'client-data.read', outcome: 'NOT_FOUND' });
  });

  it('S0-15 takes an explicit organization only if it is the context’s, unless the actor may cross', async () => {
    const { client } = await buildClientWithData(app, globex);
    const service = app.get(ClientDataService);
    await expect(
      runAs(app, acme, () => service.getClientData(client.id, { organizationId: globex.id })),
    ).rejects.toMatchObject({
      code: 'ORGANIZATION_NOT_FOUND',
    });
    await expect(
      runAs(app, globex, () => service.getClientData(client.id, { organizationId: globex.id })),
    ).resolves.toBeDefined();
    const contexts = app.get(OrganizationContextService);
    const system = contextOf(acme, { actor: await contexts.findSystemActor(), role: null });
    await contexts.run(system, () => service.getClientById(client.id, { organizationId: globex.id }));
    const crossed = await askAsSuperuser<{ actor_type: string }>(
      `SELECT actor_type FROM audit_logs WHERE organization_id = $1 AND client_id = $2 AND actor_type = 'system'`,
      [globex.id, client.id],
    );
    expect(crossed).toHaveLength(1);
  });

  it('S0-29 S0-30 works with id or client, and with no context open when the organization is given', async () => {
    const { client } = await buildClientWithData(app, globex);
    const service = app.get(ClientDataService);
    const found = await service.getClientById(client.id, { organizationId: globex.id });
    const data = await service.getClientData(found, { organizationId: globex.id });
    expect(data.googleAnalytics.getPropertyId()).toBe('123456');
    await expect(service.getClientData(client.id)).rejects.toMatchObject({ code: 'ORGANIZATION_CONTEXT_MISSING' });
  });

  it('S0-23 loads a client with a fixed number of statements', async () => {
    const { client, project } = await buildClientWithData(app, acme);
    const read = () => app.http(acme.owner).get(`/api/v1/clients/${client.id}/data`).expect(200);
    const few = await statementsOf(app, read);
    for (let number = 0; number < 5; number += 1) {
      await build(app, acme, `/seo-projects/${project.id}/keywords`, { term: `more ${number}` });
      await build(app, acme, `/clients/${client.id}/seo-projects`, { name: `More ${number}` });
    }
    const many = await statementsOf(app, read);
    // One that reads, and the audit record.
    expect(few).toHaveLength(2);
    expect(many).toHaveLength(2);
  });

  it('hides what belongs to a deactivated client, and destroys a deleted credential', async () => {
    const { client, project } = await buildClientWithData(app, acme);
    const http = app.http(acme.owner);
    await http.delete(`/api/v1/clients/${client.id}/credentials/google-analytics`).expect(204);
    await http.get(`/api/v1/clients/${client.id}/credentials/google-analytics`).expect(404);
    const [row] = await askAsSuperuser<{ envelope: null }>(
      `SELECT envelope FROM client_credentials WHERE client_id = $1 AND provider = 'GOOGLE_ANALYTICS'`,
      [client.id],
    );
    expect(row?.envelope).toBeNull();
    await http.delete(`/api/v1/clients/${client.id}`).expect(204);
    await http.get(`/api/v1/clients/${client.id}/data`).expect(404);
    await http.get(`/api/v1/seo-projects/${project.id}`).expect(404);
    await http.get(`/api/v1/seo-projects/${project.id}/keywords`).expect(404);
    await http.put(`/api/v1/clients/${client.id}/activation`).expect(200);
    await http.get(`/api/v1/seo-projects/${project.id}`).expect(200);
  });

  it('lets members read data, and keeps changes to administrators', async () => {
    const { client } = await buildClientWithData(app, acme);
    const member = await buildMember(app, acme);
    const http = app.http(member, acme.id);
    await http.get(`/api/v1/clients/${client.id}/data`).expect(200);
    await http.put(`/api/v1/clients/${client.id}/credentials/search-console`).send({ secrets: {} }).expect(403);
    await http.get('/api/v1/audit-logs').expect(403);
  });
});
