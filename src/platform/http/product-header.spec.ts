import type { Response } from 'express';
import { ANONYMOUS, createContext, OrganizationContextService, type TenancyRequest } from '../../tenancy/index.js';
import { nameProduct } from './product-header.js';

const ROUNDS = 2_000;

describe(nameProduct.name, () => {
  const headers = new Map<string, string>();
  const response = { setHeader: (name: string, value: string) => headers.set(name, value) } as unknown as Response;
  const ask = (sent: Record<string, string>) => {
    const outcome: unknown[] = [];
    nameProduct('bestays')({ headers: sent } as unknown as TenancyRequest, response, (error) => outcome.push(error));
    return outcome;
  };

  it('S4-25 names the product, takes a request that expects it or none, and refuses one that expects the other', () => {
    expect([ask({}), ask({ 'x-product': 'bestays' })]).toEqual([[undefined], [undefined]]);
    expect(headers.get('X-Product')).toBe('bestays');
    for (const other of ['realestate', 'Bestays', ''])
      expect(ask({ 'x-product': other })).toEqual([expect.objectContaining({ code: 'PRODUCT_MISMATCH' })]);
  });

  it('S4-17 costs less than a millisecond, together with the check of the context', () => {
    const contexts = new OrganizationContextService();
    contexts.bind({ memberships: {} as never, recorder: {} as never, product: 'bestays' });
    const facts = {
      product: 'bestays',
      organizationId: null,
      actor: ANONYMOUS,
      role: null,
      entryPoint: 'http',
    } as const;
    const context = createContext({ ...facts, requestId: 'r' });
    const times = Array.from({ length: ROUNDS }, () => {
      const startedAt = performance.now();
      ask({ 'x-product': 'bestays' });
      contexts.run(context, () => undefined);
      return performance.now() - startedAt;
    });
    // The median: what the machine does meanwhile is not the layer's.
    expect(times.sort((one, other) => one - other)[ROUNDS / 2]).toBeLessThan(1);
  });
});
