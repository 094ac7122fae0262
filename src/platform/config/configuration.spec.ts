import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Configuration } from './configuration.js';

const complete = {
  DATABASE_URL: 'postgres://app:a@db/x',
  DATABASE_IDENTITY_URL: 'postgres://identity:a@db/x',
  DATABASE_SYSTEM_URL: 'postgres://system:a@db/x',
  REDIS_URL: 'redis://redis',
  JWT_SECRET: 'x'.repeat(32),
  ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  METRICS_TOKEN: 'x'.repeat(16),
  LEAKED_PASSWORDS_URL: 'https://leaks.test',
};

describe(Configuration.name, () => {
  it('S3-8 C2 is most secure by default', () => {
    const configuration = Configuration.load(complete);
    expect(configuration.get('ENVIRONMENT')).toBe('development');
    expect(configuration.get('ENABLE_POSTGRESQL_RLS')).toBe(true);
    expect(configuration.get('REQUIRE_ORGANIZATION_CONTEXT')).toBe(true);
    expect(configuration.warnings).toEqual([]);
  });

  it('S3-8 names its settings in .env.example', () => {
    const example = readFileSync('.env.example', 'utf8');
    for (const name of ['ENVIRONMENT', 'ENABLE_POSTGRESQL_RLS', 'REQUIRE_ORGANIZATION_CONTEXT'])
      expect(example).toContain(name);
  });

  it('lists everything that is wrong at once, without the values', () => {
    const load = () =>
      Configuration.load({ JWT_SECRET: 'too-short-secret', ENCRYPTION_KEY: 'bad-key', DATABASE_URL: 'mysql://x' });
    expect(load).toThrow(
      /DATABASE_URL.*\n.*DATABASE_IDENTITY_URL is not set\n.*DATABASE_SYSTEM_URL is not set\n.*REDIS_URL is not set/s,
    );
    expect(load).toThrow(/JWT_SECRET: must have at least 32 characters/);
    expect(load).not.toThrow(/too-short-secret|bad-key/);
  });

  it.each(['ENABLE_POSTGRESQL_RLS', 'REQUIRE_ORGANIZATION_CONTEXT'])(
    'C2 warns of %s=false, and refuses it in production',
    (name) => {
      expect(Configuration.load({ ...complete, [name]: 'false' }).warnings).toEqual([expect.stringContaining(name)]);
      expect(() => Configuration.load({ ...complete, [name]: 'false', ENVIRONMENT: 'production' })).toThrow(name);
    },
  );

  it('limits requests by default, and refuses production without limits', () => {
    expect(Configuration.load(complete).get('RATE_LIMIT_PER_MINUTE')).toBe(6_000);
    const unlimited = { ...complete, RATE_LIMIT_PER_MINUTE: '0' };
    expect(Configuration.load(unlimited).get('RATE_LIMIT_PER_MINUTE')).toBe(0);
    expect(() => Configuration.load({ ...unlimited, ENVIRONMENT: 'production' })).toThrow('RATE_LIMIT_PER_MINUTE');
    expect(() => Configuration.load({ ...complete, RATE_LIMIT_PER_MINUTE: '-1' })).toThrow('RATE_LIMIT_PER_MINUTE');
  });

  it('believes forwarded addresses only from proxies that are named or counted', () => {
    const load = (value: string) => Configuration.load({ ...complete, TRUST_PROXY: value }).get('TRUST_PROXY');
    expect(Configuration.load(complete).get('TRUST_PROXY')).toBe(false);
    expect(load('false')).toBe(false);
    expect(load('2')).toBe(2);
    expect(load('10.0.0.0/8, fd00::/8')).toBe('10.0.0.0/8, fd00::/8');
    for (const value of ['true', 'true, 10.0.0.1', 'everybody', '0', '-1'])
      expect(() => load(value)).toThrow('TRUST_PROXY');
  });

  it('C5 S4-1 S4-2 S4-25 takes the first allowed product by default, falls back with a warning, and stops in production', () => {
    expect(Configuration.load(complete).product).toBe('bestays');
    expect(Configuration.load({ ...complete, PRODUCT: 'realestate' }).product).toBe('realestate');
    const fallback = Configuration.load({ ...complete, PRODUCT: 'bestay' });
    expect(fallback.product).toBe('bestays');
    expect(fallback.warnings).toEqual([expect.stringContaining('PRODUCT')]);
    expect(() => Configuration.load({ ...complete, PRODUCT: 'bestay', ENVIRONMENT: 'production' })).toThrow('PRODUCT');
  });

  it('sends mail only where it knows from whom and what links lead to', () => {
    const mail = { SMTP_URL: 'smtps://mail', MAIL_FROM: 'Bulkhead <a@b.test>', APP_URL: 'https://app.test/x/' };
    const configuration = Configuration.load({ ...complete, ...mail, ENVIRONMENT: 'production' });
    expect(configuration.warnings).toEqual([]);
    expect(configuration.link('reset#token=1')).toBe('https://app.test/x/reset#token=1');
    expect(() => Configuration.load({ ...complete, SMTP_URL: mail.SMTP_URL })).toThrow(/MAIL_FROM.*\n.*APP_URL/);
    expect(() => Configuration.load({ ...complete, ...mail, MAIL_FROM: 'a@b\nBcc: c@d' })).toThrow('MAIL_FROM');
    expect(() => Configuration.load({ ...complete, ...mail, SMTP_URL: 'http://mail' })).toThrow('SMTP_URL');
  });

  it.each(['staging', 'production'])('warns in %s that no mail is sent, and starts', (environment) => {
    const { warnings } = Configuration.load({ ...complete, ENVIRONMENT: environment });
    expect(warnings).toEqual([expect.stringContaining('SMTP_URL is not set')]);
  });

  it('warns in production that nobody is asked for leaked passwords', () => {
    const mail = { SMTP_URL: 'smtps://mail', MAIL_FROM: 'a@b.test', APP_URL: 'https://app.test' };
    const given = { ...complete, ...mail, LEAKED_PASSWORDS_URL: '' };
    expect(Configuration.load(given).warnings).toEqual([]);
    const { warnings } = Configuration.load({ ...given, ENVIRONMENT: 'production' });
    expect(warnings).toEqual([expect.stringContaining('LEAKED_PASSWORDS_URL is not set')]);
  });

  it.each([
    ['smtp://mail', ['SMTP_URL does not require TLS']],
    ['smtp://mail?requireTLS=true', []],
    ['smtps://mail', []],
  ])('warns in production of a mail server that may be asked in the clear: %s', (url, expected) => {
    const mail = { SMTP_URL: url, MAIL_FROM: 'a@b.test', APP_URL: 'https://app.test' };
    const { warnings } = Configuration.load({ ...complete, ...mail, ENVIRONMENT: 'production' });
    expect(warnings).toEqual(expected.map((text) => expect.stringContaining(text) as string));
  });

  it('takes root keys from the environment or from files, each in one way, and shows none that is wrong', () => {
    const keys = Array.from({ length: 3 }, () => randomBytes(32).toString('base64'));
    const [current = '', ...previous] = keys;
    const folder = mkdtempSync(join(tmpdir(), 'root-keys-'));
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const { ENCRYPTION_KEY: _key, ...others } = complete;
    const load = (variables: NodeJS.ProcessEnv) => Configuration.load({ ...others, ...variables }).rootKeys;
    const given = { ENCRYPTION_KEY: current, ENCRYPTION_PREVIOUS_KEYS: previous.join(', ') };
    const files = {
      ENCRYPTION_KEY_FILE: write('current', `${current}\n`),
      ENCRYPTION_PREVIOUS_KEYS_FILE: write('previous', previous.join('\n')),
    };
    expect(load(given)).toEqual(keys);
    expect(load(files)).toEqual(keys);
    expect(() => load({})).toThrow('ENCRYPTION_KEY is not set, nor is ENCRYPTION_KEY_FILE');
    expect(() => load({ ...given, ...files })).toThrow(
      /ENCRYPTION_KEY and .* both set.*\n.*ENCRYPTION_PREVIOUS_KEYS and/,
    );
    expect(() => load({ ENCRYPTION_KEY_FILE: join(folder, 'missing') })).toThrow(
      'ENCRYPTION_KEY_FILE: the file cannot',
    );
    expect(() => load({ ENCRYPTION_KEY_FILE: files.ENCRYPTION_PREVIOUS_KEYS_FILE })).toThrow('must be one key');
    const wrong = () => load({ ENCRYPTION_KEY_FILE: write('wrong', 'a-wrong-key') });
    expect(wrong).toThrow('ENCRYPTION_KEY_FILE: must be base64');
    expect(wrong).not.toThrow('a-wrong-key');
  });

  it('sends secrets to providers over TLS only, in production', () => {
    expect(Configuration.load(complete).get('GOOGLE_OAUTH_URL')).toBe('https://oauth2.googleapis.com');
    const local = { ...complete, FACEBOOK_GRAPH_URL: 'http://127.0.0.1:9/v1.0/' };
    expect(Configuration.load(local).get('FACEBOOK_GRAPH_URL')).toBe('http://127.0.0.1:9/v1.0');
    expect(() => Configuration.load({ ...local, ENVIRONMENT: 'production' })).toThrow(
      'FACEBOOK_GRAPH_URL must be https',
    );
    for (const wrong of ['ftp://x', 'https://user:password@x', 'https://x/?a=b'])
      expect(() => Configuration.load({ ...complete, GOOGLE_OAUTH_URL: wrong })).toThrow('GOOGLE_OAUTH_URL');
  });

  it('lets crawls into networks of ours outside production only', () => {
    const given = { ...complete, WEB_ALLOWED_HOSTS: '127.0.0.1:8080, [::1]:80' };
    expect(Configuration.load(complete).get('WEB_ALLOWED_HOSTS')).toEqual([]);
    expect(Configuration.load(given).get('WEB_ALLOWED_HOSTS')).toEqual(['127.0.0.1:8080', '[::1]:80']);
    expect(() => Configuration.load({ ...given, ENVIRONMENT: 'production' })).toThrow('WEB_ALLOWED_HOSTS');
    for (const wrong of ['127.0.0.1', 'http://a:1', '*:80'])
      expect(() => Configuration.load({ ...complete, WEB_ALLOWED_HOSTS: wrong })).toThrow('WEB_ALLOWED_HOSTS');
  });

  it('reads keys for tokens in PEM, also in one line, and shows none that is wrong', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const former = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const keys = { JWT_PRIVATE_KEY: pem.replaceAll('\n', '\\n'), JWT_PREVIOUS_PUBLIC_KEYS: `${former},${former}` };
    const configuration = Configuration.load({ ...complete, ...keys });
    expect(configuration.get('JWT_PRIVATE_KEY')?.equals(privateKey)).toBe(true);
    expect(configuration.get('JWT_PREVIOUS_PUBLIC_KEYS')).toHaveLength(2);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
    for (const wrong of ['no key at all', rsa.export({ type: 'pkcs8', format: 'pem' }) as string, former]) {
      const load = () => Configuration.load({ ...complete, JWT_PRIVATE_KEY: wrong });
      expect(load).toThrow('JWT_PRIVATE_KEY: must be a private key');
      expect(load).not.toThrow(wrong.slice(0, 60));
    }
  });
});
