import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

interface Architecture {
  layers: Record<string, string[]>;
  features: Record<string, string[]>;
}
interface CruiseResult {
  summary: { violations: { from: string; rule: { name: string } }[]; ruleSetUsed: { forbidden: { name: string }[] } };
}
type Tree = Record<string, string>;

const COMMAND = resolve('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const OPTIONS = ['--config', 'dependency-cruiser.cjs', '--output-type', 'json', 'src'];
const CONFIGURATION = ['architecture.json', 'dependency-cruiser.cjs', 'package.json', 'tsconfig.json'];
const { features } = JSON.parse(readFileSync('architecture.json', 'utf8')) as Architecture;

/** A small tree that keeps every rule. The planted files of all rules join it at once. */
const soundTree: Tree = {
  'src/main.ts': "import './app.module.js';",
  'src/app.module.ts':
    "import './features/users/users.module.js'; import './features/memberships/memberships.module.js';",
  'src/tenancy/index.ts': "export { tenancy } from './tenancy.module.js';",
  'src/tenancy/tenancy.module.ts':
    "import { ClsModule } from 'nestjs-cls'; import type { Request } from 'express'; export const tenancy = ClsModule; export type R = Request;",
  'src/platform/database/organization.database.ts':
    "import { tenancy } from '../../tenancy/index.js'; import { PrismaClient } from '../../generated/prisma/client.js'; export const database = [tenancy, PrismaClient];",
  'src/features/audit/audit.service.ts': 'export const audit = 1;',
  'src/features/users/users.module.ts': "import './user.repository.js'; import './user.service.js';",
  'src/features/users/user.repository.ts': "import '../../platform/database/organization.database.js';",
  'src/features/users/user.service.ts':
    "import { audit } from '../audit/audit.service.js'; import type { User } from '../../generated/prisma/client.js'; export const user = audit; export type U = User;",
  'src/features/memberships/memberships.module.ts': "import '../users/user.service.js';",
  'src/generated/prisma/client.ts':
    "import { PrismaClient } from '@prisma/client'; import './index.js'; export { PrismaClient }; export type User = { id: string };",
  'src/generated/prisma/index.ts': "import './client.js';",
};

/** For each feature, one import of a feature that its row does not list. */
const featureViolations = Object.fromEntries(
  Object.entries(features).map(([feature, allowed]) => {
    const foreign = Object.keys(features).find((name) => name !== feature && !allowed.includes(name)) as string;
    return [
      `feature-${feature}`,
      {
        [`src/features/${feature}/planted.types.ts`]: `import '../${foreign}/target.service.js';`,
        [`src/features/${foreign}/target.service.ts`]: 'export const target = 1;',
      },
    ];
  }),
);

/** Rule name to the files that break it; the first file of each is the one that the rule must name. */
const violations: Record<string, Tree> = {
  ...featureViolations,
  'layer-tenancy': { 'src/tenancy/upwards.ts': "import '../platform/database/organization.database.js';" },
  'layer-platform': { 'src/platform/config/upwards.ts': "import '../../features/audit/audit.service.js';" },
  'layer-features': { 'src/features/users/upwards.ts': "import '../../app.module.js';" },
  'feature-listed': { 'src/features/unlisted/unlisted.service.ts': "import '../audit/audit.service.js';" },
  'feature-internals': { 'src/features/memberships/pry.ts': "import '../users/user.repository.js';" },
  'tenancy-front-door': { 'src/platform/http/back-door.ts': "import '../../tenancy/tenancy.module.js';" },
  'tenancy-peers': { 'src/tenancy/foreign-package.ts': "import 'pino';" },
  'tenancy-express-types': {
    'src/tenancy/calls-express.ts': "import express from 'express'; export const app = express();",
  },
  'one-context-store': { 'src/platform/logging/second-store.ts': "import 'nestjs-cls';" },
  'prisma-values-in-repositories': {
    'src/features/users/query.service.ts':
      "import { PrismaClient } from '../../generated/prisma/client.js'; export const x = PrismaClient;",
  },
  'prisma-types-in-contracts': {
    'src/features/users/row.controller.ts':
      "import type { User } from '../../generated/prisma/client.js'; export type Row = User;",
  },
  'database-in-repositories': {
    'src/features/users/shortcut.service.ts': "import '../../platform/database/organization.database.js';",
  },
  'packages-declared': { 'src/platform/http/undeclared.ts': "import 'body-parser';" },
  'packages-at-run-time': { 'src/platform/http/development.ts': "import 'typescript';" },
  'no-circular': {
    'src/platform/cache/one.ts': "import type { Two } from './two.js'; export type One = Two;",
    'src/platform/cache/two.ts': "import type { One } from './one.js'; export type Two = One;",
  },
  'no-barrels': {
    'src/platform/queue/uses-barrel.ts': "import './names/index.js';",
    'src/platform/queue/names/index.ts': 'export const names = 1;',
  },
  'no-tests-in-source': {
    'src/platform/health/uses-test.ts': "import '../../../test/support/fixture.js';",
    'test/support/fixture.ts': 'export const fixture = 1;',
  },
  'no-unused-files': { 'src/platform/crypto/unused.ts': "import 'node:crypto';" },
};

function cruise(tree: Tree): CruiseResult['summary'] {
  const folder = mkdtempSync(join(tmpdir(), 'layering-'));
  try {
    for (const name of CONFIGURATION) copyFileSync(name, join(folder, name));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const { stdout } = spawnSync(process.execPath, [COMMAND, ...OPTIONS], { cwd: folder, maxBuffer: 2 ** 26 });
    return (JSON.parse(stdout.toString()) as CruiseResult).summary;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the import rules', () => {
  it('accept a tree that keeps them', () => {
    expect(cruise({ ...soundTree }).violations.map(({ from, rule }) => `${rule.name}: ${from}`)).toEqual([]);
  });

  it('each fire on a planted violation', () => {
    const planted: Tree = Object.assign({}, soundTree, ...Object.values(violations));
    const { violations: found, ruleSetUsed } = cruise(planted);
    const fired = Object.entries(violations).filter(([name, tree]) =>
      found.some(({ rule, from }) => rule.name === name && Object.keys(tree).includes(from)),
    );
    expect(fired.map(([name]) => name).sort()).toEqual(ruleSetUsed.forbidden.map(({ name }) => name).sort());
  });
});
