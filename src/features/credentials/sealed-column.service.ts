import { Injectable } from '@nestjs/common';
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns.js';

/** Tells other features where secrets of organizations are, and nothing of them. */
@Injectable()
export class SealedColumnService {
  list(): readonly SealedColumn[] {
    return SEALED_COLUMNS;
  }
}
