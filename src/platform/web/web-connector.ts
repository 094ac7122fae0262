import { lookup as resolve, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './public-address.js';
import { addressRefused, hostUnknown } from './web.errors.js';
import type { WebHosts } from './web-hosts.js';

const CONNECT_MS = 5_000;

/** How names become addresses: `dns.lookup`, or what a test puts in its place. */
export type Resolve = (
  hostname: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Connects to the public Internet only. The addresses that are looked at are those that are connected to, so neither a
 * redirect nor a name that changes its mind in between gets around it; and the far end is looked at once more.
 */
export function createConnector(hosts: WebHosts, resolveName: Resolve = resolve): buildConnector.connector {
  const open = buildConnector({ timeout: CONNECT_MS });
  const guarded = buildConnector({ timeout: CONNECT_MS, lookup: createLookup(resolveName) });
  return (options, callback) => {
    const port = options.port || (options.protocol === 'https:' ? '443' : '80');
    if (hosts.isAllowed(options.hostname, port) || hosts.isAllowed(`[${options.hostname}]`, port)) {
      return open(options, callback);
    }
    const literal = options.hostname.replace(/^\[|\]$/g, '');
    // A number is connected to without any look-up.
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) return callback(addressRefused(), null);
    return guarded(options, (...[error, socket]) => {
      if (error) return callback(error, null);
      if (isPublicAddress(socket.remoteAddress ?? '')) return callback(null, socket);
      socket.destroy();
      return callback(hostUnknown(), null);
    });
  };
}

/** One address that is not public spoils the name: no public site has one. */
function createLookup(resolveName: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { all: true }, (error, addresses) => {
      if (error) return callback(error, '', 4);
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isPublicAddress(address))) return callback(hostUnknown(), '', 4);
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}
