import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** Every key of a limit in Redis. The connection puts the product in front. */
export const limitKeys = {
  organization: (organizationId: string) => `organization:${organizationId}:requests`,
  actorIn: (organizationId: string, actorId: string) => `organization:${organizationId}:actor:${actorId}:requests`,
  actor: (actorId: string) => `actor:${actorId}:requests`,
  source: (source: string) => `source:${source}:requests`,
  visitor: (rule: string, subject: string) => `visitor:${rule}:${digestOf(subject)}`,
  attemptsFrom: (kind: string, source: string) => `source:${source}:attempts:${kind}`,
  attemptsAt: (kind: string, address: string) => `address:${digestOf(address)}:attempts:${kind}`,
  attemptsAtFrom: (kind: string, address: string, source: string) =>
    `address:${digestOf(address)}:source:${source}:attempts:${kind}`,
} as const;

/** Who is behind an address of the network: an IPv6 customer has a whole /64 and could take another address each time. */
export function toSource(ipAddress: string | null | undefined): string {
  if (!ipAddress) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ipAddress)?.[1];
  if (mapped !== undefined) return mapped;
  const [plain = ''] = ipAddress.split('%');
  return isIPv6(plain) ? networkOf(plain) : plain;
}

function networkOf(ipAddress: string): string {
  const [before = '', after = ''] = ipAddress.toLowerCase().split('::') as [string, string?];
  const head = before.split(':').filter(Boolean);
  const tail = ipAddress.includes('::') ? after.split(':').filter(Boolean) : [];
  // An embedded IPv4 address stands for two groups.
  const tailLength = tail.length + (tail.at(-1)?.includes('.') ? 1 : 0);
  const zeros = ipAddress.includes('::') ? Array<string>(8 - head.length - tailLength).fill('0') : [];
  const groups = [...head, ...zeros, ...tail].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}

/** Addresses of people do not stand in keys, which tools list and print. */
function digestOf(address: string): string {
  return createHash('sha256').update(address.trim().toLowerCase()).digest('base64url').slice(0, 22);
}
