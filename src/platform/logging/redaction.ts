/** Names of fields whose values never reach a log line, a job or a socket. */
export const SECRET_FIELDS = [
  'password',
  'newPassword',
  'currentPassword',
  'passwordHash',
  'accessToken',
  'pageAccessToken',
  'refreshToken',
  'token',
  'secret',
  'secrets',
  'config',
  'credential',
  'legacyCredentials',
  'envelope',
  'authorization',
  'cookie',
];
export const CENSOR = '[redacted]';

const SECRETS: ReadonlySet<string> = new Set(SECRET_FIELDS);

/** Returns a JSON value without the values of secret fields, at any depth. */
export function redactSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactSecrets);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, SECRETS.has(name) ? CENSOR : redactSecrets(field)]),
  );
}

/** Returns the first secret field of a JSON value, or null. */
export function findSecret(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, field] of Object.entries(value)) {
    const found = SECRETS.has(name) ? name : findSecret(field);
    if (found !== null) return found;
  }
  return null;
}
