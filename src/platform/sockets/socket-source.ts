import type { IncomingMessage } from 'node:http';

/** Tells whether the address, so many proxies away, is one of ours. Express compiles it from TRUST_PROXY. */
export type ProxyTrust = (address: string, distance: number) => boolean;

/** Returns where a handshake comes from: the nearest address that is no proxy of ours, as Express tells it of a request. */
export function sourceOf(request: IncomingMessage, isProxy: ProxyTrust): string | undefined {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const named = forwarded.map((address) => address.trim()).filter(Boolean);
  const addresses = [request.socket.remoteAddress ?? '', ...named.reverse()];
  return addresses.find((address, distance) => !isProxy(address, distance)) ?? addresses.at(-1);
}

/** Tells whether a page of this origin may connect: listed, or of this very host. Programs send no origin. */
export function isAllowedOrigin({ headers }: IncomingMessage, origins: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origins.includes(origin)) return true;
  return URL.parse(origin)?.host === host;
}
