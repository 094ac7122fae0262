import { readFileSync } from 'node:fs';
import { AppError, type ErrorCategory } from '../../src/platform/errors/app-error.js';
import { resourceNotFound } from '../../src/platform/errors/general.errors.js';
import { toAppError, toProblem } from '../../src/platform/http/problem.js';
import { TenancyError, type TenancyErrorCategory } from '../../src/tenancy/index.js';
import { filesUnder } from '../architecture/project-files.js';
import { named, parametersIn, readApi } from '../support/open-api.js';
import { TestApp } from '../support/test-app.js';

const app = await TestApp.start();
const api = readApi(app);
const operations = named(api.operations);

afterAll(async () => await app.stop());

describe('the OpenAPI document', () => {
  it('is served as it is built, and all that it refers to is in it', async () => {
    const { body, text } = await app.http().get('/docs-json').expect(200);
    const { components } = body as { components: { schemas: object } };
    const referred = [...text.matchAll(/"#\/components\/schemas\/([^"]*)"/g)].map(([, name]) => name as string);
    expect([...new Set(referred)].filter((name) => !Object.hasOwn(components.schemas, name))).toEqual([]);
  });

  it('has an operation id of its own for every operation, fit for a method of a client', () => {
    const ids = api.operations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z][A-Za-z0-9]*_[a-z][A-Za-z0-9]*$/.test(id))).toEqual([]);
  });

  it.each(operations)('says what is answered: %s', (_route, operation) => {
    const { summary, answers, stance, path, body } = operation;
    expect(summary).toMatch(/^[A-Z].{5,}[^.]$/);
    const done = Object.entries(answers).filter(([status]) => status.startsWith('2'));
    expect(done).toHaveLength(1);
    const [[status, answer]] = done as [[string, (typeof answers)[string]]];
    if (status === '204') expect(answer.content).toBeUndefined();
    else
      for (const [mediaType, { schema }] of Object.entries(answer.content ?? {}))
        // An object that says what is in it, or a file.
        expect(mediaType === 'application/json' ? api.resolve(schema).properties : schema.format).toBeDefined();
    if (status !== '204') expect(Object.keys(answer.content ?? {})).not.toEqual([]);
    const errors = Object.entries(answers).filter(([code]) => /^[45]/.test(code));
    for (const [code, { content }] of errors)
      expect([code, Object.keys(content ?? {})]).toEqual([code, ['application/problem+json']]);
    const expected = { public: [], actor: ['401', '404'], organization: ['401', '403', '404'] }[
      stance?.kind ?? 'public'
    ];
    expect(errors.map(([code]) => code)).toEqual(
      expect.arrayContaining(['400', '413', '415', '421', '503', ...expected]),
    );
    const inPath = parametersIn(operation, 'path').map(({ name }) => name);
    expect(inPath.sort()).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort());
    if (body) expect(body.properties).toBeDefined();
  });
});

describe('docs/errors.md', () => {
  const documented = new Map(
    [...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([A-Z_]+)` +\| (\d{3}) /gm)].map(([, code, status]) => [
      code as string,
      Number(status),
    ]),
  );

  it('lists every code that a client can get with its status, and no other', () => {
    expect(Object.fromEntries([...documented].sort())).toEqual(Object.fromEntries([...thrownCodes()].sort()));
  });
});

/** The codes in the source with the status of their answer. Mistakes of ours are answered as INTERNAL_ERROR. */
function thrownCodes(): Map<string, number> {
  const source = filesUnder('src', '.ts')
    .filter((path) => !path.endsWith('.spec.ts'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  const find = (pattern: RegExp) => [...source.matchAll(pattern)].map(([, ...groups]) => groups as [string, string]);
  const own = find(/new AppError\(\s*'([A-Z_]+)',\s*'([a-z-]+)'/g).map(
    ([code, category]) => new AppError(code, category as ErrorCategory, ''),
  );
  const missing = find(/(?:resourceNotFound\(|getOr404(?:<[^;]*>)?\([^;]*, )'([^']+)'/g).map(([resource]) =>
    resourceNotFound(resource),
  );
  const tenancy = find(/(?:super|TenancyError)\(\s*'([A-Z_]+)',\s*'([a-z-]+)'/g)
    .filter(([, category]) => category !== 'programming-error')
    .map(([code, category]) => toAppError(new TenancyError(code, category as TenancyErrorCategory, '')));
  const byServer = find(/status: (\d{3}),\s*code: '([A-Z_]+)'/g).map(([status, code]): [string, number] => [
    code,
    Number(status),
  ]);
  return new Map([
    ...[...own, ...missing, ...tenancy].map((error): [string, number] => [error.code, toProblem(error, '').status]),
    ...byServer,
  ]);
}
