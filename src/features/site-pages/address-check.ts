import PQueue from 'p-queue';
import type { WebClient } from '../../platform/web/web-client.js';
import { WebError } from '../../platform/web/web.error.js';
import { RobotsPolicies } from './robots-policies.js';
import type { CheckedAddress } from './site-page.types.js';

export interface AddressCheckOptions {
  readonly signal: AbortSignal;
  readonly progress?: (checked: number, known: number) => Promise<void>;
}

const CHECKED_AT_ONCE = 4;
/** Some servers know no HEAD, and answer it with one of these. */
const ASK_AGAIN: readonly number[] = [403, 404, 405, 500, 501];

/** Asks for the heads of addresses, of one host one after the other, as far as robots.txt lets us. */
export async function checkAddresses(
  web: Pick<WebClient, 'fetch'>,
  delayMs: number,
  addresses: readonly string[],
  { signal, progress }: AddressCheckOptions,
): Promise<Map<string, CheckedAddress>> {
  const found = new Map<string, CheckedAddress>();
  const robots = new RobotsPolicies(web, signal);
  const queue = new PQueue({ concurrency: CHECKED_AT_ONCE });
  const hosts = Map.groupBy(new Set(addresses), (address) => (URL.canParse(address) ? new URL(address).host : ''));
  const work = [...hosts.values()].map((group) =>
    queue.add(async () => {
      for (const address of group) {
        found.set(address, await ask(web, robots, address, signal));
        await progress?.(found.size, addresses.length);
        await pause(delayMs, signal);
      }
    }),
  );
  await Promise.all(work);
  return found;
}

async function ask(
  web: Pick<WebClient, 'fetch'>,
  robots: RobotsPolicies,
  address: string,
  signal: AbortSignal,
): Promise<CheckedAddress> {
  try {
    if (!(await robots.allow(address))) return { status: null, problem: 'ROBOTS_DISALLOWED', bytes: null };
    const mayFollow = async (next: URL) => await robots.allow(next.href);
    const request = { signal, mayFollow, wantsBody: () => false, accept: '*/*' };
    let answer = await web.fetch(address, { ...request, method: 'HEAD' });
    if (ASK_AGAIN.includes(answer.status)) answer = await web.fetch(address, request);
    const length = answer.headers['content-length'];
    return { status: answer.status, problem: null, bytes: length === undefined ? null : Number(length) };
  } catch (error) {
    if (error instanceof WebError) return { status: null, problem: error.code, bytes: null };
    throw error;
  }
}

/** Waits; ends at once when it is told to. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms <= 0) return;
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
