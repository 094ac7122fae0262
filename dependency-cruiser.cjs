// Turns architecture.json into import rules, so the map and the check cannot disagree.
// test/architecture/layering.spec.ts plants one violation of each rule and expects every rule to fire.
const { existsSync } = require('node:fs');
const { entryPoints, features, layers, tenancyPeers } = require('./architecture.json');

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const anyOf = (names) => `(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})`;

const GENERATED = '^src/generated/';
const SPEC = '\\.spec\\.ts$';
const STARTERS = `^src/(${entryPoints.join('|')}|app\\.module|configure-app)\\.ts$`;
const VALUES_ONLY = { dependencyTypesNot: ['type-only'] };

const layerRules = Object.entries(layers).map(([layer, below]) => {
  const allowed = [layer, ...below];
  // The generated client describes our schema, so tenancy, which could be published, stays away from it.
  const exempt = layer === 'tenancy' ? [] : [GENERATED];
  return forbid(
    `layer-${layer}`,
    `src/${layer} may import only: ${allowed.join(', ')}.`,
    { path: `^src/${layer}/` },
    { path: '^src/', pathNot: [`^src/${anyOf(allowed)}/`, ...exempt] },
  );
});

const featureRules = Object.entries(features).map(([feature, others]) => {
  const allowed = [feature, ...others];
  return forbid(
    `feature-${feature}`,
    `src/features/${feature} may import only: ${allowed.join(', ')}.`,
    { path: `^src/features/${feature}/` },
    { path: '^src/features/', pathNot: `^src/features/${anyOf(allowed)}/` },
  );
});

const featureBoundaryRules = [
  forbid(
    'feature-listed',
    'Add the new feature to architecture.json.',
    { path: '^src/features/', pathNot: `^src/features/${anyOf(Object.keys(features))}/` },
    {},
  ),
  forbid(
    'feature-internals',
    "Other features may use a feature's module, service and types only.",
    { path: '^src/features/([^/]+)/' },
    { path: '^src/features/', pathNot: ['^src/features/$1/', '\\.(module|service|types)\\.ts$'] },
  ),
];

const tenancyRules = [
  forbid(
    'tenancy-front-door',
    'Import tenancy through src/tenancy/index.ts.',
    { path: '^src/', pathNot: '^src/tenancy/' },
    { path: '^src/tenancy/', pathNot: '^src/tenancy/index\\.ts$' },
  ),
  forbid(
    'tenancy-peers',
    'Tenancy could be published: it may import only the packages under tenancyPeers in architecture.json.',
    { path: '^src/tenancy/', pathNot: SPEC },
    {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
      pathNot: [`node_modules/${anyOf(tenancyPeers)}/`, 'node_modules/(@types/)?express/'],
    },
  ),
  forbid(
    'tenancy-express-types',
    'Tenancy may name the types of express, never call it.',
    { path: '^src/tenancy/', pathNot: SPEC },
    { path: 'node_modules/(@types/)?express/', ...VALUES_ONLY },
  ),
  forbid(
    'one-context-store',
    'Only the context service and the tenancy module touch nestjs-cls.',
    { path: '^src/', pathNot: '^src/tenancy/(context/organization-context\\.service|tenancy\\.module)\\.ts$' },
    { path: 'node_modules/nestjs-cls/' },
  ),
];

const MAY_QUERY = [GENERATED, STARTERS, '^src/platform/database/', '^src/features/.+\\.repository(\\.spec)?\\.ts$'];
const MAY_NAME_ROWS = '^src/features/.+\\.(types|dto|service)\\.ts$';
const PRISMA_PACKAGES = 'node_modules/(@prisma|\\.prisma)/';

const databaseRules = [
  forbid(
    'prisma-values-in-repositories',
    'Queries live in *.repository.ts and src/platform/database.',
    { path: '^src/', pathNot: [...MAY_QUERY, '^src/tenancy/'] },
    { path: [GENERATED, PRISMA_PACKAGES], ...VALUES_ONLY },
  ),
  forbid(
    'prisma-types-in-contracts',
    'Outside repositories only *.types.ts, *.dto.ts and *.service.ts of a feature may name a Prisma type.',
    { path: '^src/', pathNot: [...MAY_QUERY, '^src/tenancy/', MAY_NAME_ROWS] },
    { path: [GENERATED, PRISMA_PACKAGES], dependencyTypes: ['type-only'] },
  ),
  forbid(
    'database-in-repositories',
    'Features reach the database through their *.repository.ts; other files get the module and transactions only.',
    { path: '^src/features/', pathNot: '\\.repository(\\.spec)?\\.ts$' },
    {
      path: '^src/platform/database/',
      pathNot: '^src/platform/database/([^/]+\\.module|[^/]*transaction[^/]*)\\.ts$',
      ...VALUES_ONLY,
    },
  ),
];

const packageRules = [
  forbid(
    'packages-declared',
    'Name the package in package.json.',
    { path: '^src/', pathNot: GENERATED },
    { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], ...VALUES_ONLY },
  ),
  forbid(
    'packages-at-run-time',
    'A development dependency is missing in production.',
    { path: '^src/', pathNot: [GENERATED, SPEC] },
    { dependencyTypes: ['npm-dev'], ...VALUES_ONLY },
  ),
];

const shapeRules = [
  forbid('no-circular', 'Type-only circles count too.', { pathNot: GENERATED }, { circular: true }),
  forbid(
    'no-barrels',
    'The only barrel is the tenancy front door.',
    {},
    { path: '^src/.*/index\\.ts$', pathNot: ['^src/tenancy/index\\.ts$', GENERATED] },
  ),
  forbid(
    'no-tests-in-source',
    'Source never imports tests.',
    { path: '^src/', pathNot: SPEC },
    { path: ['^test/', SPEC] },
  ),
];

// Reachability needs a start: on a tree without any entry point every file would count as unused.
const hasEntryPoint = entryPoints.some((name) => existsSync(`src/${name}.ts`));
const usageRules = [
  forbid(
    'no-unused-files',
    `Nothing that ${entryPoints.join('.ts, ')}.ts start imports this file.`,
    { path: `^src/(${entryPoints.join('|')})\\.ts$` },
    {
      path: '^src/',
      pathNot: [GENERATED, SPEC, '\\.d\\.ts$', `^src/(${entryPoints.join('|')})\\.ts$`],
      reachable: false,
    },
  ),
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...shapeRules,
    ...layerRules,
    ...featureRules,
    ...featureBoundaryRules,
    ...tenancyRules,
    ...databaseRules,
    ...packageRules,
    ...(hasEntryPoint ? usageRules : []),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', GENERATED] },
  },
};
