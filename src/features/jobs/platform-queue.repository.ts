import { Injectable } from '@nestjs/common';
import { SystemDatabase } from '../../platform/database/system-database.js';

@Injectable()
export class PlatformQueueRepository {
  constructor(private readonly system: SystemDatabase) {}

  /** Counts the jobs of all organizations that were set aside. Unscoped. */
  async countDead(): Promise<number> {
    const text = `SELECT count(*)::int AS dead FROM jobs WHERE product = $1 AND state = 'DEAD'`;
    return (await this.system.query<{ dead: number }>(text))[0]?.dead ?? 0;
  }
}
