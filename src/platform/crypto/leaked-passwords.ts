import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';

const TIMEOUT_MS = 2_000;
const PREFIX_LENGTH = 5;

/**
 * Asks a service that knows leaked passwords, by the range API of Have I Been Pwned
 * (haveibeenpwned.com/API/v3#PwnedPasswords, 2026-11-26): five characters of a digest leave the house, never a password.
 */
@Injectable()
export class LeakedPasswords {
  private readonly logger = new Logger(LeakedPasswords.name);
  private readonly url: string | undefined;

  constructor(configuration: Configuration) {
    this.url = configuration.get('LEAKED_PASSWORDS_URL');
  }

  /**
   * Tells whether the password was seen in a leak. Without a service, or when it does not answer within 2 s, nobody knows:
   * no. Nobody is kept from an account because somebody else's service is down.
   */
  async has(password: string): Promise<boolean> {
    if (this.url === undefined) return false;
    // SHA-1, because that is what the service keeps; nothing of ours rests on it.
    const digest = createHash('sha1').update(password).digest('hex').toUpperCase();
    const [prefix, suffix] = [digest.slice(0, PREFIX_LENGTH), digest.slice(PREFIX_LENGTH)];
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const options = { signal, redirect: 'error', headers: { 'add-padding': 'true' } } as const;
      const response = await fetch(`${this.url}/range/${prefix}`, options);
      if (!response.ok) throw new Error(`status ${response.status}`);
      return hasSuffix(await response.text(), suffix);
    } catch (error) {
      this.logger.warn(`Leaked passwords could not be asked for: ${error instanceof Error ? error.message : 'error'}`);
      return false;
    }
  }
}

/** Lines of `<rest of the digest>:<times seen>`; those seen 0 times are padding. */
function hasSuffix(answer: string, suffix: string): boolean {
  return answer.split(/\r?\n/).some((line) => {
    const [known, count] = line.split(':');
    return known?.toUpperCase() === suffix && Number(count) > 0;
  });
}
