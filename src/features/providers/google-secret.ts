import { z } from 'zod';
import type { Secrets } from '../credentials/renewal.types.js';
import { ProviderProblem } from './provider-problem.js';

/** What Google gives access tokens for. */
export type GoogleGrant =
  | {
      readonly kind: 'user';
      readonly refreshToken: string;
      readonly clientId: string;
      readonly clientSecret: string;
    }
  | {
      readonly kind: 'service-account';
      readonly email: string;
      readonly privateKey: string;
      readonly keyId: string | undefined;
    };

export interface GoogleSecret {
  /** Null if there is an access token and nothing to renew it with. */
  readonly grant: GoogleGrant | null;
  readonly accessToken: string | undefined;
  readonly accessTokenExpiresAt: Date | undefined;
}

const filled = z.string().trim().min(1).max(10_000);
const user = z.object({ refreshToken: filled, clientId: filled, clientSecret: filled });
const serviceAccount = z.object({ client_email: filled, private_key: filled, private_key_id: filled.optional() });
const SPELLINGS = {
  refresh_token: 'refreshToken',
  client_id: 'clientId',
  client_secret: 'clientSecret',
  access_token: 'accessToken',
} as const;

/** Finds in a secret what Google asks for. @throws ProviderProblem if it is not there */
export function readGoogleSecret(secret: Secrets): GoogleSecret {
  const fields = { ...inOurSpelling(secret), ...withoutEmpty(secret) };
  const accessToken = filled.safeParse(fields['accessToken']).data;
  const accessTokenExpiresAt = z.coerce.date().safeParse(fields['accessTokenExpiresAt'] ?? 'none').data;
  const grant = readServiceAccount(fields) ?? readUser(fields);
  if (grant === null && !accessToken) throw new ProviderProblem('untestable', 'SECRET_INCOMPLETE');
  return { grant, accessToken, accessTokenExpiresAt };
}

function readUser(fields: Secrets): GoogleGrant | null {
  const { data } = user.safeParse(fields);
  return data ? { kind: 'user', ...data } : null;
}

function readServiceAccount(fields: Secrets): GoogleGrant | null {
  const { data } = serviceAccount.safeParse(parseText(fields['serviceAccountKey']) ?? fields);
  if (!data) return null;
  return {
    kind: 'service-account',
    email: data.client_email,
    // Where a key file went through an environment variable, its line breaks are written out.
    privateKey: data.private_key.replaceAll('\\n', '\n'),
    keyId: data.private_key_id,
  };
}

function parseText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return {};
  }
}

function inOurSpelling(secret: Secrets): Secrets {
  return Object.fromEntries(Object.entries(SPELLINGS).map(([theirs, ours]) => [ours, secret[theirs]]));
}

function withoutEmpty(secret: Secrets): Secrets {
  return Object.fromEntries(Object.entries(secret).filter(([, value]) => value !== '' && value !== null));
}
