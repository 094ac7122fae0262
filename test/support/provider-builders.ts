import { generateKeyPairSync } from 'node:crypto';
import type { CredentialHealth } from '../../src/features/credentials/credential-health.types.js';
import { CredentialService } from '../../src/features/credentials/credential.service.js';
import { buildBusiness, buildClient, type BuiltOrganization } from './builders.js';
import { runAs } from './contexts.js';
import { buildIntegration, FACEBOOK_PAGE } from './integration-builders.js';
import { ProviderServer } from './provider-server.js';
import { askAsSuperuser } from './superuser.js';
import type { TestApp } from './test-app.js';

export const OAUTH = { refreshToken: 'refresh-1', clientId: 'client-1', clientSecret: 'client-secret-1' };

/** A client's credential for one provider, with the calls that tests make on it. */
export async function buildCredential(
  app: TestApp,
  organization: BuiltOrganization,
  { provider = 'google-analytics', body = {} }: { provider?: string; body?: object } = {},
) {
  const { id: clientId } = await buildClient(app, organization);
  const path = `/api/v1/clients/${clientId}/credentials/${provider}`;
  const property =
    provider === 'google-analytics' ? { propertyId: '123456' } : { propertyUrl: 'sc-domain:example.com' };
  const http = () => app.http(organization.owner, organization.id);
  const put = async (fields: object = {}) =>
    await http()
      .put(path)
      .send({ ...property, secrets: OAUTH, ...fields })
      .expect(200);
  await put(body);
  const [row] = await askAsSuperuser<{ id: string }>('SELECT id FROM client_credentials WHERE client_id = $1', [
    clientId,
  ]);
  const { id } = row as { id: string };
  const check = async () =>
    ((await http().post(`${path}/health-check`).expect(200)).body as { health: CredentialHealth }).health;
  const stored = async () => {
    const [{ envelope }] = (await askAsSuperuser('SELECT envelope FROM client_credentials WHERE id = $1', [id])) as [
      { envelope: string },
    ];
    const place = { table: 'client_credentials', column: 'envelope', rowId: id };
    return await runAs(app, organization, () => app.get(CredentialService).open(envelope, place));
  };
  return { id, clientId, path, put, check, stored };
}

/** A page whose app is the server's. */
export async function buildPage(app: TestApp, organization: BuiltOrganization, tokens: object, secrets: object = {}) {
  const { id: businessId } = await buildBusiness(app, organization);
  const { app: facebookApp } = ProviderServer;
  const { id } = await buildIntegration(app, organization, businessId, {
    secrets: { appId: facebookApp.id, appSecret: facebookApp.secret, ...secrets },
    facebookPage: { ...FACEBOOK_PAGE, ...tokens },
  });
  const path = `/api/v1/integrations/${id}`;
  const http = () => app.http(organization.owner, organization.id);
  const check = async () =>
    ((await http().post(`${path}/health-check`).expect(200)).body as { health: CredentialHealth }).health;
  const patch = async (facebookPage: object) => await http().patch(path).send({ facebookPage }).expect(200);
  return { id, path, check, patch };
}

/** The key file of a service account, and the key with which its signatures are verified. */
export function buildServiceAccount(email: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const keyFile = {
    type: 'service_account',
    client_email: email,
    private_key_id: 'key-1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    // Whoever followed it would hand a signed assertion to somebody else.
    token_uri: 'http://127.0.0.1:1/token',
  };
  return { keyFile, publicKey };
}
