/** What `db:seed` writes. Both organizations hold mirrored content, so that a leak shows at once. */
export const DEMO_PASSWORD = 'bulkhead-demo-1';

export const DEMO_ORGANIZATIONS = [
  { slug: 'acme', name: 'Acme', owner: 'owner@acme.test' },
  { slug: 'globex', name: 'Globex', owner: 'owner@globex.test' },
] as const;

export const DEMO_USERS = [
  { email: 'owner@acme.test', firstName: 'Olive', lastName: 'Owner' },
  { email: 'admin@acme.test', firstName: 'Ada', lastName: 'Admin' },
  { email: 'member@acme.test', firstName: 'Max', lastName: 'Member' },
  { email: 'owner@globex.test', firstName: 'Otto', lastName: 'Owner' },
  { email: 'both@demo.test', firstName: 'Bo', lastName: 'Both' },
] as const;

/** Created last: where it exists, the demo data is complete. */
export const DEMO_SUPERUSER = { email: 'root@bulkhead.test', firstName: 'Root', lastName: 'Superuser' } as const;

export const DEMO_MEMBERS = {
  acme: [
    { email: 'admin@acme.test', role: 'ADMIN' },
    { email: 'member@acme.test', role: 'MEMBER' },
    { email: 'both@demo.test', role: 'ADMIN' },
  ],
  globex: [{ email: 'both@demo.test', role: 'MEMBER' }],
} as const;

export const DEMO_BUSINESSES = ['E-commerce Store', 'Corner Shop'] as const;
export const DEMO_CLIENTS = ['Harbor Hotel', 'Mill Bakery', 'Garden Tools'] as const;
export const DEMO_KEYWORDS = ['small hotel', 'room with a view', 'weekend by the sea'] as const;
