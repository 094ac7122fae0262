// @ts-check
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutFolder } from '../../scripts/checkout.mjs';
import { readResults } from './results.mjs';
import { COLUMNS, rowsOf } from './rows.mjs';

const path = join(checkoutFolder, 'docs/benchmarks.md');

const INTRODUCTION = `# Benchmarks

What isolation costs, measured by \`npm run bench\`, which writes this page. \`npm run bench -- reads\` runs one suite; with
\`--rounds\` or \`--seconds\` it measures otherwise than here and leaves the page as it is. \`BENCH_PROFILES\` names a folder for
processor profiles of every process that is measured.

How it is measured:

- Every variant is a process of its own. All are started and warmed up first and then take turns, forwards and backwards
  in each round, so that whatever changes on the machine changes for all of them.
- A result is the median over the rounds of what one variant did against the other in the same round; the interval is
  that of the median (bootstrap, 95 %). A goal is reached when the median reaches it and the lower bound comes within
  0.05 of it (5 % for times and rates). What misses its goal is measured once more, and both are shown.
- Every answer is checked: one wrong or missing row voids the run.
- Processor time per call, of the process and of PostgreSQL (+), is the second witness: “by CPU” is what it says of the
  same comparison. A round in which others use more than 0.3 of a core is disturbed and measured again, up to a third
  of the rounds.
- Goals in seconds and microseconds were set on a machine on which \`crypto.argon2\` does 71 hashes a second and SHA-256 of
  400 bytes takes 0.9 µs. On the one of 2026-11-26 and 27 it was 41, and 2 to 3.6 µs; ratios are not touched by that.`;

/** @type {Record<string, { title: string, text: string }>} */
const SUITES = {
  reads: {
    title: 'One call: `npm run bench -- reads`',
    text: `2,000,000 businesses of 100,000 organizations; the calls ask for rows drawn from all of them, over 8 connections.
“Without isolation” is the same driver, the same Prisma client and the same settings with a role that row level security
does not bind, no filters and no context. “prisma-extension-rls” wraps each call in a transaction that sets the
organization first, which is how Prisma documents row level security. Entering the context counts in each call.

- P1: SQL with the filter and row level security against plain node-postgres, both with named statements.
- P2: Prisma with both walls against the same client without. Prisma merges the \`findUnique\` calls of one tick into one
  statement, whoever made them; across organizations that must not be, so only one at a time is the same work.
- P3: both ways to read against the usual extension.`,
  },
  scale: {
    title: 'More organizations: `npm run bench -- scale`',
    text: `Reads by id under both walls in databases with 10, 1,000, 10,000 and 100,000 organizations of 10 rows each.`,
  },
  http: {
    title: 'A request: `npm run bench -- http`',
    text: `Processor time of the server per request to a route that does nothing, in the real application with its doors open
step by step. The server has one core, the load generator with its 32 connections the other. 1,000 log-ins of as many
organizations among 100,000 take turns; the server remembers their tokens after the first request. “Never seen before” are
20,000 tokens, more than it remembers. The time that PostgreSQL takes to look up the membership stands after the plus.`,
  },
  'sign-in': {
    title: 'Log-ins: `npm run bench -- sign-in`',
    text: `One process of the real application, log-ins and reads over HTTP, both from one other process; nothing is pinned,
because argon2 works on threads. P11: log-ins with argon2id (19 MiB, 2 passes, 1 lane), 8 at a time, against the bare
\`crypto.argon2\` of Node and the bare library, 2 at a time, which is how many the product lets work at once; and the 99th
percentile of reads of a business by id, of which 100 a second arrive, while people log in. The goal's 50 log-ins a second
are 0.7 of what Node's argon2 did where it was set; so many arrive here. Those that arrive do not wait for each other, and
the time of a read counts from when it was due.`,
  },
  audit: {
    title: 'On the record: `npm run bench -- audit`',
    text: `2,000,000 businesses of 100,000 organizations. P7: a row is read by SQL behind both walls, and the read is on the
hash chain of its organization, durably, before the answer; 1,000 organizations take turns, so that hardly two records of
a batch belong to the same chain. “One INSERT per read” writes to a table like the log without a chain. P8: 2,000 records
at a time, in batches, and each in a transaction of its own, which locks its chain.`,
  },
  credentials: {
    title: 'Secrets: `npm run bench -- credentials`',
    text: `P10: what opening one sealed secret costs whose data key is open already, against an empty call, and against
\`node:crypto\` alone with the same key; and rotating a data key under 2,000 secrets, against reading and writing them back.`,
  },
  cache: {
    title: 'Cached client data: `npm run bench -- cache`',
    text: `P9: everything about a client from the cache against the same from the database, 32 at a time, and against the bare
GET of Redis of the same bytes; from the database against one statement by hand on plain \`pg\`. The line below
the table names the server that answered for Redis.`,
  },
  product: {
    title: 'The product: `npm run bench -- product`',
    text: `What the second dimension adds to a row that is read by its id, and to a route that does nothing, in the process and in
PostgreSQL together. Left out are, as the application is loaded: the header and its check, the setting of the product in each
transaction, the filter by product, and its policies on all tables. A request that reads a row is all three, as it looks up
the membership by SQL: measured as a whole it scatters by more than the product costs, so its parts are added up round by
round, and must together stay below 50 µs.`,
  },
  sockets: {
    title: 'Sockets: `npm run bench -- sockets`',
    text: `P14: 10,000 sockets of 100 organizations on one process of the real application, each let in by its token and in its
organization's room, against as many on Socket.IO by itself in rooms of 100 that nobody guards; both are open all the time,
each with a process of clients of its own. What is published goes through Redis, as it does in the product, and counts when
all 100 have it: a missing one voids the run. Memory is what the process grew by, divided by the sockets. Latency is from the
call that publishes to the last receiver, 20 updates a second.`,
  },
  jobs: {
    title: 'Jobs: `npm run bench -- jobs`',
    text: `P12: jobs that do nothing, 200 at a time with 10 at once, each queued in a transaction, authorized again when it runs,
done once and kept as a row, against Bull alone, which keeps them in Redis; the same behind 100,000 jobs of another
organization that are due: whatever is done counts. P13: from the commit of the transaction that queues a job to its begin,
one at a time; and jobs queued for the next day, each in a transaction, against graphile-worker.`,
  },
  faq: {
    title: 'Searching questions: `npm run bench -- faq`',
    text: `100,000 published questions of two products, of eight words each out of 5,000, with their embeddings by the local
embedder. Each search asks for a question in its own words, and must find it among the first five. “Hybrid” is what
\`GET /faqs/search\` does: full text, words that look alike, and embeddings, together with embedding the question. “Full text
behind the policies” is full text alone in a statement of the app role, which uses no index on it.`,
  },
};

/**
 * Writes the page from the last full run of each suite. A suite that was measured elsewhere keeps the section it has.
 * @param {string} resultsFolder
 */
export async function writeDocument(resultsFolder) {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const kept = before.split(/^(?=## )/mu);
  const sections = Object.entries(SUITES).flatMap(([suite, { title }]) => {
    const last = readResults(resultsFolder, suite).at(-1);
    if (last) return [sectionOf(last)];
    return kept.filter((section) => section.startsWith(`## ${title}\n`));
  });
  const text = await format([INTRODUCTION, ...sections].join('\n\n'));
  if (before !== text) writeFileSync(path, text);
}

/** @param {import('./results.mjs').Result} result */
function sectionOf({ suite, startedAt, machine, outcomes }) {
  const { title, text } = /** @type {{ title: string, text: string }} */ (SUITES[suite]);
  const contests = outcomes.flatMap((outcome) => outcome.contests);
  const load = Math.max(...contests.map(({ highestLoad }) => highestLoad)).toFixed(1);
  const repeated = contests.reduce((sum, contest) => sum + contest.repeatedRounds, 0);
  const disturbed = contests.reduce((sum, contest) => sum + contest.disturbedRounds, 0);
  const rounds = contests.reduce((sum, { blocks }) => sum + (Object.values(blocks)[0]?.length ?? 0), 0);
  return `## ${title}

${text}

${[COLUMNS, COLUMNS.map(() => '---'), ...rowsOf(outcomes)].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}

Measured on ${startedAt.slice(0, 10)} with Node ${machine.node}, PostgreSQL ${machine.postgres},${machine.redis ? ` ${machine.redis},` : ''} pg ${machine.pg}, Prisma
${machine.prisma} and Nest ${machine.nest} on ${machine.cores} cores and ${machine.memoryGib} GiB (${machine.platform}); load
average up to ${load}, in which our own work counts. Of ${rounds} rounds, others disturbed ${disturbed}; ${repeated} more were
measured again for that reason.`;
}

/** @param {string} text */
async function format(text) {
  const prettier = await import('prettier');
  return await prettier.format(text, { ...(await prettier.resolveConfig(path)), parser: 'markdown' });
}
