import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { filesUnder, foldersOf } from './project-files.js';

const BANNED_FOLDERS = ['common', 'core', 'helpers', 'lib', 'shared', 'utils'];
const BANNED_ROLES = ['handler', 'helper', 'helpers', 'manager', 'util', 'utils'];
const FRONT_DOOR = 'src/tenancy/index.ts';
// The role may be missing where the noun says it: one-sync-pool.ts, envelope.ts.
const NOUN_AND_ROLE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:\.([a-z]+(?:-[a-z]+)*))?\.ts$/;

const sources = filesUnder('src', '.ts');
const tests = filesUnder('test', '.ts');
const named = sources.filter((path) => /^src\/(features|platform)\//.test(path) && !path.endsWith('.spec.ts'));
const textOf = (path: string) => readFileSync(path, 'utf8');

const toKebabCase = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();

function exportedClasses(path: string): string[] {
  return [...textOf(path).matchAll(/^export (?:default )?(?:abstract )?class (\w+)/gm)].map(
    ([, name]) => name as string,
  );
}

describe('folders', () => {
  it('have names that promise something', () => {
    const banned = foldersOf(sources).filter((folder) => BANNED_FOLDERS.includes(basename(folder)));
    expect(banned).toEqual([]);
  });

  it('are at most two deep below src', () => {
    expect(foldersOf(sources).filter((folder) => folder.split('/').length > 3)).toEqual([]);
  });
});

describe('files of features and platform', () => {
  it('are named noun.ts or noun.role.ts in kebab-case', () => {
    const misnamed = named.filter((path) => {
      const match = NOUN_AND_ROLE.exec(basename(path));
      return match === null || BANNED_ROLES.includes(match[1] ?? '');
    });
    expect(misnamed).toEqual([]);
  });

  it('are named after the one class that they export', () => {
    const misnamed = named.flatMap((path) => {
      const [only, ...others] = exportedClasses(path);
      if (only === undefined || others.length > 0) return [];
      const stem = basename(path, '.ts').replaceAll('.', '-');
      return toKebabCase(only) === stem ? [] : [`${path} exports ${only}`];
    });
    expect(misnamed).toEqual([]);
  });
});

describe('imports and exports', () => {
  it('pass through no barrel but the front door of tenancy', () => {
    const barrels = sources.filter(
      (path) =>
        path !== FRONT_DOOR && (basename(path) === 'index.ts' || /^export\b[^;'"]*\bfrom ['"]/m.test(textOf(path))),
    );
    expect(barrels).toEqual([]);
  });

  it('name no forwardRef', () => {
    expect(sources.filter((path) => /\bforwardRef\b/.test(textOf(path)))).toEqual([]);
  });
});

describe('lint exceptions', () => {
  it('each give a reason after two dashes', () => {
    const unexplained = [...sources, ...tests].filter((path) =>
      textOf(path)
        .split('\n')
        .some((line) => /(?:\/\/|\/\*)\s*eslint-disable/.test(line) && !/ -- \S/.test(line)),
    );
    expect(unexplained).toEqual([]);
  });
});
