import { randomUUID } from 'node:crypto';
import { Controller, Get, Module } from '@nestjs/common';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { Endpoint } from '../../src/platform/http/endpoint.decorator.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import { PINO } from '../../src/platform/logging/logging.module.js';
import { OrganizationContextService } from '../../src/tenancy/index.js';
import { buildClient, buildMember, buildOrganization, type BuiltOrganization, PASSWORD } from '../support/builders.js';
import { TestApp } from '../support/test-app.js';

@Controller('probe')
class ProbeController {
  constructor(private readonly database: OrganizationDatabase) {}

  /** Asks for data of an organization on a route that has none, and swallows the error. */
  @Get('careless')
  @Endpoint({ summary: 'Forgets its organization', access: 'public' })
  async careless(): Promise<void> {
    const asked = async () => await this.database.client.findMany();
    await asked().catch(() => undefined);
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('the log', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  const written: string[] = [];

  beforeAll(async () => {
    const destination = { write: (line: string) => void written.push(line) };
    app = await TestApp.start({
      modules: [ProbeModule],
      override: (builder) =>
        builder.overrideProvider(PINO).useFactory({
          inject: [OrganizationContextService],
          factory: (contexts: OrganizationContextService) =>
            createLogger('trace', () => contexts.current(), destination),
        }),
    });
    acme = await buildOrganization(app);
  });
  beforeEach(() => void written.splice(0));
  afterAll(async () => await app.stop());

  const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);

  it('S0-22 carries request, organization, actor and entry point, and no secret', async () => {
    const member = await buildMember(app, acme);
    const key = await app
      .http(acme.owner)
      .post('/api/v1/api-keys')
      .send({ name: 'Report', scopes: ['clients:read'] })
      .expect(201);
    const { id, key: secret } = key.body as { id: string; key: string };
    written.splice(0);
    const requestId = randomUUID();
    const path = '/api/v1/clients';
    await app.http(member, acme.id).get(`${path}?search=confidential`).set('X-Request-Id', requestId).expect(400);
    await app.http({ accessToken: secret }).get(path).expect(200);
    await app.http().post('/api/v1/auth/login').send({ email: member.email, password: PASSWORD }).expect(200);
    const requests = lines().filter(({ msg }) => msg === 'request');
    const common = { organizationId: acme.id, product: 'bestays', entryPoint: 'http', path, method: 'GET' };
    expect(requests).toMatchObject([
      { ...common, requestId, actorType: 'user', actorId: member.user.id, status: 400 },
      { ...common, actorType: 'apiKey', actorId: id, status: 200 },
      { organizationId: null, actorType: 'anonymous', entryPoint: 'http', path: '/api/v1/auth/login', status: 200 },
    ]);
    const everything = written.join('');
    for (const each of [secret, member.accessToken, member.refreshToken, PASSWORD, 'confidential'])
      expect(everything).not.toContain(each);
  });

  it('S0-22 redacts what is a secret by its name, at every depth that is logged', () => {
    const logger = app.nest.get<ReturnType<typeof createLogger>>(PINO);
    const secret = `secret-${randomUUID()}`;
    const fields = { password: secret, accessToken: secret, secrets: { clientSecret: secret }, authorization: secret };
    logger.info({ ...fields, body: fields, request: { headers: fields } }, 'all of it');
    expect(written.join('')).toContain('[redacted]');
    expect(written.join('')).not.toContain(secret);
  });

  it('S3-21 warns of work without a context, also when the error is swallowed', async () => {
    await app.http().get('/api/v1/probe/careless').expect(204);
    const warnings = lines().filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ msg: expect.stringContaining('organization') as string, source: 'Tenancy' }]);
    written.splice(0);
    await buildClient(app, acme);
    expect(lines().filter(({ level }) => level === 'warn')).toEqual([]);
  });
});
