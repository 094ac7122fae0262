import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { IdentityDatabase } from '../database/identity-database.js';

/** A message that was refused. What it says is not certain. */
export interface DeadLetter {
  readonly id: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly lastAt: Date;
}

const MAX_MESSAGE = 2_000;
const ADD = `
  INSERT INTO dead_letters AS d (product, id, reason, digest, message) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (product, digest, reason) DO UPDATE SET count = d.count + 1, last_at = now()`;

@Injectable()
export class DeadLetterRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  /** Keeps a refused message. The same one for the same reason is counted. */
  async add(reason: string, message: unknown): Promise<void> {
    const text = JSON.stringify(message ?? null);
    const digest = createHash('sha256').update(text).digest('base64url');
    // PostgreSQL has no place for NUL and lone surrogates; the digest is of what came.
    const kept = text.slice(0, MAX_MESSAGE).toWellFormed().replaceAll('\u0000', '\uFFFD');
    await this.identity.query(null, ADD, uuidv7(), reason, digest, kept);
  }

  /** Returns the latest. */
  async list(limit: number): Promise<DeadLetter[]> {
    const text = `SELECT id, reason, message, count, last_at AS "lastAt" FROM dead_letters
                   WHERE product = $1 ORDER BY last_at DESC LIMIT $2`;
    return await this.identity.query<DeadLetter>(null, text, limit);
  }

  async countByReason(): Promise<{ reason: string; count: number }[]> {
    const text = `SELECT reason, sum(count)::int AS count FROM dead_letters WHERE product = $1 GROUP BY 1 ORDER BY 1`;
    return await this.identity.query(null, text);
  }
}
