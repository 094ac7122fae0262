// @ts-check
// Verifies an export of an audit log without network, database or packages: `node verify-audit-export.mjs <file>
// [--key-id <id>]`. Give it to whoever receives exports; the key id tells them apart from somebody else's, so ask for it
// on another way (`audit:verify --json` prints it). Exit codes: 0 proven, 1 not proven, 2 wrong usage.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const NUMBERS = new Set(['form', 'sequence', 'repeats']);

/** @typedef {Record<string, any>} Row */

/**
 * Renders texts so that no two lists give the same: `<bytes of UTF-8>:<text>` each, and `-` for null.
 * @param {(string | null)[]} cells
 */
function render(cells) {
  return cells.map((cell) => (cell === null ? '-' : `${Buffer.byteLength(cell)}:${cell}`)).join('');
}

/** @param {Row} row */
function hashOf(row) {
  const text = render([
    String(row['form']),
    row['previousHash'],
    String(row['sequence']),
    row['id'],
    row['organizationId'],
    row['product'],
    row['occurredAt'],
    row['actorType'],
    row['actorId'],
    row['role'],
    row['entryPoint'],
    row['requestId'],
    row['action'],
    row['entity'],
    row['entityId'],
    row['clientId'],
    row['outcome'],
    row['reason'],
    String(row['repeats']),
    row['fields'] && String(row['fields'].length),
    ...(row['fields'] ?? []),
  ]);
  return createHash('sha256').update(text).digest('hex');
}

/** Follows the chain through the rows of an export. */
class Verifier {
  /** @type {string[]} */
  problems = [];
  records = 0;
  /** @type {Row | undefined} */
  first;
  /** @type {Row | undefined} */
  last;
  /** @type {Row | undefined} */
  proof;
  keyId = '';

  /** @param {Row} row */
  take(row) {
    if (this.proof) return this.fail('There is something behind the proof.');
    if (row['kind'] === 'proof') {
      this.proof = row;
      return;
    }
    const place = `record ${row['sequence']} (${row['id']})`;
    this.records += 1;
    if (hashOf(row) !== row['hash']) this.fail(`${place} was edited.`);
    if (this.last && row['sequence'] !== this.last['sequence'] + 1)
      this.fail(`${place} does not follow ${this.last['sequence']}.`);
    if (this.last && row['previousHash'] !== this.last['hash']) this.fail(`${place} names another record before it.`);
    this.first ??= row;
    this.last = row;
  }

  /** @param {string | undefined} expectedKeyId */
  finish(expectedKeyId) {
    const { proof, first, last } = this;
    if (!proof) return this.fail('The proof is missing: the file was cut off.');
    if (proof['records'] !== this.records) this.fail(`The proof speaks of ${proof['records']} records.`);
    if (this.records === 0 || !first || !last) return;
    if (proof['firstSequence'] !== first['sequence'] || proof['previousHash'] !== first['previousHash']) {
      this.fail('The first record is not the one that the proof speaks of.');
    }
    const { checkpoint, publicKey } = proof;
    if (!checkpoint || !publicKey) return this.fail('The export is not signed: its records did not fit the chain.');
    if (checkpoint['sequence'] !== last['sequence'] || checkpoint['hash'] !== last['hash']) {
      this.fail('The last record is not the one that was signed.');
    }
    for (const name of ['organizationId', 'product']) {
      if (checkpoint[name] !== last[name] || checkpoint[name] !== first[name])
        this.fail(`The ${name} is not the one that was signed.`);
    }
    this.checkSignature(checkpoint, publicKey, expectedKeyId);
  }

  /**
   * @param {Row} checkpoint
   * @param {string} publicKey
   * @param {string | undefined} expectedKeyId
   */
  checkSignature(checkpoint, publicKey, expectedKeyId) {
    const text = render([
      'bulkhead.audit.checkpoint.1',
      checkpoint['product'],
      checkpoint['organizationId'],
      String(checkpoint['sequence']),
      checkpoint['hash'],
      String(checkpoint['previousSequence']),
      checkpoint['createdAt'],
    ]);
    const key = createPublicKey(publicKey);
    this.keyId = createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('hex')
      .slice(0, 16);
    if (key.asymmetricKeyType !== 'ed25519') this.fail('The key is not of the kind that signs audit logs.');
    else if (!verify(null, Buffer.from(text), key, Buffer.from(checkpoint['signature'], 'base64url'))) {
      this.fail('The signature is not right.');
    }
    if (expectedKeyId !== undefined && expectedKeyId !== this.keyId)
      this.fail(`It was signed with another key, ${this.keyId}.`);
  }

  /** @param {string} problem */
  fail(problem) {
    if (this.problems.length < 20) this.problems.push(problem);
  }
}

/**
 * Splits CSV (RFC 4180) into lines of cells; a cell without quotation marks that is empty is null.
 * @param {AsyncIterable<string>} chunks
 * @returns {AsyncGenerator<(string | null)[]>}
 */
async function* readCsv(chunks) {
  /** @type {(string | null)[]} */
  let line = [];
  let cell = '';
  let isQuoted = false;
  let isInside = false;
  let isAfterQuote = false;
  const endCell = () => {
    line.push(!isQuoted && cell === '' ? null : cell);
    cell = '';
    isQuoted = isInside = isAfterQuote = false;
  };
  for await (const chunk of chunks) {
    for (const character of chunk) {
      if (isInside && !isAfterQuote) {
        if (character === '"') isAfterQuote = true;
        else cell += character;
      } else if (isAfterQuote && character === '"') {
        cell += '"';
        isAfterQuote = false;
      } else if (character === '"' && cell === '' && !isQuoted) isQuoted = isInside = true;
      else if (character === ',') endCell();
      else if (character === '\n') {
        endCell();
        yield line;
        line = [];
      } else if (character !== '\r') cell += character;
    }
  }
  if (cell !== '' || isQuoted || line.length > 0) {
    endCell();
    yield line;
  }
}

/**
 * @param {string | null} cell
 * @param {string} name
 */
function fromCell(cell, name) {
  if (cell === null) return null;
  if (NUMBERS.has(name)) return Number(cell);
  const text = cell.startsWith("'") ? cell.slice(1) : cell;
  return name === 'fields' ? JSON.parse(text) : text;
}

/**
 * @param {string} path
 * @returns {AsyncGenerator<Row>}
 */
async function* readRows(path) {
  const stream = createReadStream(path, 'utf8');
  if (!path.endsWith('.csv')) {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) if (line) yield JSON.parse(line);
    return;
  }
  /** @type {string[] | undefined} */
  let names;
  for await (const cells of readCsv(stream)) {
    if (!names) names = cells.map(String);
    else if (cells[0] === '#proof') yield JSON.parse(String(fromCell(cells[1] ?? null, 'proof')));
    else yield Object.fromEntries(names.map((name, index) => [name, fromCell(cells[index] ?? null, name)]));
  }
}

async function run() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'key-id': { type: 'string' } } });
  const [path] = positionals;
  if (!path || positionals.length > 1) throw new TypeError('Name one file: the export, ending in .csv or .ndjson.');
  const verifier = new Verifier();
  try {
    for await (const row of readRows(path)) verifier.take(row);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT')
      throw new TypeError(`There is no file ${path}.`, { cause: error });
    verifier.fail(`The file cannot be read as an export: ${error instanceof Error ? error.message : String(error)}`);
  }
  verifier.finish(values['key-id']);
  const { problems, records, first, last, keyId } = verifier;
  if (problems.length > 0) {
    process.stdout.write(`NOT proven: ${basename(path)}\n${problems.map((problem) => `  ${problem}`).join('\n')}\n`);
    process.exitCode = 1;
  } else if (records === 0) process.stdout.write('The export holds no records.\n');
  else {
    const span = `${first?.['sequence']} (${first?.['occurredAt']}) to ${last?.['sequence']} (${last?.['occurredAt']})`;
    const signed = `signed with the key ${keyId}${values['key-id'] ? '' : ' (compare it with the one you were told)'}`;
    process.stdout.write(`Proven: ${records} records, ${span}, of ${first?.['organizationId']}, ${signed}.\n`);
  }
}

run().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
