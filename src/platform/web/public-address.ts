import ipaddr from 'ipaddr.js';

/** All that is given out to the public Internet; what lies beside it is reserved, translated or of this network. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** Public by their numbers only: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16. */
const HOST_SERVICES = new Set(['168.63.129.16']);
/** Special, and not among the ranges that ipaddr.js names (IANA IPv6 Special-Purpose Address Registry). */
const SPECIAL = ['2001::/23', '3fff::/20'].map((range) => ipaddr.IPv6.parseCIDR(range));

/**
 * Tells whether an address is one of the public Internet. What is not plainly so is not: private, loopback, link-local and
 * carrier's networks, multicast, documentation, and every form in which IPv6 carries an IPv4 address.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text) || text.includes('%')) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  if (address instanceof ipaddr.IPv6) {
    return address.match(GLOBAL_UNICAST) && !SPECIAL.some((range) => address.match(range));
  }
  return !HOST_SERVICES.has(address.toString());
}
