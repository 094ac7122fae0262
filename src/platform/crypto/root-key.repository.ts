import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../database/identity-database.js';

/** A root key under which the database holds something. */
export interface RegisteredRootKey {
  readonly id: string;
  /** Something wrapped by it; null until a process that has the key was started. */
  readonly proof: string | null;
}

/** Which root keys the product's database needs. */
@Injectable()
export class RootKeyRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  async list(): Promise<RegisteredRootKey[]> {
    const text = 'SELECT id, proof FROM root_keys WHERE product = $1 ORDER BY created_at, id';
    return await this.identity.query<RegisteredRootKey>(null, text);
  }

  /** Registers a key, unless one is registered that is not among the `known` ones. */
  async add(id: string, proof: string, known: readonly string[]): Promise<void> {
    const text = `
      INSERT INTO root_keys (product, id, proof) SELECT $1::varchar, $2, $3
       WHERE NOT EXISTS (SELECT FROM root_keys WHERE product = $1::varchar AND id <> ALL ($4))
      ON CONFLICT (product, id) DO NOTHING`;
    await this.identity.query(null, text, id, proof, [...known]);
  }

  async prove(id: string, proof: string): Promise<void> {
    const text = 'UPDATE root_keys SET proof = $3 WHERE product = $1 AND id = $2 AND proof IS NULL';
    await this.identity.query(null, text, id, proof);
  }
}
