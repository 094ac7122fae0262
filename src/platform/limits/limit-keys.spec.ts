import { limitKeys, toSource } from './limit-keys.js';

describe('the source of a request', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    [undefined, 'unknown'],
    [null, 'unknown'],
  ])('%s is %s', (address, source) => {
    expect(toSource(address)).toBe(source);
  });
});

describe('the keys of limits', () => {
  it('lead with the organization, and hold no address of a person', () => {
    expect(limitKeys.organization('acme')).toBe('organization:acme:requests');
    expect(limitKeys.actorIn('acme', 'ann')).toBe('organization:acme:actor:ann:requests');
    const key = limitKeys.attemptsAt('login', 'Ann@example.test ');
    expect(key).toBe(limitKeys.attemptsAt('login', 'ann@example.test'));
    expect(key).not.toContain('ann');
  });
});
