import { ApiProperty } from '@nestjs/swagger';
import type { Type } from '@nestjs/common';
import { isUuid } from '../../tenancy/index.js';
import { validationFailed } from '../errors/general.errors.js';
import { isStorable } from './body-check.js';
import { ChoiceField, FlagQueryField, IntQueryField, StringField } from './fields.js';
import { ProductQuery } from './product-query.js';

const DEFAULT_LIMIT = 25;

/** Query of every list. Build a resource's own with {@link listQuery}. */
export interface ListQuery extends ProductQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly sort: string;
  readonly includeInactive: boolean;
}

/** Makes the query class of a list that can be sorted by `fields`, ascending or (with `-`) descending. */
export function listQuery(fields: readonly [string, ...string[]], defaultSort = '-createdAt'): Type<ListQuery> {
  const choices = fields.flatMap((name) => [name, `-${name}`]);
  class Query extends ProductQuery implements ListQuery {
    @IntQueryField({ min: 1, max: 100, default: DEFAULT_LIMIT })
    limit: number = DEFAULT_LIMIT;
    @StringField({ optional: true, max: 500, description: '`page.nextCursor` of the page before.' })
    cursor?: string;
    @ChoiceField(choices, { optional: true, description: `Default: ${defaultSort}.` })
    sort: string = defaultSort;
    @FlagQueryField({ description: 'Also deactivated ones.' })
    includeInactive: boolean = false;
  }
  return Query;
}

class PageInfo {
  @ApiProperty({ type: String, nullable: true, description: 'Pass it as `cursor` to get the next page.' })
  nextCursor!: string | null;
  @ApiProperty()
  hasMore!: boolean;
}

/** One page of a list: `{data, page}`. */
export interface Page<Item> {
  readonly data: Item[];
  readonly page: PageInfo;
}

/** Makes the documented class of a page of `item`. */
export function pageOf<Item>(item: Type<Item>): Type<Page<Item>> {
  class PageOfItems implements Page<Item> {
    @ApiProperty({ type: [item] })
    data!: Item[];
    @ApiProperty({ type: PageInfo })
    page!: PageInfo;
  }
  Object.defineProperty(PageOfItems, 'name', { value: `${item.name}Page` });
  return PageOfItems;
}

/** Where a page begins: after the row with this value and id. */
export interface Position {
  readonly sort: string;
  readonly value: string;
  readonly id: string;
}

/** The Prisma arguments of a page: rows after the cursor, in order, one more than asked to know whether there are more. */
export interface Keyset {
  readonly where: { readonly OR?: object[] };
  readonly orderBy: Record<string, 'asc' | 'desc'>[];
  readonly take: number;
}

/**
 * Turns a list query into keyset paging: as fast on page 5,000 as on page 1, and no row is skipped or doubled when rows
 * are added meanwhile.
 * @throws VALIDATION_FAILED if the cursor is not one of this list and order.
 */
export function toKeyset(query: ListQuery): Keyset {
  const isDescending = query.sort.startsWith('-');
  const field = query.sort.replace(/^-/, '');
  const direction = isDescending ? 'desc' : 'asc';
  const beyond = isDescending ? 'lt' : 'gt';
  const position = toPosition(query);
  const where = position
    ? { OR: [{ [field]: { [beyond]: position.value } }, { [field]: position.value, id: { [beyond]: position.id } }] }
    : {};
  return { where, orderBy: [{ [field]: direction }, { id: direction }], take: query.limit + 1 };
}

/** @throws VALIDATION_FAILED if the cursor is not one of this list and order. */
export function toPosition(query: ListQuery): Position | null {
  return query.cursor === undefined ? null : readCursor(query.cursor, query);
}

/** Makes a page of the rows that {@link toKeyset} selected. */
export function toPage<Row extends { id: string }, Item>(
  rows: readonly Row[],
  query: ListQuery,
  toItem: (row: Row) => Item,
): Page<Item> {
  const hasMore = rows.length > query.limit;
  const shown = hasMore ? rows.slice(0, query.limit) : rows;
  const last = shown.at(-1);
  return {
    data: shown.map(toItem),
    page: { hasMore, nextCursor: hasMore && last ? writeCursor(last, query) : null },
  };
}

/** What a cursor says: {@link Position}, and of which product. */
type Cursor = Position & ProductQuery;

function writeCursor(row: { id: string }, { product, sort }: ListQuery): string {
  const value: unknown = (row as Record<string, unknown>)[sort.replace(/^-/, '')];
  const text = value instanceof Date ? value.toISOString() : String(value);
  const cursor: Cursor = { product, sort, value: text, id: row.id };
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function readCursor(text: string, { product, sort }: ListQuery): Position {
  try {
    const cursor = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Partial<Cursor>;
    const { value, id } = cursor;
    const isValue = /At$/.test(sort) ? isTime(value) : isText(value);
    const isOfThisList = cursor.product === product && cursor.sort === sort;
    if (!isOfThisList || !isValue || !isUuid(id)) throw new SyntaxError('not a position');
    return { sort, value: String(value), id };
  } catch {
    throw validationFailed([
      { path: 'cursor', code: 'isCursor', message: 'must be page.nextCursor of this list in this order' },
    ]);
  }
}

/** Cursors come back from outside: a value that the column cannot hold would fail in the database. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && isStorable(value);
}

/** As {@link writeCursor} writes it, and not of the year 0, which PostgreSQL does not know. */
function isTime(value: unknown): boolean {
  const isWritten = typeof value === 'string' && /^(?!0000)\d{4}-/.test(value) && !Number.isNaN(Date.parse(value));
  return isWritten && new Date(value).toISOString() === value;
}
