import { randomBytes } from 'node:crypto';
import { extname } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Piscina } from 'piscina';
import { dependencyUnavailable } from '../errors/general.errors.js';
import type * as Worker from './password-hashing.worker.js';

const PREFIX = '$argon2id$';
// As many as P11 is measured with: more would take both cores of a small machine.
const MAX_CONCURRENT = 2;
// Over a second of hashing. Whoever comes later is told to come again, instead of waiting longer than any client does.
const MAX_WAITING = 100;

// Threads of their own, behind everything else in the machine's turn: a hash takes about 20 ms of a core, and one on libuv's
// four threads would keep files, DNS and zlib waiting. They belong to the process, are started by the first password, and
// keep no process alive.
const threads = new Piscina({
  // In tests, the source itself: Node takes the types out.
  filename: new URL(`./password-hashing.worker${extname(import.meta.url)}`, import.meta.url).href,
  minThreads: 0,
  maxThreads: MAX_CONCURRENT,
  maxQueue: MAX_WAITING,
  idleTimeout: 60_000,
  niceIncrement: 15,
});

/** Hashes passwords with argon2id into PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`. */
@Injectable()
export class PasswordHasher {
  // Nobody's: random bytes in the place of a hash, so that comparing with it costs what comparing with a real one does.
  private readonly decoy = `$argon2id$v=19$m=19456,t=2,p=1$${randomBase64(16)}$${randomBase64(32)}`;

  /** @throws DEPENDENCY_UNAVAILABLE if too many are waiting. */
  async hash(password: string): Promise<string> {
    return await run('hash', password);
  }

  /**
   * Tells whether `password` belongs to `stored`. Without a stored hash it takes the same time and says no.
   * @throws DEPENDENCY_UNAVAILABLE if too many are waiting.
   */
  async verify(password: string, stored: string | null): Promise<boolean> {
    if (stored !== null && !stored.startsWith(PREFIX)) return false;
    const isRight = await run('verify', { stored: stored ?? this.decoy, password });
    return isRight && stored !== null;
  }
}

async function run<Name extends keyof typeof Worker>(
  name: Name,
  work: Parameters<(typeof Worker)[Name]>[0],
): Promise<ReturnType<(typeof Worker)[Name]>> {
  if (threads.queueSize >= MAX_WAITING) throw dependencyUnavailable(new Error('Too many passwords wait.'));
  return (await threads.run(work, { name })) as ReturnType<(typeof Worker)[Name]>;
}

function randomBase64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '');
}
