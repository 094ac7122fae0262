import type { HealthState } from '../credentials/credential-health.types.js';
import type { KnownHealth } from '../credentials/renewal.types.js';
import { afterCheck, FAILURES_UNTIL_FAILING } from './credential-health.js';
import type { CheckOutcome } from './provider.types.js';

const now = new Date('2026-11-26T12:00:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * 24 * 60 * 60 * 1_000);
const known = (state: HealthState, changes: Partial<KnownHealth> = {}): KnownHealth => ({
  state,
  checkedAt: null,
  evidence: null,
  failures: 0,
  expiresAt: null,
  ...changes,
});
const confirmed = (expiresAt: Date | null = null): CheckOutcome => ({ kind: 'confirmed', expiresAt });
const failed = (
  kind: 'transient' | 'quota' | 'misconfigured' | 'forbidden' | 'revoked' | 'untestable',
): CheckOutcome => ({
  kind,
  evidence: 'PROVIDER_FAILED',
});
const STATES: HealthState[] = ['HEALTHY', 'EXPIRING', 'FAILING', 'REVOKED', 'UNKNOWN'];

describe('the health of a credential', () => {
  it.each(STATES)('is HEALTHY after %s once the provider accepts it', (state) => {
    expect(afterCheck(known(state, { failures: 2 }), confirmed(), now)).toEqual(
      known('HEALTHY', { evidence: 'CONFIRMED', checkedAt: now }),
    );
  });

  it('is EXPIRING within two weeks of the end that the provider names', () => {
    expect(afterCheck(known('UNKNOWN'), confirmed(inDays(15)), now).state).toBe('HEALTHY');
    expect(afterCheck(known('HEALTHY'), confirmed(inDays(13)), now)).toMatchObject({
      state: 'EXPIRING',
      evidence: 'EXPIRES_SOON',
      expiresAt: inDays(13),
    });
  });

  it.each(STATES)('is REVOKED after %s at once, by the provider’s word', (state) => {
    expect(afterCheck(known(state), failed('revoked'), now).state).toBe('REVOKED');
  });

  it.each(['transient', 'quota'] as const)('bears one %s failure, and not three in a row', (kind) => {
    for (const start of ['HEALTHY', 'EXPIRING', 'UNKNOWN'] as const) {
      let health = known(start);
      for (let failure = 1; failure < FAILURES_UNTIL_FAILING; failure += 1) {
        health = afterCheck(health, failed(kind), now);
        expect(health).toMatchObject({ state: start, failures: failure, checkedAt: now, evidence: 'PROVIDER_FAILED' });
      }
      expect(afterCheck(health, failed(kind), now).state).toBe('FAILING');
      expect(afterCheck(afterCheck(health, confirmed(), now), failed(kind), now).state).toBe('HEALTHY');
    }
  });

  it.each(['misconfigured', 'forbidden'] as const)('is FAILING at once when it is %s', (kind) => {
    expect(afterCheck(known('HEALTHY'), failed(kind), now)).toMatchObject({ state: 'FAILING', failures: 0 });
  });

  it('is UNKNOWN when there is nothing to try', () => {
    expect(afterCheck(known('HEALTHY'), failed('untestable'), now).state).toBe('UNKNOWN');
  });

  it.each(['transient', 'quota', 'misconfigured', 'forbidden', 'untestable'] as const)(
    'stays REVOKED, with its reason, after %s',
    (kind) => {
      let health = known('REVOKED', { evidence: 'TOKEN_REVOKED' });
      for (let failure = 0; failure < 4; failure += 1) health = afterCheck(health, failed(kind), now);
      expect(health).toMatchObject({ state: 'REVOKED', evidence: 'TOKEN_REVOKED' });
    },
  );

  it('becomes EXPIRING with time, also when the provider cannot be asked', () => {
    const health = known('HEALTHY', { expiresAt: inDays(3) });
    expect(afterCheck(health, failed('transient'), now).state).toBe('EXPIRING');
  });
});
