import { randomUUID } from 'node:crypto';
import { ClientDataStore, type FoundClient } from '../../src/features/client-data/client-data-store.js';
import type { BuiltOrganization } from './builders.js';
import { runAs } from './contexts.js';
import { eventually } from './fault-proxy.js';
import { statementsOf } from './statements.js';
import { askAsSuperuser } from './superuser.js';
import type { TestApp } from './test-app.js';

/** A client with one part of each kind, by SQL from outside of every application. */
export interface ClientRows {
  readonly id: string;
  readonly credentialId: string;
  readonly projectId: string;
  readonly keywordId: string;
}

const EVERYTHING = { providers: ['GOOGLE_ANALYTICS', 'SEARCH_CONSOLE'], hasProjects: true } as const;

/** Adds clients named `before`, with parts that say the same; their sealed secrets do not open. */
export async function addClientRows(
  { id: organizationId }: BuiltOrganization,
  count: number,
  ids = Array.from({ length: count }, () => randomUUID() as string),
): Promise<ClientRows[]> {
  const rows = ids.map((id) => ({ id, credentialId: randomUUID(), projectId: randomUUID(), keywordId: randomUUID() }));
  const columns = ['id', 'credentialId', 'projectId', 'keywordId'] as const;
  const owner = `'${organizationId}', 'bestays'`;
  const insert = async (text: string) => {
    await askAsSuperuser(
      `WITH r AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) AS r (id, k, p, w)) ${text}`,
      columns.map((column) => rows.map((row) => row[column])),
    );
  };
  await insert(`INSERT INTO clients (organization_id, product, id, name) SELECT ${owner}, id, 'before' FROM r`);
  await insert(
    `INSERT INTO client_credentials (organization_id, product, id, client_id, provider, fingerprint, envelope)
     SELECT ${owner}, k, id, 'GOOGLE_ANALYTICS', 'before', 'v1.sealed' FROM r`,
  );
  await insert(
    `INSERT INTO seo_projects (organization_id, product, id, client_id, name) SELECT ${owner}, p, id, 'before' FROM r`,
  );
  await insert(
    `INSERT INTO keywords (organization_id, product, id, seo_project_id, term) SELECT ${owner}, w, p, 'before' FROM r`,
  );
  return rows;
}

/** Reads a client as the organization's owner, without a record: what is counted then is the read alone. */
export async function findClient(app: TestApp, organization: BuiltOrganization, id: string): Promise<FoundClient> {
  return await runAs(app, organization, () => app.get(ClientDataStore).find(id, EVERYTHING));
}

/** Reads clients until none of them asks the database any more. */
export async function warmUp(app: TestApp, organization: BuiltOrganization, ids: readonly string[]): Promise<void> {
  await eventually(async () => {
    const read = () => Promise.all(ids.map((id) => findClient(app, organization, id)));
    expect(await statementsOf(app, read)).toEqual([]);
  });
}
