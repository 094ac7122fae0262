import { modelMap } from '../../src/generated/model-map.js';
import { createContext, type ScopedContext } from '../../src/tenancy/context/organization-context.js';
import { joinScopes } from '../../src/tenancy/isolation/model-map.js';
import { createScopeArguments } from '../../src/tenancy/isolation/scope-arguments.js';
import { scopePolicy } from '../../src/tenancy/isolation/scope-policy.js';

const A = '0190a000-0000-7000-8000-00000000000a';
const B = '0190a000-0000-7000-8000-00000000000b';
const context = createContext({
  product: 'bestays',
  organizationId: A,
  actor: { type: 'anonymous', id: null },
  role: null,
  entryPoint: 'http',
  requestId: 'spec',
}) as ScopedContext;
const scope = createScopeArguments(joinScopes(modelMap, scopePolicy));
const own = { organizationId: A, product: 'bestays' };
const refused = expect.objectContaining({ code: 'OPERATION_REFUSED' }) as Error;
const foreign = expect.objectContaining({ code: 'FOREIGN_ORGANIZATION' }) as Error;

describe(createScopeArguments.name, () => {
  it.each(['findFirst', 'findFirstOrThrow', 'findMany', 'count', 'aggregate', 'groupBy', 'updateMany', 'deleteMany'])(
    'filters %s by organization and product',
    (operation) => {
      const args = {
        where: { name: 'x', OR: [{ organizationId: B }] },
        ...(operation === 'updateMany' && { data: {} }),
      };
      expect(scope('Business', operation, args, context)).toMatchObject({ where: { ...args.where, ...own } });
      for (const where of [{ organizationId: B }, { product: 'realestate', name: 'x' }]) {
        expect(scope('Business', operation, { ...args, where }, context)).toMatchObject({
          where: { AND: [where, own] },
        });
      }
      expect(scope('Business', operation, { ...args, where: undefined }, context)).toMatchObject({ where: own });
    },
  );

  it('stamps what is written, and refuses a row of another organization or product', () => {
    expect(scope('Business', 'create', { data: { name: 'x' } }, context)).toEqual({ data: { name: 'x', ...own } });
    expect(scope('Business', 'createMany', { data: [{ name: 'x' }] }, context)).toEqual({
      data: [{ name: 'x', ...own }],
    });
    expect(() => scope('Business', 'create', { data: { organizationId: B } }, context)).toThrow(foreign);
    expect(() => scope('Business', 'create', { data: { organizationId: null } }, context)).toThrow(foreign);
    expect(() => scope('Business', 'updateMany', { data: { organizationId: { set: B } } }, context)).toThrow(foreign);
    expect(() => scope('Business', 'updateMany', { data: { product: 'realestate' } }, context)).toThrow(foreign);
    expect(scope('Business', 'updateMany', { data: { organizationId: A, name: 'x' } }, context)).toMatchObject({
      data: { name: 'x' },
    });
  });

  it.each(['connect', 'create', 'connectOrCreate', 'update', 'set', 'disconnect'])(
    'refuses to write a relation: %s',
    (verb) => {
      const data = { name: 'x', integrations: { [verb]: { id: B } } };
      expect(() => scope('Business', 'create', { data }, context)).toThrow(refused);
      expect(() => scope('Business', 'updateMany', { data }, context)).toThrow(refused);
      expect(() => scope('Business', 'upsert', { where: {}, create: {}, update: data }, context)).toThrow(refused);
    },
  );

  it('filters nested reads and counts at every depth', () => {
    const include = { clients: { include: { seoProjects: { where: { name: 'x' }, include: { _count: true } } } } };
    expect(scope('Organization', 'findMany', { include }, context)).toMatchObject({
      where: { id: A, product: 'bestays' },
      include: {
        clients: {
          where: own,
          include: {
            seoProjects: {
              where: { AND: [{ name: 'x' }, own] },
              include: { _count: { select: { keywords: { where: own } } } },
            },
          },
        },
      },
    });
  });

  it('filters what conditions say of related rows', () => {
    const where = { clients: { some: { name: 'x' }, none: {}, every: { name: 'y' } } };
    expect(scope('Organization', 'findMany', { where }, context)).toMatchObject({
      where: {
        clients: {
          some: { AND: [{ name: 'x' }, own] },
          none: { AND: [{}, own] },
          every: { OR: [{ NOT: own }, { name: 'y' }] },
        },
        id: A,
      },
    });
  });

  it('reads people through their memberships only, and never their log-ins', () => {
    const members = { product: 'bestays', memberships: { some: own } };
    expect(scope('User', 'findMany', {}, context)).toMatchObject({ where: members, omit: { passwordHash: true } });
    expect(scope('User', 'count', {}, context)).toEqual({ where: members });
    expect(scope('Membership', 'findMany', { include: { user: true } }, context)).toMatchObject({
      include: { user: { omit: { homeOrganizationId: true } } },
    });
    for (const args of [
      { select: { passwordHash: true } },
      { where: { passwordHash: { startsWith: '$' } } },
      { orderBy: { homeOrganizationId: 'asc' } },
      { orderBy: { sessions: { _count: 'asc' } } },
      { distinct: ['clerkUserId'] },
    ]) {
      expect(() => scope('User', 'findMany', args, context)).toThrow(refused);
    }
    expect(() => scope('User', 'groupBy', { by: ['platformRole'] }, context)).toThrow(refused);
    expect(() => scope('User', 'aggregate', { _max: { passwordHash: true } }, context)).toThrow(refused);
    for (const args of [
      { include: { sessions: true } },
      { where: { sessions: { some: {} } } },
      { include: { homeOrganization: true } },
    ]) {
      expect(() => scope('User', 'findMany', args, context)).toThrow(refused);
    }
    expect(() => scope('Session', 'findMany', {}, context)).toThrow(refused);
    expect(() => scope('SecurityEvent', 'count', {}, context)).toThrow(refused);
    expect(() => scope('User', 'updateMany', { data: { firstName: 'x' } }, context)).toThrow(refused);
    expect(() => scope('User', 'deleteMany', {}, context)).toThrow(refused);
    expect(() => scope('User', 'findMany', { orderBy: { homeOrganization: { name: 'asc' } } }, context)).toThrow(
      refused,
    );
  });

  it('takes a cursor of another organization for one that does not exist', () => {
    const cursor = { organizationId_id: { organizationId: B, id: B } };
    expect(scope('Business', 'findMany', { cursor }, context)).toMatchObject({
      cursor: { organizationId_id: { organizationId: A, id: B } },
    });
    expect(() =>
      scope('Organization', 'findMany', { cursor: { product_slug: { product: 'bestays', slug: 'b' } } }, context),
    ).toThrow(refused);
  });

  it('refuses undefined in a condition, unknown operations and unknown models', () => {
    expect(() => scope('Business', 'findMany', { where: { id: undefined } }, context)).toThrow(refused);
    expect(() => scope('Business', 'findMany', { where: { AND: [{ OR: [{ id: undefined }] }] } }, context)).toThrow(
      refused,
    );
    expect(() => scope('Business', 'findRaw', {}, context)).toThrow(refused);
    expect(() => scope('Unicorn', 'findMany', {}, context)).toThrow(refused);
  });
});
