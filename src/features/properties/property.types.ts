export const PROPERTY_TYPES = ['APARTMENT', 'HOUSE', 'VILLA', 'ROOM', 'LAND', 'COMMERCIAL'] as const;
export const OFFERS = ['SALE', 'RENT'] as const;
/** ISO 4217: what listings are priced in. */
export const CURRENCIES =
  'THB EUR USD GBP AED AUD BRL CAD CHF CNY CZK DKK HKD HUF IDR ILS INR JPY KRW MXN MYR NOK NZD PHP PLN QAR SAR SEK SGD TRY TWD VND ZAR'.split(
    ' ',
  );

/** What listings can be searched by. */
export interface PropertySearch {
  readonly place?: string;
  readonly type?: string;
  readonly offer?: string;
  readonly minPrice?: number;
  readonly maxPrice?: number;
  readonly text?: string;
}

/** A listing as everybody may see it. */
export interface PublishedProperty {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly type: string;
  readonly offer: string;
  readonly place: string;
  /** In the smallest unit of the currency. A text, because PostgreSQL's integers are longer than JavaScript's. */
  readonly price: string;
  readonly currency: string;
  readonly bedrooms: number | null;
  readonly areaSquareMeters: number | null;
  readonly publishedAt: Date;
}
