/** A key that is stored encrypted, and by which root key. */
export interface WrappedKey {
  readonly rootKeyId: string;
  readonly wrapped: string;
}

/** Where a wrapped key belongs; it unwraps in this place only. */
export interface KeyPlace {
  readonly product: string;
  /** Empty for what belongs to none. */
  readonly organizationId: string;
  readonly keyId: string;
}

/**
 * Port to whoever keeps the root keys: this process's configuration, or a key management service.
 * @see docs/decisions/2026-11-26-data-keys.md
 */
export abstract class RootKeys {
  /** The one that wraps from now on. */
  abstract readonly currentId: string;

  /** Whether it can unwrap what this root key has wrapped. */
  abstract has(rootKeyId: string): boolean;

  /** Encrypts a key under the current root key. */
  abstract wrap(key: Buffer, place: KeyPlace): Promise<WrappedKey>;

  /**
   * Returns the key in a buffer of the caller's own, to be overwritten after use.
   * @throws EnvelopeError
   */
  abstract unwrap(key: WrappedKey, place: KeyPlace): Promise<Buffer>;
}
