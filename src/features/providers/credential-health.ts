import type { KnownHealth } from '../credentials/renewal.types.js';
import type { CheckOutcome } from './provider.types.js';

/** One lost answer says nothing; that many in a row say that the credential is of no use just now. */
export const FAILURES_UNTIL_FAILING = 3;
const EXPIRING_MS = 14 * 24 * 60 * 60 * 1_000;

/** What is known of a credential after a check, from what was known before and what the check came to. */
export function afterCheck(before: KnownHealth, outcome: CheckOutcome, now: Date): KnownHealth {
  switch (outcome.kind) {
    case 'confirmed': {
      const isEnding = endsSoon(outcome.expiresAt, now);
      return {
        state: isEnding ? 'EXPIRING' : 'HEALTHY',
        evidence: isEnding ? 'EXPIRES_SOON' : 'CONFIRMED',
        checkedAt: now,
        failures: 0,
        expiresAt: outcome.expiresAt,
      };
    }
    case 'revoked':
      return { ...before, state: 'REVOKED', evidence: outcome.evidence, checkedAt: now, failures: 0 };
    case 'misconfigured':
    case 'forbidden':
      return { ...before, state: unlessRevoked(before, 'FAILING'), ...found(before, outcome, now), failures: 0 };
    case 'untestable':
      return { ...before, state: unlessRevoked(before, 'UNKNOWN'), ...found(before, outcome, now), failures: 0 };
    case 'transient':
    case 'quota': {
      const failures = before.failures + 1;
      const state = failures >= FAILURES_UNTIL_FAILING ? 'FAILING' : withoutNews(before, now);
      return { ...before, state: unlessRevoked(before, state), ...found(before, outcome, now), failures };
    }
  }
}

/** What the provider said to be void stays so until the provider accepts it, or another secret is stored. */
function unlessRevoked(before: KnownHealth, state: KnownHealth['state']): KnownHealth['state'] {
  return before.state === 'REVOKED' ? 'REVOKED' : state;
}

/** Why it is revoked is worth more than that somebody could not be asked again. */
function found(before: KnownHealth, { evidence }: Exclude<CheckOutcome, { kind: 'confirmed' }>, now: Date) {
  return { checkedAt: now, evidence: before.state === 'REVOKED' ? before.evidence : evidence };
}

/** Time passes without the provider, too. */
function withoutNews({ state, expiresAt }: KnownHealth, now: Date): KnownHealth['state'] {
  return state === 'HEALTHY' && endsSoon(expiresAt, now) ? 'EXPIRING' : state;
}

function endsSoon(expiresAt: Date | null, now: Date): boolean {
  return expiresAt !== null && expiresAt.getTime() - now.getTime() < EXPIRING_MS;
}
