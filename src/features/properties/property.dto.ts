import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { Property } from '../../generated/prisma/client.js';
import {
  BooleanField,
  ChoiceField,
  FlagQueryField,
  IntField,
  IntQueryField,
  StringField,
} from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { ProductQuery } from '../../platform/http/product-query.js';
import { CURRENCIES, OFFERS, PROPERTY_TYPES, type PropertySearch, type PublishedProperty } from './property.types.js';

/** Exact in JavaScript, and more than any listing costs. */
const MAX_PRICE = 1_000_000_000_000_000;
const MAX_INT = 2_147_483_647;

function withSearch<Base extends object>(base: Type<Base>): Type<Base & PropertySearch> {
  class Query extends (base as Type<object>) implements PropertySearch {
    @StringField({ optional: true, max: 120, description: 'The place, whatever its case and accents.' })
    place?: string;
    @ChoiceField(PROPERTY_TYPES, { optional: true })
    type?: string;
    @ChoiceField(OFFERS, { optional: true })
    offer?: string;
    @IntQueryField({ min: 0, max: MAX_PRICE, description: 'In the smallest unit of the currency.' })
    minPrice?: number;
    @IntQueryField({ min: 0, max: MAX_PRICE, description: 'In the smallest unit of the currency.' })
    maxPrice?: number;
    @StringField({ optional: true, max: 200, description: 'Words that are all in it.' })
    text?: string;
  }
  return Query as unknown as Type<Base & PropertySearch>;
}

class PublishedListQuery extends ProductQuery {
  @IntQueryField({ min: 1, max: 100, default: 25 })
  limit: number = 25;
  @StringField({ optional: true, max: 500, description: '`page.nextCursor` of the page before.' })
  cursor?: string;
  @ChoiceField(['publishedAt', '-publishedAt', 'price', '-price'], {
    optional: true,
    description: 'Default: -publishedAt.',
  })
  sort: string = '-publishedAt';
}

export class PublishedPropertyQuery extends withSearch(PublishedListQuery) {}

export class PropertyListQuery extends withSearch(listQuery(['createdAt', 'title'])) {
  @FlagQueryField({ description: 'Only those that everybody may see, or only drafts. Both without it.' })
  isPublished?: boolean;
}

export class CreateProperty {
  @StringField({ max: 200, example: 'Villa with a view of the sea' })
  title!: string;
  @StringField({ optional: true, nullable: true, max: 10_000 })
  description?: string | null;
  @ChoiceField(PROPERTY_TYPES)
  type!: string;
  @ChoiceField(OFFERS)
  offer!: string;
  @StringField({ max: 120, example: 'Riverside' })
  place!: string;
  @IntField({ min: 0, max: MAX_PRICE, description: 'In the smallest unit of the currency.', example: 1_250_000_00 })
  price!: number;
  @ChoiceField(CURRENCIES, { description: 'ISO 4217.', example: 'THB' })
  currency!: string;
  @IntField({ optional: true, nullable: true, min: 0, max: 1_000 })
  bedrooms?: number | null;
  @IntField({ optional: true, nullable: true, min: 0, max: MAX_INT })
  areaSquareMeters?: number | null;
}

export class UpdateProperty {
  @StringField({ optional: true, max: 200 })
  title?: string;
  @StringField({ optional: true, nullable: true, max: 10_000 })
  description?: string | null;
  @ChoiceField(PROPERTY_TYPES, { optional: true })
  type?: string;
  @ChoiceField(OFFERS, { optional: true })
  offer?: string;
  @StringField({ optional: true, max: 120 })
  place?: string;
  @IntField({ optional: true, min: 0, max: MAX_PRICE })
  price?: number;
  @ChoiceField(CURRENCIES, { optional: true })
  currency?: string;
  @IntField({ optional: true, nullable: true, min: 0, max: 1_000 })
  bedrooms?: number | null;
  @IntField({ optional: true, nullable: true, min: 0, max: MAX_INT })
  areaSquareMeters?: number | null;
}

export class Publication {
  @BooleanField({ description: 'true: everybody may read it. false: a draft again.' })
  isPublished!: boolean;
}

export class PublishedPropertyAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  title!: string;
  @ApiProperty({ type: String, nullable: true })
  description!: string | null;
  @ApiProperty({ enum: PROPERTY_TYPES })
  type!: string;
  @ApiProperty({ enum: OFFERS })
  offer!: string;
  @ApiProperty()
  place!: string;
  @ApiProperty({ type: 'integer', description: 'In the smallest unit of the currency.' })
  price!: number;
  @ApiProperty({ example: 'THB' })
  currency!: string;
  @ApiProperty({ type: 'integer', nullable: true })
  bedrooms!: number | null;
  @ApiProperty({ type: 'integer', nullable: true })
  areaSquareMeters!: number | null;
  @ApiProperty({ type: Date, nullable: true, description: 'When it was published last.' })
  publishedAt!: Date | null;

  static from(row: PublishedProperty): PublishedPropertyAnswer {
    return publicFields(row);
  }
}

export class PropertyAnswer extends PublishedPropertyAnswer {
  @ApiProperty({ description: 'Whether everybody may read it.' })
  isPublished!: boolean;
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  publishedBy!: string | null;
  @ApiProperty({ format: 'uuid' })
  createdBy!: string;
  @ApiProperty({ format: 'uuid' })
  updatedBy!: string;
  @ApiProperty()
  isActive!: boolean;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static of(row: Property): PropertyAnswer {
    const { isPublished, publishedBy, createdBy, updatedBy, isActive, version, createdAt, updatedAt } = row;
    const state = { isPublished, publishedBy, createdBy, updatedBy, isActive, version, createdAt, updatedAt };
    return { ...publicFields(row), ...state };
  }
}

function publicFields(row: PublishedProperty | Property): PublishedPropertyAnswer {
  const { id, title, description, type, offer, place, price, currency, bedrooms, areaSquareMeters, publishedAt } = row;
  const numbers = { price: Number(price), bedrooms, areaSquareMeters };
  return { id, title, description, type, offer, place, currency, ...numbers, publishedAt };
}
