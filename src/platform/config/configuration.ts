import type { z } from 'zod';
import { clerkProblems, clerkWarnings, resolveClerk, type ClerkSettings } from './clerk-settings.js';
import { type Environment, environmentSchema } from './environment.js';
import { resolveProduct } from './product.js';
import { resolveRootKeys } from './root-key-source.js';

/** Secrets of organizations are sent there. */
const PROVIDER_URLS = [
  'GOOGLE_OAUTH_URL',
  'GOOGLE_ANALYTICS_DATA_URL',
  'GOOGLE_SEARCH_CONSOLE_URL',
  'FACEBOOK_GRAPH_URL',
] as const;

/** The validated configuration; the only way to an environment variable. */
export class Configuration {
  private constructor(
    private readonly environment: Environment,
    readonly product: string,
    /** What the operator should know of: fallbacks and switched-off walls. */
    readonly warnings: readonly string[],
    /** The keys that everything encrypted depends on, 32 bytes each in base64; the current one first. */
    readonly rootKeys: readonly [string, ...string[]],
  ) {
    Object.freeze(this);
  }

  /**
   * Reads and checks the environment.
   * @throws Error listing everything that is wrong, one line each, without any value that could be a secret.
   */
  static load(variables: NodeJS.ProcessEnv = process.env): Configuration {
    const problems: string[] = [];
    // An empty value in a .env file means "not set".
    const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
    const parsed = environmentSchema.safeParse(given);
    if (!parsed.success) problems.push(...parsed.error.issues.map(describe));
    const products = parsed.data?.ALLOWED_PRODUCTS ?? ['bestays', 'realestate'];
    const isStrict = given['ENVIRONMENT'] === 'production';
    const product = resolveProduct(given['PRODUCT'], products, isStrict);
    if (product.problem) problems.push(product.problem);
    const rootKeys = resolveRootKeys(given);
    problems.push(...rootKeys.problems);
    if (parsed.success) {
      const { data } = parsed;
      problems.push(...productionProblems(data), ...mailProblems(data), ...llmProblems(data), ...clerkProblems(data));
    }
    if (problems.length > 0 || !parsed.success) {
      throw new Error(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    }
    const warnings = [
      ...product.warnings,
      ...wallWarnings(parsed.data),
      ...mailWarnings(parsed.data),
      ...leakWarnings(parsed.data),
      ...clerkWarnings(parsed.data),
    ];
    return new Configuration(parsed.data, product.name, warnings, rootKeys.keys as [string, ...string[]]);
  }

  get<Name extends keyof Environment>(name: Name): Environment[Name] {
    return this.environment[name];
  }

  get isProduction(): boolean {
    return this.environment.ENVIRONMENT === 'production';
  }

  /** Whose session tokens are accepted beside our own; null where that is not configured. */
  get clerk(): ClerkSettings | null {
    return resolveClerk(this.environment);
  }

  /** Whether what is done daily is done here. */
  get hasDailyJobs(): boolean {
    return this.environment.DAILY_JOBS ?? !this.isForDevelopers;
  }

  /** Whether secrets may be shown to the developer who runs it, where no mail is sent. */
  get isForDevelopers(): boolean {
    return isForDevelopers(this.environment);
  }

  /** Returns an address of the application that people use, for a mail. What is secret in it goes behind the `#`. */
  link(path: string): string {
    const base = this.environment.APP_URL ?? `http://localhost:${this.environment.PORT}`;
    return `${base.replace(/\/+$/, '')}/${path}`;
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const name = issue.path.join('.');
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined;
  return isMissing ? `${name} is not set` : `${name}: ${issue.message}`;
}

function productionProblems(environment: Environment): string[] {
  if (environment.ENVIRONMENT !== 'production') return [];
  const problems: string[] = [];
  for (const name of ['ENABLE_POSTGRESQL_RLS', 'REQUIRE_ORGANIZATION_CONTEXT'] as const) {
    if (!environment[name]) problems.push(`${name} may be false for a transition only, never in production`);
  }
  if (environment.RATE_LIMIT_PER_MINUTE === 0) {
    problems.push('RATE_LIMIT_PER_MINUTE may be 0 (no limits) outside production only');
  }
  for (const name of PROVIDER_URLS) {
    if (!environment[name].startsWith('https:')) problems.push(`${name} must be https:// in production`);
  }
  if (environment.WEB_ALLOWED_HOSTS.length > 0) {
    problems.push('WEB_ALLOWED_HOSTS opens networks of yours to what organizations name: never in production');
  }
  return problems;
}

function wallWarnings(environment: Environment): string[] {
  const warnings: string[] = [];
  if (!environment.ENABLE_POSTGRESQL_RLS) {
    warnings.push('ENABLE_POSTGRESQL_RLS=false: row level security is OFF, the query filter is the only wall.');
  }
  if (!environment.REQUIRE_ORGANIZATION_CONTEXT) {
    warnings.push(
      'REQUIRE_ORGANIZATION_CONTEXT=false: reads without an organization give no rows instead of an error.',
    );
  }
  return warnings;
}

function mailProblems(environment: Environment): string[] {
  if (environment.SMTP_URL === undefined) return [];
  const needed = ['MAIL_FROM', 'APP_URL'] as const;
  return needed
    .filter((name) => environment[name] === undefined)
    .map((name) => `${name} is not set: SMTP_URL needs it`);
}

function llmProblems({ ENVIRONMENT, ...environment }: Environment): string[] {
  const { LLM_BASE_URL: url, LLM_API_KEY: key } = environment;
  if (url === undefined) {
    const useless = ['LLM_API_KEY', 'LLM_MODEL', 'LLM_EMBEDDING_MODEL'] as const;
    return useless.filter((name) => environment[name]).map((name) => `LLM_BASE_URL is not set: ${name} needs it`);
  }
  const isExposed = ENVIRONMENT === 'production' && key !== undefined && !url.startsWith('https:');
  return isExposed ? ['LLM_BASE_URL must be https: in production, because LLM_API_KEY is sent there'] : [];
}

function mailWarnings(environment: Environment): string[] {
  if (isForDevelopers(environment)) return [];
  const { SMTP_URL: url } = environment;
  if (url === undefined) return ['SMTP_URL is not set: no mail is sent, so nobody can set a forgotten password.'];
  if (url.startsWith('smtps:') || /[?&]requireTLS=true/.test(url)) return [];
  return ['SMTP_URL does not require TLS: links could be read on the way. Use smtps:// or add ?requireTLS=true.'];
}

function leakWarnings(environment: Environment): string[] {
  if (isForDevelopers(environment) || environment.LEAKED_PASSWORDS_URL !== undefined) return [];
  return ['LEAKED_PASSWORDS_URL is not set: new passwords are not compared with leaked ones.'];
}

function isForDevelopers({ ENVIRONMENT }: Environment): boolean {
  return ENVIRONMENT === 'development' || ENVIRONMENT === 'test';
}
