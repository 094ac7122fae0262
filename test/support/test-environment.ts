const URLS = ['DATABASE_URL', 'DATABASE_IDENTITY_URL', 'DATABASE_SYSTEM_URL', 'DATABASE_OWNER_URL'] as const;

/** No test asks a real provider: nobody answers there. Those of the providers start their own (provider-server.ts). */
const NO_PROVIDERS = {
  GOOGLE_OAUTH_URL: 'http://127.0.0.1:1',
  GOOGLE_ANALYTICS_DATA_URL: 'http://127.0.0.1:1',
  GOOGLE_SEARCH_CONSOLE_URL: 'http://127.0.0.1:1',
  FACEBOOK_GRAPH_URL: 'http://127.0.0.1:1',
};

/** Nor a language model: an empty value is none. Tests of it start their own (llm-server.ts). */
const NO_MODEL = { LLM_BASE_URL: '', LLM_API_KEY: '', LLM_MODEL: '', LLM_EMBEDDING_MODEL: '' };

/**
 * The environment of one jest worker: the same roles on a database of its own. A test file that destroys rows of others
 * sets TEST_DATABASE_SUFFIX to `_destroyed` and gets one that nobody else uses.
 */
export function environmentFor(worker: number | string = process.env['JEST_WORKER_ID'] ?? 1): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    ENVIRONMENT: 'test',
    // Tests send more than a person would; those of the limits set their own.
    RATE_LIMIT_PER_MINUTE: '0',
    // A test asks for an answer, not for a quick one, and several workers share the machine.
    DATABASE_WAIT_MS: '5000',
    ...NO_PROVIDERS,
    ...NO_MODEL,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
  };
  // What waits in a queue belongs to one database.
  const redis = new URL(process.env['REDIS_URL'] as string);
  redis.pathname = `/${worker}`;
  environment['REDIS_URL'] = redis.href;
  for (const name of URLS) {
    const url = new URL(process.env[name] as string);
    url.pathname = `${url.pathname}_${worker}${process.env['TEST_DATABASE_SUFFIX'] ?? ''}`;
    environment[name] = url.href;
  }
  return environment;
}
