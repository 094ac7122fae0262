import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Configuration } from './configuration.js';
import { clerkHostOf } from './environment.js';

const base = {
  DATABASE_URL: 'postgres://app:a@db/x',
  DATABASE_IDENTITY_URL: 'postgres://identity:a@db/x',
  DATABASE_SYSTEM_URL: 'postgres://system:a@db/x',
  REDIS_URL: 'redis://redis',
  JWT_SECRET: 'x'.repeat(32),
  ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  METRICS_TOKEN: 'x'.repeat(16),
};
const publicKeyOf = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
const publishableKey = (host: string) => `pk_live_${Buffer.from(`${host}$`).toString('base64')}`;
const clerk = {
  CLERK_JWT_KEY: publicKeyOf(2_048).replaceAll('\n', '\\n'),
  CLERK_PUBLISHABLE_KEY: publishableKey('clerk.example.test'),
  CLERK_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
  APP_URL: 'https://app.example.test/home',
};

describe('the settings of Clerk', () => {
  it('S4-10 come from the environment, and none is needed', () => {
    expect(Configuration.load(base).clerk).toBeNull();
    expect(Configuration.load({ ...base, ...clerk }).clerk).toMatchObject({
      issuer: 'https://clerk.example.test',
      authorizedParties: new Set(['https://app.example.test']),
    });
    const named = { ...clerk, CLERK_AUTHORIZED_PARTIES: 'https://a.test, https://b.test' };
    expect([...(Configuration.load({ ...base, ...named }).clerk?.authorizedParties ?? [])]).toEqual([
      'https://a.test',
      'https://b.test',
    ]);
  });

  it('say what is wrong with them, without a value', () => {
    const load = (changes: object) => () => Configuration.load({ ...base, ...clerk, ...changes });
    expect(load({ CLERK_PUBLISHABLE_KEY: '' })).toThrow('CLERK_PUBLISHABLE_KEY is not set');
    expect(load({ APP_URL: '' })).toThrow('CLERK_AUTHORIZED_PARTIES is not set');
    expect(load({ CLERK_JWT_KEY: publicKeyOf(1_024) })).toThrow('CLERK_JWT_KEY');
    expect(load({ CLERK_PUBLISHABLE_KEY: 'pk_live_nonsense' })).toThrow('CLERK_PUBLISHABLE_KEY');
    expect(load({ CLERK_WEBHOOK_SECRET: 'whsec_short' })).toThrow('CLERK_WEBHOOK_SECRET');
    expect(load({ CLERK_WEBHOOK_SECRET: 'whsec_short' })).not.toThrow('whsec_short');
    expect(load({ CLERK_SECRET_KEY: 'nonsense' })).toThrow('CLERK_SECRET_KEY');
    expect(Configuration.load({ ...base, ...clerk, CLERK_WEBHOOK_SECRET: '' }).warnings).toEqual([
      expect.stringContaining('CLERK_WEBHOOK_SECRET is not set'),
    ]);
  });

  it('take the issuer from a host, and from nothing else', () => {
    expect(clerkHostOf(publishableKey('clerk.example.test'))).toBe('clerk.example.test');
    for (const host of ['evil.test/path', 'a b', 'x@y', '']) expect(clerkHostOf(publishableKey(host))).toBeNull();
  });
});
