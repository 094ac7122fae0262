import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { dependencyUnavailable } from '../errors/general.errors.js';

const argon2Async = promisify(argon2);

// OWASP's minimum for argon2id (19 MiB, 2 passes, 1 lane), cheatsheetseries.owasp.org/cheatsheets/Password_Storage, 2026-11-21.
const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const SALT_BYTES = 16;
// libuv has four threads, and argon2 holds one for about 20 ms; hashing on more than two of them would keep files, DNS and
// zlib waiting.
const MAX_CONCURRENT = 2;
// Over a second of hashing. Whoever comes later is told to come again, instead of waiting longer than any client does.
const MAX_WAITING = 100;

/** Hashes passwords with argon2id into PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`. */
@Injectable()
export class PasswordHasher {
  private readonly limit = pLimit(MAX_CONCURRENT);
  // Nobody's: random bytes in the place of a hash, so that comparing with it costs what comparing with a real one does.
  private readonly decoy = toPhc(randomBytes(SALT_BYTES), randomBytes(PARAMETERS.tagLength));

  /** @throws DEPENDENCY_UNAVAILABLE if too many are waiting. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    return toPhc(salt, await this.derive(password, salt));
  }

  /**
   * Tells whether `password` belongs to `stored`. Without a stored hash it takes the same time and says no.
   * @throws DEPENDENCY_UNAVAILABLE if too many are waiting.
   */
  async verify(password: string, stored: string | null): Promise<boolean> {
    const [, algorithm, , , salt, hash] = (stored ?? this.decoy).split('$');
    if (algorithm !== 'argon2id' || !salt || !hash) return false;
    const expected = Buffer.from(hash, 'base64');
    const actual = await this.derive(password, Buffer.from(salt, 'base64'));
    return timingSafeEqual(actual, expected) && stored !== null;
  }

  private async derive(password: string, nonce: Buffer): Promise<Buffer> {
    if (this.limit.pendingCount >= MAX_WAITING) throw dependencyUnavailable(new Error('Too many passwords wait.'));
    return await this.limit(async () => await argon2Async('argon2id', { ...PARAMETERS, message: password, nonce }));
  }
}

function toPhc(salt: Buffer, hash: Buffer): string {
  const { memory, passes, parallelism } = PARAMETERS;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${toBase64(salt)}$${toBase64(hash)}`;
}

function toBase64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
