import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { EnvelopeError } from './envelope.error.js';
import { type RegisteredRootKey, RootKeyRepository } from './root-key.repository.js';
import { type KeyPlace, RootKeys } from './root-keys.js';

/** Refuses to start without the keys that open what the database holds: it would write what nobody else can read. */
@Injectable()
export class RootKeyCheck {
  private readonly product: string;

  constructor(
    private readonly repository: RootKeyRepository,
    private readonly rootKeys: RootKeys,
    configuration: Configuration,
  ) {
    this.product = configuration.product;
  }

  /**
   * Compares the configured root keys with those that the database needs, and registers the current one.
   * @throws Error naming the ids of keys that are missing or wrong; never a key
   */
  async verify(): Promise<void> {
    const registered = await this.repository.list();
    await this.refuseOnProblems(registered);
    const ids = registered.map(({ id }) => id);
    const { currentId } = this.rootKeys;
    if (ids.includes(currentId)) return;
    await this.repository.add(currentId, await this.makeProof(currentId), [...ids, currentId]);
    // Another process may have begun with another key at the same moment.
    await this.refuseOnProblems(await this.repository.list());
  }

  private async refuseOnProblems(registered: readonly RegisteredRootKey[]): Promise<void> {
    const problems = (await Promise.all(registered.map((key) => this.problemOf(key)))).filter((text) => text !== null);
    if (problems.length === 0) return;
    const problem = problems.map((text) => `  - ${text}`).join('\n');
    throw new Error(`The encryption keys do not fit this database:\n${problem}`);
  }

  private async problemOf({ id, proof }: RegisteredRootKey): Promise<string | null> {
    if (!this.rootKeys.has(id)) {
      return (
        `Secrets are encrypted under the root key "${id}", and the configured one is "${this.rootKeys.currentId}". ` +
        'Add the missing key to ENCRYPTION_PREVIOUS_KEYS, or make it ENCRYPTION_KEY again.'
      );
    }
    if (proof === null) {
      // Registered by the migration, by the name that its envelopes give it, which is a digest of the key.
      if (id === this.rootKeys.currentId) await this.repository.prove(id, await this.makeProof(id));
      return null;
    }
    return (await this.opens(id, proof)) ? null : `The root key "${id}" does not open what it encrypted here.`;
  }

  private async opens(rootKeyId: string, wrapped: string): Promise<boolean> {
    try {
      (await this.rootKeys.unwrap({ rootKeyId, wrapped }, this.placeOf(rootKeyId))).fill(0);
      return true;
    } catch (error) {
      if (error instanceof EnvelopeError) return false;
      throw error;
    }
  }

  private async makeProof(rootKeyId: string): Promise<string> {
    return (await this.rootKeys.wrap(randomBytes(32), this.placeOf(rootKeyId))).wrapped;
  }

  private placeOf(rootKeyId: string): KeyPlace {
    return { product: this.product, organizationId: '', keyId: rootKeyId };
  }
}
