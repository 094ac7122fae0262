import { Injectable } from '@nestjs/common';
import { IdentityDatabase } from '../../platform/database/identity-database.js';
import type { Position } from '../../platform/http/pagination.js';
import type { PropertySearch, PublishedProperty } from './property.types.js';
import { searchedTerms, toSearchForm } from './property-terms.js';

const COLUMNS = `p.id, p.title, p.description, p.type, p.offer, p.place, p.price, p.currency, p.bedrooms,
  p.area_square_meters AS "areaSquareMeters", p.published_at AS "publishedAt"`;
const ORDERS: Readonly<Record<string, { readonly column: string; readonly type: string }>> = {
  publishedAt: { column: 'p.published_at', type: 'timestamptz' },
  price: { column: 'p.price', type: 'bigint' },
};
/** Behind every word that begins with the one before it. */
const LAST = '\u{10FFFF}';

export interface PublishedPage {
  readonly sort: string;
  readonly limit: number;
  readonly after: Position | null;
}

/**
 * Published listings of the product, for whoever asks. As the identity role, for which a draft, a deactivated listing and
 * one of a deactivated organization are no rows (policy identity_published).
 */
@Injectable()
export class PublishedPropertyRepository {
  constructor(private readonly identity: IdentityDatabase) {}

  async find(id: string): Promise<PublishedProperty | null> {
    const text = `SELECT ${COLUMNS} FROM properties p WHERE p.product = $1 AND p.is_published AND p.id = $2`;
    return (await this.identity.query<PublishedProperty>(null, text, id))[0] ?? null;
  }

  /** Returns one more than `limit`. */
  async list(search: PropertySearch, page: PublishedPage): Promise<PublishedProperty[]> {
    const statement = new Statement();
    addConditions(statement, search);
    const { column, type } = ORDERS[page.sort.replace(/^-/, '')] as { column: string; type: string };
    const [direction, beyond] = page.sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
    if (page.after) {
      const value = statement.bind(page.after.value);
      statement.add(`(${column}, p.id) ${beyond} (${value}::${type}, ${statement.bind(page.after.id)}::uuid)`);
    }
    const text = `
      SELECT ${COLUMNS} FROM properties p WHERE p.product = $1 AND p.is_published${statement.conditions}
       ORDER BY ${column} ${direction}, p.id ${direction} LIMIT ${statement.bind(page.limit + 1)}`;
    return await this.identity.query<PublishedProperty>(null, text, ...statement.values);
  }
}

/** A condition that is not asked for is not in the statement: with `$2 IS NULL OR …` its plan would use no index. */
function addConditions(statement: Statement, { place, type, offer, minPrice, maxPrice, text }: PropertySearch): void {
  if (place !== undefined) statement.add(`p.place_key = ${statement.bind(toSearchForm(place))}`);
  if (type !== undefined) statement.add(`p.type = ${statement.bind(type)}`);
  if (offer !== undefined) statement.add(`p.offer = ${statement.bind(offer)}`);
  if (minPrice !== undefined) statement.add(`p.price >= ${statement.bind(minPrice)}`);
  if (maxPrice !== undefined) statement.add(`p.price <= ${statement.bind(maxPrice)}`);
  const words = searchedTerms(text ?? '');
  for (const [index, word] of words.entries()) {
    const isLast = index === words.length - 1;
    const matches = isLast
      ? `t.term >= ${statement.bind(word)} AND t.term < ${statement.bind(word + LAST)}`
      : `t.term = ${statement.bind(word)}`;
    statement.add(
      `p.id IN (SELECT t.property_id FROM property_terms t WHERE t.product = $1 AND t.is_listed AND ${matches})`,
    );
  }
}

/** Conditions and what stands in their places, from `$2` on. */
class Statement {
  readonly values: unknown[] = [];
  conditions = '';

  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length + 1}`;
  }

  add(condition: string): void {
    this.conditions += `\n         AND ${condition}`;
  }
}
