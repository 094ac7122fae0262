import type { Evidence } from '../credentials/credential-health.types.js';
import { ProviderProblem } from './provider-problem.js';
import type { ErrorClass } from './provider.types.js';

export type Family = 'google' | 'facebook';

interface ErrorRow {
  readonly family: Family;
  /** As the provider's documentation writes it; Facebook's subcode follows after a slash. */
  readonly code: string;
  /** Only for answers to this call. */
  readonly call?: string;
  readonly kind: ErrorClass;
  readonly evidence: Evidence;
}

const row = (family: Family, kind: ErrorClass, evidence: Evidence, codes: string, call?: string): ErrorRow[] =>
  codes.split(' ').map((code) => ({ family, code, kind, evidence, ...(call && { call }) }));

/**
 * What the providers' documented errors mean. The first row that fits counts; what fits none is judged by its status.
 * - https://developers.google.com/identity/protocols/oauth2/service-account#jwt-error-codes and …/oauth2/web-server
 * - https://developers.google.com/analytics/devguides/reporting/data/v1/errors, https://cloud.google.com/apis/design/errors
 * - https://developers.google.com/webmaster-tools/v1/errors
 * - https://developers.facebook.com/docs/graph-api/guides/error-handling
 */
export const PROVIDER_ERRORS: readonly ErrorRow[] = [
  // For a service account it is said of a wrong clock too, so it is no word on the key.
  ...row('google', 'misconfigured', 'SERVICE_ACCOUNT_REFUSED', 'invalid_grant', 'service-account-token'),
  ...row('google', 'revoked', 'TOKEN_REVOKED', 'invalid_grant'),
  ...row('google', 'misconfigured', 'OAUTH_CLIENT_REFUSED', 'invalid_client deleted_client disabled_client'),
  ...row('google', 'misconfigured', 'OAUTH_CLIENT_REFUSED', 'unauthorized_client org_internal'),
  ...row('google', 'misconfigured', 'SCOPE_REFUSED', 'invalid_scope ACCESS_TOKEN_SCOPE_INSUFFICIENT'),
  ...row('google', 'forbidden', 'ADMIN_POLICY', 'admin_policy_enforced access_denied'),
  ...row('google', 'misconfigured', 'API_DISABLED', 'SERVICE_DISABLED accessNotConfigured'),
  ...row(
    'google',
    'quota',
    'PROVIDER_QUOTA',
    'rateLimitExceeded userRateLimitExceeded quotaExceeded dailyLimitExceeded',
  ),
  ...row('google', 'quota', 'PROVIDER_QUOTA', 'RATE_LIMIT_EXCEEDED RESOURCE_EXHAUSTED'),
  ...row('google', 'forbidden', 'PERMISSION_MISSING', 'insufficientPermissions forbidden PERMISSION_DENIED'),
  ...row('google', 'forbidden', 'ACCESS_TOKEN_REFUSED', 'authError UNAUTHENTICATED'),
  ...row('google', 'misconfigured', 'PROPERTY_UNKNOWN', 'notFound NOT_FOUND INVALID_ARGUMENT invalidParameter'),
  ...row('google', 'transient', 'PROVIDER_FAILED', 'backendError internalError UNAVAILABLE INTERNAL DEADLINE_EXCEEDED'),
  ...row('google', 'transient', 'PROVIDER_FAILED', 'internal_failure server_error temporarily_unavailable ABORTED'),

  // Of the app's own token, with which it asks about another: no word on that one.
  ...row('facebook', 'misconfigured', 'OAUTH_CLIENT_REFUSED', '190 102', 'debug-token'),
  ...row('facebook', 'revoked', 'APP_REMOVED', '190/458'),
  ...row('facebook', 'forbidden', 'LOGIN_NEEDED', '190/459 190/464'),
  ...row('facebook', 'revoked', 'PASSWORD_CHANGED', '190/460'),
  ...row('facebook', 'revoked', 'TOKEN_EXPIRED', '190/463'),
  ...row('facebook', 'revoked', 'TOKEN_INVALID', '190/467 190/492 190 102'),
  ...row('facebook', 'transient', 'PROVIDER_FAILED', '1 2'),
  ...row('facebook', 'quota', 'PROVIDER_QUOTA', '4 17 32 341 368 613 80001'),
  ...row('facebook', 'forbidden', 'PERMISSION_MISSING', '3 10 200-299'),
  ...row('facebook', 'misconfigured', 'OAUTH_CLIENT_REFUSED', '101'),
  ...row('facebook', 'misconfigured', 'PROPERTY_UNKNOWN', '100/33 803'),
  ...row('facebook', 'misconfigured', 'PROVIDER_REFUSED', '100'),
];

/** An answer as far as errors are concerned; `body` is undefined if it is no JSON object. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterMs: number | null;
}

/** Tells what an answer that is no success means. Whoever cannot tell has not been told that a token is void. */
export function classify(family: Family, call: string, { status, body, retryAfterMs }: ErrorAnswer): ProviderProblem {
  const problem = (kind: ErrorClass, evidence: Evidence) => new ProviderProblem(kind, evidence, retryAfterMs);
  if (status === 429) return problem('quota', 'PROVIDER_QUOTA');
  if (status >= 500 || status === 408 || status === 425) return problem('transient', 'PROVIDER_FAILED');
  if (body?.['error'] === undefined) return problem('transient', 'PROVIDER_ANSWER_UNREADABLE');
  const codes = family === 'google' ? googleCodes(body['error']) : facebookCodes(body['error']);
  if (codes === 'transient') return problem('transient', 'PROVIDER_FAILED');
  const known = PROVIDER_ERRORS.find(
    (entry) =>
      entry.family === family && codes.includes(entry.code) && (entry.call === undefined || entry.call === call),
  );
  return known ? problem(known.kind, known.evidence) : problem('misconfigured', 'PROVIDER_REFUSED');
}

/** `{error: "invalid_grant"}` of the token endpoint; status and reasons of the APIs, in their new and their old form. */
function googleCodes(error: unknown): string[] {
  if (typeof error === 'string') return [error];
  const { status, details, errors } = toObject(error);
  const reasons = [...toList(details), ...toList(errors)].map((entry) => toObject(entry)['reason']);
  return [...reasons, status].filter((code) => typeof code === 'string');
}

function facebookCodes(error: unknown): string[] | 'transient' {
  // `subcode` is how debug_token calls it.
  const { code, error_subcode, subcode = error_subcode, is_transient: isTransient } = toObject(error);
  if (isTransient === true) return 'transient';
  if (typeof code !== 'number') return [];
  const range = code >= 200 && code <= 299 ? '200-299' : String(code);
  return [`${code}/${String(subcode)}`, range];
}

function toObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
