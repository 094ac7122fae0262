import { isUuid } from '../../tenancy/index.js';

/** Whose a kept value is. */
export interface CacheOwner {
  readonly product: string;
  readonly organizationId: string;
}

/** Builds every key under which something is kept: product and organization lead, so no two of them ever share a value. */
export class CacheKey {
  private constructor(
    /** What is kept, of which there may be several variants: they go out of date together. */
    readonly subject: string,
    readonly full: string,
    /** The same without the product: the connection puts it in front. */
    readonly inRedis: string,
  ) {}

  /**
   * @param kind - of value, as `client-data`
   * @param variant - which part of it
   */
  static of(owner: CacheOwner, kind: string, id: string, variant: string): CacheKey {
    const subject = CacheKey.subjectOf(owner, kind, id);
    const full = `${subject}:${variant}`;
    return new CacheKey(subject, full, full.slice(owner.product.length + 1));
  }

  /** @throws Error for an owner without an organization: its value would be everybody's. */
  static subjectOf({ product, organizationId }: CacheOwner, kind: string, id: string): string {
    if (!product || !isUuid(organizationId)) throw new Error('A cached value needs a product and an organization.');
    return `${product}:${organizationId}:${kind}:${id}`;
  }
}
