import type { Operation } from './open-api.js';

/** One route, with who may call it: a row of docs/permissions.md. */
export interface Permission {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  /** `anybody`, `anybody, known by a token`, `anyone logged in`, or the least role in the organization. */
  readonly least: string;
  /** What an API key needs; `–` if no key may call the route. */
  readonly scope: string;
  /** Whether sending it again does no more than sending it once. */
  readonly repeatable: string;
}

const INTRODUCTION = `# Permissions

Who may call which route. Made from the routes by \`npm run docs:permissions\`, never by hand; \`test/e2e/permissions.spec.ts\` fails while it is out of date, and tries every row with every kind of caller.

- **Least role**: a membership of the organization with this role or a higher one (MEMBER, ADMIN, OWNER). Nobody gives, changes or takes a role above their own.
- **Anybody, known by a token**: who sends none is a visitor; who sends one is a member of the organization that is named or active, or of none.
- **Key scope**: what an [API key](decisions/2026-11-23-api-keys-follow-their-maker.md) needs, besides the least role. It is the first part of the path with \`read\` for GET and \`write\` for all else. \`–\`: no key may call the route.
- **Repeatable**: whether sending the same again does no more than sending it once.
- A superuser without a membership may no more than a stranger: 404.

| route | operation | least role | key scope | repeatable |
|---|---|---|---|---|
`;
const ROW = /^\| `(\w+) (\S+)` \| `(\w+)` \| ([^|]+) \| `?([^|`]+)`? \| ([^|]+) \|$/;

export function writePermissions(operations: readonly Operation[]): string {
  const rows = operations.map(permissionOf).sort((left, right) => compare(sortKey(left), sortKey(right)));
  const lines = rows.map(({ method, path, operation, least, scope, repeatable }) => {
    const shown = scope === '–' ? scope : `\`${scope}\``;
    return `| \`${method.toUpperCase()} ${path}\` | \`${operation}\` | ${least} | ${shown} | ${repeatable} |\n`;
  });
  return INTRODUCTION + lines.join('');
}

export function readPermissions(document: string): Permission[] {
  const matches = document.split('\n').flatMap((line) => {
    const found = ROW.exec(line);
    return found ? [found] : [];
  });
  return matches.map(([, method = '', path = '', operation = '', least = '', scope = '', repeatable = '']) => {
    return { method: method.toLowerCase(), path, operation, least, scope, repeatable };
  });
}

function permissionOf(route: Operation): Permission {
  const { method, path, id, stance, keyScope } = route;
  const least = leastOf(stance);
  return { method, path, operation: id, least, scope: keyScope ?? '–', repeatable: repeatabilityOf(route) };
}

function leastOf(stance: Operation['stance']): string {
  if (stance?.kind === 'organization') return stance.role;
  if (stance?.kind === 'actor') return 'anyone logged in';
  return stance?.isRecognizing ? 'anybody, known by a token' : 'anybody';
}

function repeatabilityOf({ method, parameters, answers, stance }: Operation): string {
  if (['get', 'put', 'delete'].includes(method)) return 'yes';
  // Without a caller no answer is kept: there the header is checked for its form only.
  const isKept =
    (stance?.kind !== 'public' || stance.isRecognizing) &&
    parameters.some(({ name }) => name.toLowerCase() === 'idempotency-key');
  if (isKept) return 'with Idempotency-Key';
  return answers['412'] ? 'with If-Match' : 'no';
}

function sortKey({ path, method }: Permission): string {
  return `${path} ${['get', 'post', 'put', 'patch', 'delete'].indexOf(method)}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
