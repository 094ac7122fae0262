import { hasFeature, isSubscriptionActive } from './organization.types.js';

describe('isSubscriptionActive', () => {
  const ends = (subscriptionEndsAt: Date | null, subscriptionState = 'ACTIVE') => ({
    subscriptionState,
    subscriptionEndsAt,
  });
  const now = new Date('2026-06-01T00:00:00Z');

  it('S3-13 S3-23 is true for a new organization', () => {
    expect(isSubscriptionActive(ends(null), now)).toBe(true);
  });
  it('S3-13 ends with the subscription', () => {
    expect(isSubscriptionActive(ends(new Date('2026-06-02T00:00:00Z')), now)).toBe(true);
    expect(isSubscriptionActive(ends(new Date('2026-05-31T00:00:00Z')), now)).toBe(false);
    expect(isSubscriptionActive(ends(now), now)).toBe(false);
  });
  it.each([
    ['TRIAL', true],
    ['PAST_DUE', false],
    ['CANCELED', false],
  ])('S3-13 of a subscription in state %s is %s', (state, expected) => {
    expect(isSubscriptionActive(ends(null, state), now)).toBe(expected);
  });
});

describe('hasFeature', () => {
  it('S3-14 S3-23 is false by default and true once the feature is saved as true', () => {
    expect(hasFeature({ features: {} }, 'advanced_analytics')).toBe(false);
    expect(hasFeature({ features: { advanced_analytics: true } }, 'advanced_analytics')).toBe(true);
  });
  it.each([[{ x: false }], [{ x: 'true' }], [{ x: 1 }], [null], [[]], ['x']])(
    'S3-14 takes nothing but true for true: %j',
    (features) => {
      expect(hasFeature({ features }, 'x')).toBe(false);
    },
  );
  it('S3-14 does not take what every object has for a feature', () => {
    expect(hasFeature({ features: {} }, 'constructor')).toBe(false);
  });
});
