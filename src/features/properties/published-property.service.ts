import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/errors/app-error.js';
import { validationFailed } from '../../platform/errors/general.errors.js';
import { type Page, type Position, toPage, toPosition } from '../../platform/http/pagination.js';
import type { PublishedPropertyQuery } from './property.dto.js';
import type { PublishedProperty } from './property.types.js';
import { PublishedPropertyRepository } from './published-property.repository.js';

/** What everybody may read of the product's listings. */
@Injectable()
export class PublishedPropertyService {
  constructor(private readonly repository: PublishedPropertyRepository) {}

  async list(query: PublishedPropertyQuery): Promise<Page<PublishedProperty>> {
    const { sort, limit } = query;
    const listed = { ...query, includeInactive: false };
    const after = requireNumber(toPosition(listed));
    return toPage(await this.repository.list(query, { sort, limit, after }), listed, (row) => row);
  }

  /** @throws PROPERTY_NOT_FOUND also for a draft */
  async get(id: string): Promise<PublishedProperty> {
    const property = await this.repository.find(id);
    if (!property) throw new AppError('PROPERTY_NOT_FOUND', 'not-found', 'There is no such published property.');
    return property;
  }
}

/** Cursors come back from outside, and the prices in them are compared as numbers. */
function requireNumber(position: Position | null): Position | null {
  if (position === null || !position.sort.endsWith('price') || /^\d{1,16}$/.test(position.value)) return position;
  throw validationFailed([{ path: 'cursor', code: 'isCursor', message: 'must be page.nextCursor of this list' }]);
}
