import { createSecretKey, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { EnvelopeError } from '../../platform/crypto/envelope.error.js';
import { EnvelopeCipher } from '../../platform/crypto/envelope-cipher.js';
import { type OpenKey, OpenKeys } from '../../platform/crypto/open-keys.js';
import { type KeyPlace, RootKeys } from '../../platform/crypto/root-keys.js';
import { isUuid, OrganizationContextService } from '../../tenancy/index.js';
import { toDatabaseFault } from '../../platform/errors/database-fault.js';
import { keysDestroyed, rootKeyRetired } from './credential.errors.js';
import { DataKeyRepository } from './data-key.repository.js';
import type { StoredDataKey } from './data-key.types.js';

const KEY_BYTES = 32;

/** The data keys of the current organization: made when the first is needed, opened by a root key. */
@Injectable()
export class DataKeyService {
  constructor(
    private readonly repository: DataKeyRepository,
    private readonly rootKeys: RootKeys,
    private readonly openKeys: OpenKeys,
    private readonly cipher: EnvelopeCipher,
    private readonly contexts: OrganizationContextService,
  ) {}

  /**
   * Returns one of the organization's data keys.
   * @throws EnvelopeError if the organization has no such key, or has it no more
   */
  async open(id: string): Promise<OpenKey> {
    return await this.openKeys.get(this.nameOf(id), async () => {
      if (!isUuid(id)) throw new EnvelopeError('malformed');
      const key = await this.repository.find(id);
      if (!key) throw new EnvelopeError('unknown key');
      return await this.openStored(key);
    });
  }

  /**
   * Returns the key that encrypts now. The database is asked each time: another process may have rotated it.
   * @throws CREDENTIAL_KEYS_DESTROYED
   */
  async openActive(): Promise<OpenKey> {
    const key = await this.requireActive();
    return await this.openKeys.get(this.nameOf(key.id), () => this.openStored(key));
  }

  /** Returns the key that encrypts now, and makes the organization's first. @throws CREDENTIAL_KEYS_DESTROYED */
  async requireActive(): Promise<StoredDataKey> {
    return (await this.repository.findActive()) ?? (await this.add(null));
  }

  /**
   * Makes the next key, with the fingerprints of the former, unless somebody else does.
   * @returns the key that encrypts now
   * @throws CREDENTIAL_KEYS_DESTROYED
   */
  async add(former: StoredDataKey | null): Promise<StoredDataKey> {
    const id = uuidv7();
    const { organizationId } = this.contexts.requireOrganization('DataKeyService');
    const fingerprint = former
      ? (await this.open(former.id)).fingerprint.export()
      : this.cipher.fingerprintKey(organizationId);
    const bytes = Buffer.concat([randomBytes(KEY_BYTES), fingerprint]);
    const wrapped = await this.rootKeys.wrap(bytes, this.placeOf(id));
    for (const buffer of [bytes, fingerprint]) buffer.fill(0);
    await store(this.repository.addActive(id, wrapped));
    const active = await this.repository.findActive();
    if (!active) throw keysDestroyed();
    return active;
  }

  /** Whether a root key wraps it that is not the current one. */
  isOutdated({ rootKeyId }: StoredDataKey): boolean {
    return rootKeyId !== this.rootKeys.currentId;
  }

  /** Wraps a key by the current root key. Returns false if somebody else did it meanwhile. */
  async rewrap(key: StoredDataKey): Promise<boolean> {
    const bytes = await this.unwrap(key);
    const wrapped = await this.rootKeys.wrap(bytes, this.placeOf(key.id));
    bytes.fill(0);
    return await store(this.repository.rewrap(key.id, key.wrappedKey, wrapped));
  }

  private async openStored(key: StoredDataKey): Promise<OpenKey> {
    const bytes = await this.unwrap(key);
    const encryption = createSecretKey(bytes.subarray(0, KEY_BYTES));
    const fingerprint = createSecretKey(bytes.subarray(KEY_BYTES));
    // Both are copies.
    bytes.fill(0);
    return { id: key.id, encryption, fingerprint };
  }

  private async unwrap({ id, rootKeyId, wrappedKey: wrapped }: StoredDataKey): Promise<Buffer> {
    return await this.rootKeys.unwrap({ rootKeyId, wrapped }, this.placeOf(id));
  }

  private placeOf(keyId: string): KeyPlace {
    const { product, organizationId } = this.contexts.requireOrganization('DataKeyService');
    return { product, organizationId, keyId };
  }

  /** As the database announces it; led by the organization, so that no other reaches it. */
  private nameOf(id: string): string {
    return `${this.contexts.requireOrganization('DataKeyService').organizationId}/${id}`;
  }
}

/** A root key that was forgotten wraps no more keys: the database holds them together. */
async function store<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const fault = toDatabaseFault(error);
    const isForgotten = fault?.kind === 'missing-reference' && fault.constraint?.includes('root_key');
    throw isForgotten ? rootKeyRetired(error) : error;
  }
}
