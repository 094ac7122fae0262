import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { filesUnder } from './project-files.js';

interface Requirement {
  id: string;
  status: string;
  tests: string[];
}

const LAST_NUMBER = { 'S0-': 33, 'S1-': 27, 'S2-': 26, 'S3-': 23, 'S4-': 27, C: 13 };
const EXPECTED = Object.entries(LAST_NUMBER).flatMap(([prefix, last]) =>
  Array.from({ length: last }, (_, index) => `${prefix}${index + 1}`),
);
const ROW = /^\| *((?:S\d-|C)\d+) *\|.*\| *(\w+) *\|([^|]*)\|$/gm;
const ID = /(?<![\w-])(?:S\d-\d+|C(?:1[0-3]|[1-9]))(?![\w-])/g;

const requirements = [...readFileSync('docs/requirements.md', 'utf8').matchAll(ROW)].map(
  ([, id, status, tests]): Requirement => ({
    id: id as string,
    status: status as string,
    tests: [...(tests as string).matchAll(/`([^`]+)`/g)].map(([, path]) => path as string),
  }),
);
const done = requirements.filter(({ status }) => status === 'done');

/** The name that a call starts with and everything chained to it: `it.each(rows)` gives `['it', 'each']`. */
function chainOf(callee: ts.Expression): string[] {
  if (ts.isIdentifier(callee)) return [callee.text];
  if (ts.isPropertyAccessExpression(callee)) return [...chainOf(callee.expression), callee.name.text];
  if (ts.isCallExpression(callee)) return chainOf(callee.expression);
  if (ts.isTaggedTemplateExpression(callee)) return chainOf(callee.tag);
  return [];
}

function titleOf(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const [name, ...modifiers] = chainOf(node.expression);
  if (name === undefined || !['describe', 'it', 'test'].includes(name)) return undefined;
  if (modifiers.some((modifier) => ['skip', 'todo'].includes(modifier))) return undefined;
  const title = node.arguments[0];
  return title && (ts.isStringLiteralLike(title) || ts.isTemplateExpression(title)) ? title.getText() : undefined;
}

/** The requirement ids in the titles of the tests of one file. */
function idsProvedIn(path: string): Set<string> {
  const ids = new Set<string>();
  const visit = (node: ts.Node): void => {
    for (const [id] of titleOf(node)?.matchAll(ID) ?? []) ids.add(id);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true));
  return ids;
}

const proved = new Map(
  [...filesUnder('src', '.spec.ts'), ...filesUnder('test', '.spec.ts')].map((path) => [path, idsProvedIn(path)]),
);

describe('the table of requirements', () => {
  it('holds each id once', () => {
    expect(requirements.map(({ id }) => id).sort()).toEqual([...EXPECTED].sort());
  });

  it('knows three states', () => {
    expect(requirements.filter(({ status }) => !['open', 'done', 'dropped'].includes(status))).toEqual([]);
  });

  it('names for each finished requirement the tests that prove it', () => {
    const unproved = done.flatMap(({ id, tests }) => {
      if (tests.length === 0) return [`${id} names no test`];
      const missing = tests.filter((path) => !existsSync(path)).map((path) => `${id}: ${path} does not exist`);
      const silent = tests.filter((path) => existsSync(path) && !proved.get(path)?.has(id));
      return [...missing, ...silent.map((path) => `${id}: no test title in ${path} names it`)];
    });
    expect(unproved).toEqual([]);
  });

  it('marks as finished what a test title claims to prove', () => {
    const finished = new Set(done.map(({ id }) => id));
    const claims = [...proved].flatMap(([path, ids]) => [...ids].map((id) => ({ id, path })));
    expect(claims.filter(({ id }) => !finished.has(id))).toEqual([]);
  });
});
