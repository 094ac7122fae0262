import type { KeyObject } from 'node:crypto';
import { clerkHostOf, type Environment } from './environment.js';

/** What a session token of Clerk is checked against. */
export interface ClerkSettings {
  readonly key: KeyObject;
  readonly issuer: string;
  /** Origins that a token may have been made for. */
  readonly authorizedParties: ReadonlySet<string>;
}

/** Returns what session tokens are checked against, or null without CLERK_JWT_KEY. */
export function resolveClerk(environment: Environment): ClerkSettings | null {
  const { CLERK_JWT_KEY: key, CLERK_PUBLISHABLE_KEY: publishableKey } = environment;
  if (key === undefined || publishableKey === undefined) return null;
  return { key, issuer: `https://${clerkHostOf(publishableKey)}`, authorizedParties: new Set(partiesOf(environment)) };
}

export function clerkProblems(environment: Environment): string[] {
  if (environment.CLERK_JWT_KEY === undefined) return [];
  const problems: string[] = [];
  if (environment.CLERK_PUBLISHABLE_KEY === undefined) {
    problems.push('CLERK_PUBLISHABLE_KEY is not set: CLERK_JWT_KEY needs it, because it names the issuer of tokens');
  }
  if (partiesOf(environment).length === 0) {
    problems.push('CLERK_AUTHORIZED_PARTIES is not set, nor CORS_ORIGINS or APP_URL: CLERK_JWT_KEY needs one of them');
  }
  return problems;
}

export function clerkWarnings({ CLERK_JWT_KEY: key, CLERK_WEBHOOK_SECRET: secrets }: Environment): string[] {
  if (key === undefined || secrets.length > 0) return [];
  return ['CLERK_WEBHOOK_SECRET is not set: nobody new can log in by Clerk, and whoever is removed there stays here.'];
}

function partiesOf({ CLERK_AUTHORIZED_PARTIES: named, CORS_ORIGINS: origins, APP_URL: app }: Environment): string[] {
  return named ?? [...origins, ...(app === undefined ? [] : [new URL(app).origin])];
}
