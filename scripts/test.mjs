// @ts-check
// `npm test [-- <jest arguments>]`: jest on Node 24, against services of its own.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkoutFolder, resolveDataDir } from './checkout.mjs';
import { databaseOf, withDatabase } from './database-urls.mjs';
import { loadDevelopmentSecrets } from './development-secrets.mjs';
import { runInForeground } from './foreground-process.mjs';
import { ensureInstalled, isRequiredNode } from './install.mjs';
import { reportTo } from './progress.mjs';
import { startServices } from './services.mjs';
import { failWith } from './startup-problem.mjs';
import { onStopSignal } from './stop-signals.mjs';

const DATABASE_NAME = 'bulkhead_test';
// A test database need not survive a power cut.
const POSTGRES_FLAGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'];
const PROJECTS_WITHOUT_SERVICES = ['unit'];
/** Drills take minutes each: `npm run drills`. */
const DEFAULT_PROJECTS = ['unit', 'integration'];
const FLAGS_WITHOUT_TESTS = ['--help', '--version', '--listTests', '--showConfig', '--clearCache'];

const report = reportTo(process.stderr);
const given = process.argv.slice(2);
const isSelecting = given.some((argument) => argument.startsWith('--selectProjects'));
const args = isSelecting ? given : [...given, '--selectProjects', ...DEFAULT_PROJECTS];

async function runTests() {
  const node = await ensureInstalled({ report });
  if (!isRequiredNode()) {
    process.exitCode = await runInForeground(node, [fileURLToPath(import.meta.url), ...args]);
    return;
  }
  const dataDir = join(resolveDataDir(), 'test');
  process.exitCode = needsServices()
    ? await runWithServices(node, dataDir)
    : await runJest(node, { DATA_DIR: dataDir });
}

function needsServices() {
  if (args.some((argument) => FLAGS_WITHOUT_TESTS.includes(argument))) return false;
  const projects = selectedProjects();
  return projects.length === 0 || projects.some((name) => !PROJECTS_WITHOUT_SERVICES.includes(name));
}

function selectedProjects() {
  const [, inline] = args.find((argument) => argument.startsWith('--selectProjects='))?.split('=') ?? [];
  if (inline) return [inline];
  const start = args.indexOf('--selectProjects') + 1;
  if (start === 0) return [];
  const end = args.findIndex((argument, index) => index >= start && argument.startsWith('-'));
  return args.slice(start, end === -1 ? undefined : end);
}

/**
 * @param {string} node
 * @param {string} dataDir
 */
async function runWithServices(node, dataDir) {
  const stopping = new AbortController();
  // Until the services are stopped, too: a signal that comes late must not end us before that.
  const stopListening = onStopSignal((_signal, count) => (count > 3 ? process.exit(130) : stopping.abort()));
  const { signal } = stopping;
  try {
    const services = await startServices({
      dataDir,
      env: { ...process.env, ...testDatabaseUrl(), ENVIRONMENT: 'test' },
      databaseName: DATABASE_NAME,
      postgresFlags: POSTGRES_FLAGS,
      purpose: 'test',
      report,
      signal,
    });
    try {
      const secrets = await loadDevelopmentSecrets({ dataDir, env: process.env });
      const adminUrl = process.env['TEST_ADMIN_DATABASE_URL'] || services.adminUrl;
      return await runJest(node, {
        ...secrets,
        ...services.env,
        ...(adminUrl && { TEST_ADMIN_DATABASE_URL: adminUrl }),
        DATA_DIR: dataDir,
      });
    } finally {
      await services.stop();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return 130;
  } finally {
    stopListening();
  }
}

// A lone DATABASE_URL is likely that of development; tests must not write into its database.
function testDatabaseUrl() {
  const { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl } = process.env;
  if (!url || ownerUrl || !URL.canParse(url)) return {};
  const name = databaseOf(url);
  if (name === '' || name === 'postgres' || name.endsWith('_test')) return {};
  return { DATABASE_URL: withDatabase(url, `${name}_test`) };
}

/**
 * @param {string} node
 * @param {Record<string, string>} env
 */
function runJest(node, env) {
  const nodeOptions = [process.env['NODE_OPTIONS'], '--experimental-vm-modules', '--no-warnings']
    .filter(Boolean)
    .join(' ');
  return runInForeground(node, [join(checkoutFolder, 'node_modules/jest/bin/jest.js'), ...args], {
    cwd: checkoutFolder,
    env: {
      ...process.env,
      ...env,
      ENVIRONMENT: 'test',
      NODE_OPTIONS: nodeOptions,
      ...(selectedProjects().includes('drills') && { LONG_FORMS: 'true' }),
    },
  });
}

runTests().catch(failWith);
