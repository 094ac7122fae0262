// @ts-check
// Takes the product out of the application as it is loaded: what is left is what the product's layer is measured against.
import { registerHooks } from 'node:module';

/** What stands in dist, and what shall. @type {Record<string, [part: RegExp, instead: string][]>} */
const EDITS = {
  '/platform/http/product-header.js': [
    [/response\.setHeader\('X-Product', product\);/, ''],
    [/request\.headers\['x-product'\]/, 'undefined'],
  ],
  '/platform/database/context-query.js': [[/\w+\('app\.product', \$1, true\)/, '$$1::text']],
  '/tenancy/isolation/scope-filters.js': [
    [/(\[model\.scope\.key\]: context\.organizationId),\s+product: context\.product(?=\s+\};\s+case)/, '$1'],
  ],
  '/tenancy/context/organization-context.service.js': [
    [/this\.ports && context\.product !== this\.ports\.product/, 'false'],
  ],
  // Misses the policies of the product, as it should.
  '/platform/database/database-wall.check.js': [[/if \(problems\.length === 0\) return;/, 'return;']],
};

/** Of the tables as well: the database is one that only this serves. */
// eslint-disable-next-line no-restricted-syntax -- the default of a database of one product is what is meant here
export const WITHOUT_POLICIES = `DO $$
DECLARE policy record;
BEGIN
  FOR policy IN SELECT tablename, policyname FROM pg_policies WHERE policyname = 'app_product' LOOP
    EXECUTE format('DROP POLICY %I ON %I', policy.policyname, policy.tablename);
  END LOOP;
  -- Functions that look behind policies ask for it still.
  EXECUTE format('ALTER DATABASE %I SET app.product = %L', current_database(), 'bestays');
END $$`;

/** With and without it, the planner chooses otherwise whether to plan each time, which costs ten times the product. */
export const PLANNED_ONCE = `DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET plan_cache_mode = force_generic_plan', current_database());
END $$`;

/** To be called before anything of the application is imported. */
export function takeOutProduct() {
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      const edits = Object.entries(EDITS).find(([file]) => url.endsWith(`/dist${file}`))?.[1] ?? [];
      return edits.length === 0 ? loaded : { ...loaded, source: edits.reduce(edit, String(loaded.source)) };
    },
  });
}

/**
 * @param {string} source
 * @param {[part: RegExp, instead: string]} change
 */
function edit(source, [part, instead]) {
  if (part.test(source)) return source.replace(part, instead);
  throw new Error(`The product is carried in another way now: adapt bench/systems/without-product.mjs (${part}).`);
}
