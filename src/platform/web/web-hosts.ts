import { addressRefused, portRefused, urlInvalid } from './web.errors.js';
import { isPublicAddress } from './public-address.js';
import { isIP } from 'node:net';

const MAX_URL_LENGTH = 4_096;

/** Which addresses may be asked at all. */
export class WebHosts {
  private readonly allowed: ReadonlySet<string>;

  /** @param allowed - `host:port` of servers that are asked although they are none of the public web: for tests */
  constructor(allowed: readonly string[]) {
    this.allowed = new Set(allowed.map((name) => name.toLowerCase()));
  }

  /**
   * Reads an address, without its fragment.
   * @throws WEB_URL_INVALID, WEB_PORT_REFUSED; WEB_ADDRESS_REFUSED if it is plainly none of the public web. What a name
   * leads to is seen when it is connected to.
   */
  require(address: string | URL, base?: URL): URL {
    const url = parse(String(address), base);
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    if (this.isAllowed(url.hostname, port)) return url;
    if (port !== '80' && port !== '443') throw portRefused();
    this.requirePublic(url.hostname);
    return url;
  }

  isAllowed(hostname: string, port: string): boolean {
    return this.allowed.has(`${hostname.toLowerCase()}:${port}`);
  }

  /** @throws WEB_ADDRESS_REFUSED for a number that is none of the public Internet; names pass */
  requirePublic(hostname: string): void {
    const literal = hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw addressRefused();
  }
}

function parse(text: string, base: URL | undefined): URL {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text, base?.href)) throw urlInvalid();
  const url = new URL(text, base);
  url.hash = '';
  const hasCredentials = url.username !== '' || url.password !== '';
  if (!/^https?:$/.test(url.protocol) || hasCredentials || url.href.length > MAX_URL_LENGTH) throw urlInvalid();
  return url;
}
