// @ts-check
// Runs on Node 20 and without any package: it is what brings Node 24 and the packages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutFolder } from './checkout.mjs';
import { generateClient, isClientGenerated, sumOfClientSources } from './generated-client.mjs';
import { installPackages, lockfilePath, nodePackageBinary, packagesFolder } from './package-installation.mjs';
import { withProcessLock } from './process-lock.mjs';
import { reportTo } from './progress.mjs';
import { StartupProblem } from './startup-problem.mjs';

const REQUIRED_NODE_MAJOR = 24;

const stampPath = join(packagesFolder, '.bulkhead-install');

/**
 * Sums of what the packages and the generated client were made from.
 * @typedef {{ packages?: string, client?: string }} InstallStamp
 */

/**
 * Installs the packages and generates the database client unless both are there and up to date.
 * @param {{ report?: import('./progress.mjs').Report }} [options]
 * @returns {Promise<string>} path of a Node binary of the required version
 * @throws {StartupProblem} with what to do, when npm fails or no such Node can be had
 */
export async function ensureInstalled({ report = reportTo(process.stderr) } = {}) {
  if (!isInstalled()) {
    // npm ci empties node_modules, so the lock cannot lie there.
    await withProcessLock(join(checkoutFolder, '.data/install.lock'), () => install(report), {
      onWait: (pid) => report(`Waiting for process ${pid}, which is installing the packages …`),
    });
  }
  return requireNode();
}

/** Tells whether this process runs on a Node that the project can use. */
export function isRequiredNode() {
  return Number(process.versions.node.split('.')[0]) >= REQUIRED_NODE_MAJOR;
}

function isInstalled() {
  const stamp = readStamp();
  const packages = sumOfPackages();
  return stamp.packages === packages && isClientUpToDate(stamp, sumOfClientSources(packages));
}

/** @param {import('./progress.mjs').Report} report */
async function install(report) {
  const packages = sumOfPackages();
  if (readStamp().packages !== packages) {
    await installPackages(report);
    writeStamp({ packages });
  }
  const client = sumOfClientSources(packages);
  if (!isClientUpToDate(readStamp(), client)) {
    await generateClient({ node: requireNode(), report });
    writeStamp({ packages, client });
  }
}

/**
 * @param {InstallStamp} stamp
 * @param {string | undefined} client
 */
function isClientUpToDate(stamp, client) {
  return client === undefined || (stamp.client === client && isClientGenerated());
}

function sumOfPackages() {
  // The platform counts, because a checkout may be shared between a machine and its containers.
  const platform = `${process.platform}-${process.arch}\n`;
  return createHash('sha256').update(platform).update(readFileSync(lockfilePath)).digest('hex');
}

/** @returns {InstallStamp} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8'));
  } catch {
    return {};
  }
}

/** @param {InstallStamp} stamp */
function writeStamp(stamp) {
  writeFileSync(stampPath, JSON.stringify(stamp));
}

/** Returns the Node binary that npm brought, else the one that runs us. */
function requireNode() {
  const binary = nodePackageBinary();
  // Run once to be sure: where the C library is not glibc (Alpine), it is there but does not start.
  const starts = () => existsSync(binary) && spawnSync(binary, ['--version']).status === 0;
  if (binary === process.execPath || starts()) return binary;
  if (isRequiredNode()) return process.execPath;
  throw new StartupProblem(
    `Bulkhead needs Node ${REQUIRED_NODE_MAJOR} or newer; this is Node ${process.versions.node}, and npm has no Node ` +
      `for ${process.platform}-${process.arch} that starts here.\n` +
      `Install Node ${REQUIRED_NODE_MAJOR} (https://nodejs.org/en/download, or: nvm install ${REQUIRED_NODE_MAJOR}) and start again.`,
  );
}
