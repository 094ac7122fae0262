// @ts-check
// Runs on Node 20 and without any package: see install.mjs.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { checkoutFolder } from './checkout.mjs';
import { packagesFolder } from './package-installation.mjs';
import { reportTo } from './progress.mjs';
import { runQuietly } from './quiet-process.mjs';
import { failWith, StartupProblem } from './startup-problem.mjs';

const schemaPath = join(checkoutFolder, 'prisma/schema.prisma');
const generatorsFolder = join(checkoutFolder, 'prisma/generators');

/**
 * Returns the sum of all that the database client is generated from, or undefined when there is no schema.
 * @param {string} packagesSum
 */
export function sumOfClientSources(packagesSum) {
  if (!existsSync(schemaPath)) return undefined;
  const generators = existsSync(generatorsFolder) ? readdirSync(generatorsFolder).sort() : [];
  const sum = createHash('sha256').update(packagesSum);
  for (const path of [schemaPath, ...generators.map((name) => join(generatorsFolder, name))])
    sum.update(readFileSync(path));
  return sum.digest('hex');
}

/** Tells whether everything is there that the schema's generators write. */
export function isClientGenerated() {
  const outputs = readFileSync(schemaPath, 'utf8').matchAll(/^\s*output\s*=\s*"(.+)"/gm);
  return [...outputs].every(([, output]) => existsSync(join(dirname(schemaPath), String(output))));
}

/**
 * Runs `prisma generate`.
 * @param {{ node: string, report: import('./progress.mjs').Report }} options
 */
export async function generateClient({ node, report }) {
  report('Generating the database client …');
  /** @type {string[]} */
  const lines = [];
  const code = await runQuietly(node, [join(packagesFolder, 'prisma/build/index.js'), 'generate'], {
    env: {
      ...process.env,
      PATH: [dirname(node), process.env['PATH']].join(delimiter),
      // Prisma downloads its engine unless an existing file is named; generating does not run it.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
    onLine: (line) => lines.push(line),
  });
  if (code === 0) return;
  throw new StartupProblem(
    `prisma generate failed (exit code ${code}):\n\n${lines.slice(-30).join('\n')}\n\nCorrect prisma/schema.prisma and start again.`,
  );
}

// `npm run generate`
if (process.argv[1] === import.meta.filename) {
  generateClient({ node: process.execPath, report: reportTo(process.stdout) }).catch(failWith);
}
