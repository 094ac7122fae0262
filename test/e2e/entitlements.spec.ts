import { Controller, Get, Module } from '@nestjs/common';
import { Endpoint } from '../../src/platform/http/endpoint.decorator.js';
import { RequireFeature, RequireSubscription } from '../../src/platform/http/entitlements.js';
import { buildMember, buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { carryOut } from '../support/command-line.js';
import { TestApp } from '../support/test-app.js';

@Controller('probe')
class ProbeController {
  @Get('feature')
  @Endpoint({ summary: 'Needs a feature', access: 'MEMBER' })
  @RequireFeature('advanced_analytics')
  feature(): void {
    return undefined;
  }

  @Get('both')
  @Endpoint({ summary: 'Needs a feature and a subscription', access: 'MEMBER' })
  @RequireFeature('advanced_analytics')
  @RequireSubscription()
  both(): void {
    return undefined;
  }

  @Get('outside')
  @Endpoint({ summary: 'Needs a feature of no organization', access: 'actor' })
  @RequireFeature('advanced_analytics')
  outside(): void {
    return undefined;
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

/** Each command starts an application of its own. */
const COMMANDS_MS = 120_000;

describe('what an organization may use', () => {
  let app: TestApp;
  let acme: BuiltOrganization;
  let globex: BuiltOrganization;

  beforeAll(async () => {
    app = await TestApp.start({ modules: [ProbeModule] });
    acme = await buildOrganization(app);
    globex = await buildOrganization(app);
  });
  afterAll(async () => await app.stop());

  const change = async ({ slug }: BuiltOrganization, ...parameters: string[]) => {
    const result = await carryOut('org:features', '--organization', slug, '--json', ...parameters);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return JSON.parse(result.stdout) as object;
  };
  const probe = (path: string, { owner, id }: BuiltOrganization) => app.http(owner, id).get(`/api/v1/probe/${path}`);

  it(
    'S3-14 is refused until the platform switches it on, for this organization only',
    async () => {
      expect((await probe('feature', acme).expect(403)).body).toMatchObject({ code: 'FEATURE_NOT_ENABLED' });
      expect(await change(acme, '--enable', 'advanced_analytics,beta')).toMatchObject({
        features: { advanced_analytics: true, beta: true },
      });
      await probe('feature', acme).expect(204);
      await probe('feature', globex).expect(403);
      const { body } = await app.http(acme.owner).get('/api/v1/organizations/current').expect(200);
      expect(body).toMatchObject({ features: { advanced_analytics: true, beta: true }, isSubscriptionActive: true });
      const { version } = body as { version: number };
      await change(acme);
      expect((await app.http(acme.owner).get('/api/v1/organizations/current').expect(200)).body).toMatchObject({
        version,
      });
      expect(await change(acme, '--disable', 'beta')).toMatchObject({ features: { advanced_analytics: true } });
      for (const field of [{ features: { beta: true } }, { subscriptionState: 'ACTIVE' }]) {
        await app.http(acme.owner).patch('/api/v1/organizations/current').send(field).expect(400);
      }
    },
    COMMANDS_MS,
  );

  it(
    'S3-13 ends with the subscription',
    async () => {
      await change(acme, '--enable', 'advanced_analytics');
      await probe('both', acme).expect(204);
      await change(acme, '--ends-at', '2020-01-01T00:00:00Z');
      expect((await probe('both', acme).expect(403)).body).toMatchObject({ code: 'SUBSCRIPTION_INACTIVE' });
      await change(acme, '--ends-at', 'never', '--subscription', 'past_due');
      await probe('both', acme).expect(403);
      await change(acme, '--subscription', 'active');
      await probe('both', acme).expect(204);
      await change(acme, '--disable', 'advanced_analytics');
      expect((await probe('both', acme).expect(403)).body).toMatchObject({ code: 'FEATURE_NOT_ENABLED' });
    },
    COMMANDS_MS,
  );

  it(
    'comes after the door, and is closed where there is no organization',
    async () => {
      const member = await buildMember(app, acme);
      await app.http().get('/api/v1/probe/feature').expect(401);
      await app.http(member, globex.id).get('/api/v1/probe/feature').expect(404);
      await app.http(member).get('/api/v1/probe/outside').expect(400);
    },
    COMMANDS_MS,
  );

  it(
    'is on record, changed or refused',
    async () => {
      await change(globex, '--enable', 'beta');
      await probe('feature', globex).expect(403);
      const { body } = await app.http(globex.owner).get('/api/v1/audit-logs?entity=Organization').expect(200);
      expect(body).toMatchObject({
        data: expect.arrayContaining([
          expect.objectContaining({
            action: 'organization.entitlement-refused',
            outcome: 'DENIED',
            reason: 'FEATURE_NOT_ENABLED',
          }),
          expect.objectContaining({
            action: 'organization.entitlements-changed',
            actorType: 'system',
            fields: ['features.beta'],
          }),
        ]) as object[],
      });
    },
    COMMANDS_MS,
  );
});
