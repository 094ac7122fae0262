import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

export const ENVIRONMENTS = ['development', 'test', 'staging', 'production'] as const;

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
/** Returns the host that a publishable key of Clerk names, or null if it is none. */
export function clerkHostOf(publishableKey: string): string | null {
  const [, encoded = ''] = /^pk_(?:test|live)_([A-Za-z0-9+/]+={0,2})$/.exec(publishableKey) ?? [];
  const [, host = null] = /^([a-z0-9.-]{1,253})\$$/i.exec(Buffer.from(encoded, 'base64').toString('latin1')) ?? [];
  return host;
}
/** Where a provider's API begins; paths are added to it. */
const providerUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
  .refine((value) => !/[?#@]/.test(value), 'must have no query, no fragment and no password')
  .transform((value) => value.replace(/\/+$/, ''));
const databaseUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });

/** How many proxies stand in front, or which. Not `true`: a caller could then name any source. */
const trustProxy = z
  .string()
  .regex(
    /^(?:false|[1-9]\d?|(?:[\da-f.:/, ]*[.:][\da-f.:/, ]*|loopback|linklocal|uniquelocal))$/i,
    'must be the number of proxies in front, or their addresses',
  )
  .transform((value) => (/^\d+$/.test(value) ? Number(value) : value !== 'false' && value));
/** A PEM file in a variable: its line breaks may be written as \\n. */
const pem = (read: (text: string) => KeyObject, error: string) =>
  z.string().transform((text, context) => {
    try {
      const key = read(text.replaceAll('\\n', '\n'));
      const isCurve = key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
      if (key.asymmetricKeyType === 'ed25519' || isCurve) return key;
    } catch {
      // What OpenSSL says of it is no help, and may quote it.
    }
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
/** What Clerk signs its session tokens with (RS256). */
const clerkKey = z.string().transform((text, context) => {
  try {
    const key = createPublicKey(text.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048) return key;
  } catch {
    // As above.
  }
  context.addIssue({
    code: 'custom',
    message: 'must be the public key of the Clerk instance in PEM, RSA of 2048 bits',
  });
  return z.NEVER;
});
/** `pk_test_` and the host of the instance in base64. */
const publishableKey = z
  .string()
  .refine((value) => clerkHostOf(value) !== null, 'must be the publishable key of a Clerk instance (pk_…)');
const webhookSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,128}={0,2}$/, 'must be signing secrets of webhooks (whsec_…), separated by commas');
const privateKey = pem(createPrivateKey, 'must be a private key in PEM (openssl genpkey -algorithm ed25519)');
const publicKey = pem(createPublicKey, 'must hold public keys in PEM, Ed25519 or P-256, separated by commas');

const days = z.coerce.number().int().min(1).max(36_500);

/** Every environment variable that the application reads, with its default. */
export const environmentSchema = z.object({
  ENVIRONMENT: z.enum(ENVIRONMENTS).default('development'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  ALLOWED_PRODUCTS: list.default(['bestays', 'realestate']),
  PRODUCT: z.string().optional(),
  DATABASE_URL: databaseUrl,
  DATABASE_IDENTITY_URL: databaseUrl,
  DATABASE_SYSTEM_URL: databaseUrl,
  DATABASE_OWNER_URL: databaseUrl.optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
  /** How long a statement or transaction waits for a connection, in ms. Longer queues only make every request late. */
  DATABASE_WAIT_MS: z.coerce.number().int().min(100).max(60_000).default(1_000),
  /** `named`: one round trip with prepared statements; `unnamed`: for PgBouncer in transaction mode before 1.21; `awaited`: four statements. */
  DATABASE_CONTEXT_MODE: z.enum(['named', 'unnamed', 'awaited']).default('named'),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' }),
  ENABLE_POSTGRESQL_RLS: flag.default(true),
  REQUIRE_ORGANIZATION_CONTEXT: flag.default(true),
  JWT_SECRET: z.string().min(32, 'must have at least 32 characters'),
  JWT_PRIVATE_KEY: privateKey.optional(),
  JWT_PREVIOUS_PUBLIC_KEYS: list.pipe(z.array(publicKey)).default([]),
  // These four are read together, by root-key-source.ts: `Configuration.rootKeys`.
  ENCRYPTION_KEY: z.string().optional(),
  ENCRYPTION_KEY_FILE: z.string().optional(),
  ENCRYPTION_PREVIOUS_KEYS: z.string().optional(),
  ENCRYPTION_PREVIOUS_KEYS_FILE: z.string().optional(),
  /** Of each organization, of each caller outside of one, and of each source that is not logged in. 0: no limits at all. */
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(0).max(1_000_000_000).default(6_000),
  RATE_LIMIT_PER_ACTOR_PER_MINUTE: z.coerce.number().int().min(1).max(1_000_000_000).optional(),
  /** Of one process. Node holds about 23 kB for each. */
  SOCKET_CONNECTIONS: z.coerce.number().int().min(1).max(1_000_000).default(12_000),
  /** Of one organization on one process, so that it leaves room for others. */
  SOCKET_CONNECTIONS_PER_ORGANIZATION: z.coerce.number().int().min(1).max(1_000_000).default(2_000),
  /** Of one socket; twice as many in a burst. */
  SOCKET_MESSAGES_PER_SECOND: z.coerce.number().int().min(1).max(1_000_000).default(20),
  TRUST_PROXY: trustProxy.default(false),
  /** That are not revoked. */
  API_KEYS_PER_ORGANIZATION: z.coerce.number().int().min(1).max(100_000).default(100),
  /** After that long a request is answered by 503 and its work told to stop, unless its answer has begun. */
  REQUEST_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(30_000),
  /** Jobs that one worker does at a time. */
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(200).default(10),
  /** Whether workers queue what is done daily. Not in development and test unless told: it calls the providers. */
  DAILY_JOBS: flag.optional(),
  /** After that many days, what is finished or over is removed. */
  KEEP_JOBS_DAYS: days.default(90),
  KEEP_LOG_INS_DAYS: days.default(90),
  KEEP_WEBHOOK_EVENTS_DAYS: days.default(90),
  KEEP_CONVERSATIONS_DAYS: days.default(365),
  KEEP_FAQ_ANALYTICS_DAYS: days.default(730),
  /** Public: front ends get it by GET /config. Names the issuer of session tokens. */
  CLERK_PUBLISHABLE_KEY: publishableKey.optional(),
  /** For calls to Clerk. None is made today, so that it is not needed. */
  CLERK_SECRET_KEY: z
    .string()
    .regex(/^sk_(test|live)_/, 'must be the secret key of a Clerk instance (sk_…)')
    .optional(),
  /** With it, session tokens of Clerk are accepted beside our own. */
  CLERK_JWT_KEY: clerkKey.optional(),
  /** The current one and, while it is changed, the one before. */
  CLERK_WEBHOOK_SECRET: list.pipe(z.array(webhookSecret)).default([]),
  /** Origins whose session tokens are accepted. By default those of CORS_ORIGINS and APP_URL. */
  CLERK_AUTHORIZED_PARTIES: list.optional(),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters'),
  CORS_ORIGINS: list.default([]),
  APP_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).optional(),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]*@[^\r\n]+$/, 'must be an e-mail address, with or without a name')
    .optional(),
  /** Of a service with the range API of Have I Been Pwned; without it new passwords are not compared with leaked ones. */
  LEAKED_PASSWORDS_URL: providerUrl.optional(),
  GOOGLE_OAUTH_URL: providerUrl.default('https://oauth2.googleapis.com'),
  GOOGLE_ANALYTICS_DATA_URL: providerUrl.default('https://analyticsdata.googleapis.com'),
  GOOGLE_SEARCH_CONSOLE_URL: providerUrl.default('https://www.googleapis.com'),
  FACEBOOK_GRAPH_URL: providerUrl.default('https://graph.facebook.com/v23.0'),
  /** Of one call to a provider with all its attempts, from connecting to the last byte. */
  PROVIDER_TIMEOUT_MS: z.coerce.number().int().min(100).max(10_000).default(10_000),
  /** An endpoint that speaks the API of OpenAI, up to and with its version: `https://api.openai.com/v1`. */
  LLM_BASE_URL: providerUrl.optional(),
  LLM_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional(),
  LLM_MODEL: z.string().max(200).optional(),
  /** Without it embeddings are made here, of words and their pieces. */
  LLM_EMBEDDING_MODEL: z.string().max(100).optional(),
  /** Of one call to the model with all its attempts, to its last byte. */
  LLM_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(25_000),
  /** `host:port` of servers that crawls may ask although they are not of the public web. For tests; refused in production. */
  WEB_ALLOWED_HOSTS: list
    .pipe(z.array(z.string().regex(/^(?:\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i, 'must be host:port, separated by commas')))
    .default([]),
  /** Between two requests to one site; longer where its robots.txt asks for it. */
  WEB_CRAWL_DELAY_MS: z.coerce.number().int().min(0).max(60_000).default(200),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export type Environment = z.infer<typeof environmentSchema>;
