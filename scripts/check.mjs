// @ts-check
// `npm run check [-- --after-tests]`: all checks, as many at a time as there are processors for.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { checkoutFolder } from './checkout.mjs';

/** Longest first, so that none is left over at the end. */
const CHECKS = ['lint', 'test:unit', 'types', 'spell', 'format:check', 'layers'];
/** What `npm test` has run already. */
const PART_OF_THE_TESTS = ['test:unit'];
/** Lint alone takes most of a gigabyte. */
const AT_ONCE = Math.min(2, availableParallelism());
const OUTPUT_LIMIT = 64 * 1024 * 1024;

const isAfterTests = process.argv.includes('--after-tests');
const waiting = CHECKS.filter((name) => !(isAfterTests && PART_OF_THE_TESTS.includes(name)));

/**
 * Says how it went when it is over: the lines of two checks must not mix.
 * @param {string} name
 * @returns {Promise<boolean>}
 */
function check(name) {
  const startedAt = performance.now();
  const shell = process.platform === 'win32';
  const options = { cwd: checkoutFolder, maxBuffer: OUTPUT_LIMIT, shell };
  return new Promise((resolve) => {
    execFile('npm', ['run', '--silent', name], options, (error, stdout, stderr) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      process.stdout.write(`${error ? '✗' : '✓'} ${name} (${seconds} s)\n${error ? stdout + stderr : ''}`);
      resolve(!error);
    });
  });
}

async function work() {
  let isGood = true;
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) isGood = (await check(name)) && isGood;
  return isGood;
}

const results = await Promise.all(Array.from({ length: AT_ONCE }, work));
if (results.includes(false)) process.exitCode = 1;
