import { readFileSync } from 'node:fs';
import { filesUnder } from './project-files.js';

const HOME = 'src/features/client-data/';
/** The tables in SQL, and the delegates of Prisma. */
const TABLES = ['clients', 'client_credentials', 'seo_projects', 'keywords'];
const DELEGATES = ['client', 'clientCredential', 'seoProject', 'keyword'];
/** What other features may use of this one: the services, through which every access is checked and on record. */
const ENTRANCES =
  /^(client-data\.module|client-data\.service|client\.service|client-credential\.service|credential-renewal\.service|seo-project\.service|client-data\.types)\.js$/;
/** Compose the application or its commands; they call nothing of what they import. */
const COMPOSERS = ['src/app.module.ts', 'src/cli.module.ts'];
/** Files that touch the tables without reading client data, each with its reason. Delete a row with its file. */
const EXCEPTIONS: Record<string, string> = {
  'src/features/organizations/own-organizations.repository.ts':
    'Counts the clients of each organization for the operator, unscoped and on record; sees nothing of them.',
};

/** Where a file reaches past the services. Comments do not count. */
function trespassesOf(path: string, source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const found: string[] = [];
  const sql = new RegExp(
    `\\b(?:FROM|JOIN|INTO|UPDATE|TABLE|USING)\\s+"?(?:public"?\\."?)?(?:${TABLES.join('|')})\\b`,
    'gi',
  );
  for (const [text] of code.matchAll(sql)) found.push(`${path}: ${text}`);
  for (const delegate of DELEGATES) {
    const isPicked = new RegExp(`Pick<\\s*OrganizationDatabase\\s*,[^>]*'${delegate}'`).test(code);
    const isCalled = new RegExp(`\\bdatabase\\.${delegate}\\b`).test(code);
    if (isPicked || isCalled) found.push(`${path}: ${delegate}`);
  }
  for (const [, file = ''] of code.matchAll(/from '[./]*(?:features\/)?client-data\/([^']+)'/g)) {
    if (!ENTRANCES.test(file) && !COMPOSERS.includes(path)) found.push(`${path}: ${file}`);
  }
  return found;
}

describe('the one way to client data', () => {
  const files = filesUnder('src', '.ts').filter((path) => !path.startsWith(HOME));

  it('S0-1 S0-31 is taken by every file outside of the feature', () => {
    const trespasses = files
      .filter((path) => !(path in EXCEPTIONS))
      .flatMap((path) => trespassesOf(path, readFileSync(path, 'utf8')));
    expect(trespasses).toEqual([]);
  });

  it('S0-1 has no exception that is not needed any more', () => {
    const needless = Object.keys(EXCEPTIONS).filter(
      (path) => !files.includes(path) || trespassesOf(path, readFileSync(path, 'utf8')).length === 0,
    );
    expect(needless).toEqual([]);
  });

  it('S0-31 has one file that reads client data, and one for transactions that see their own changes', () => {
    const readers = filesUnder(HOME.slice(0, -1), '.ts').filter((path) =>
      /FROM clients\b|database\.client\.findMany\(\{\s*where: \{ id: \{ in:/.test(readFileSync(path, 'utf8')),
    );
    expect(readers).toEqual([`${HOME}client-data.repository.ts`, `${HOME}client.repository.ts`]);
  });

  it.each([
    [`class R { constructor(private readonly database: Pick<OrganizationDatabase, 'auditLog' | 'keyword'>) {} }`],
    ['await this.database.client.findFirst({ where: { id } });'],
    ['const text = `SELECT 1 FROM clients WHERE organization_id = $1`;'],
    ['const text = `UPDATE public.client_credentials SET envelope = $2`;'],
    [`import { ClientRepository } from '../client-data/client.repository.js';`],
    [`import { ClientDataStore } from '../../features/client-data/client-data-store.js';`],
  ])('S0-1 finds who leaves it: %s', (source) => {
    expect(trespassesOf('src/features/other/other.repository.ts', source)).toHaveLength(1);
  });

  it.each([
    [`import { ClientDataService } from '../client-data/client-data.service.js';`],
    ['// FROM clients is read elsewhere\nawait this.clients.requireClient(id, true);'],
    [`constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'auditLog'>) {}`],
  ])('lets others be: %s', (source) => {
    expect(trespassesOf('src/features/other/other.service.ts', source)).toEqual([]);
  });
});
