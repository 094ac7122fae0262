import { Injectable } from '@nestjs/common';
import { DatabaseWallCheck } from '../database/database-wall.check.js';
import { RootKeyCheck } from './root-key.check.js';

/** What every process checks before it works with the database: that its walls stand, and that its secrets open. */
@Injectable()
export class DatabaseEntryCheck {
  constructor(
    private readonly walls: DatabaseWallCheck,
    private readonly rootKeys: RootKeyCheck,
  ) {}

  /**
   * @param patienceMs - how long to wait for a database that does not answer yet
   * @throws Error naming everything that is wrong
   */
  async verify(patienceMs?: number): Promise<void> {
    await this.walls.verify(patienceMs);
    await this.rootKeys.verify();
  }
}
