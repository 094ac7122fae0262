import fc from 'fast-check';
import { times } from '../support/long-form.js';
import { buildFaq, buildFaqDesk } from '../support/faq-builders.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

/** Set FUZZ_SEED to repeat a run. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const TRIES = times({ suite: 200, drill: 10_000 });
const LANES = 4;
/** Both sides count, and a conversation ends at 200. */
const TURNS = 90;

/** What breaks parsers of text, of queries and of JSON. */
const awkward = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom(
      '\0',
      '\ud800',
      '\udc00',
      '\\',
      "'",
      '"',
      '%',
      '_',
      '&',
      '|',
      '!',
      '(',
      ')',
      ':',
      '*',
      '<',
      '>',
      ' ',
      'a',
    ),
    maxLength: 80,
  }),
  fc
    .array(
      fc.constantFrom(
        "'",
        "''",
        ':*',
        '<->',
        '&',
        '|',
        '!',
        '\\',
        'a:b',
        'cancel',
        "o'neill",
        'http://a.b/c?d=e',
        '/usr/bin\\x',
        '$1',
        '::tsquery',
        '--',
        ';',
        '\u200f',
        '﷽',
        'İ',
        'ß',
      ),
      { maxLength: 40 },
    )
    .map((words) => words.join(' ')),
  fc.nat({ max: 6_000 }).map((length) => 'x '.repeat(length)),
  fc.nat({ max: 6_000 }).map((length) => 'é'.repeat(length)),
);
const inputs = fc.sample(awkward, { numRuns: TRIES, seed: SEED });

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
  await buildFaq(app, await buildFaqDesk(app));
});
afterAll(async () => await app.stop());

/** Does it for every input, some at a time; the first and last of them are in the same lane. */
async function inLanes(work: (input: string, turn: number, lane: number) => Promise<void>): Promise<void> {
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    for (let place = lane; place < inputs.length; place += LANES)
      await work(inputs[place] as string, Math.floor(place / LANES), lane);
  });
  await Promise.all(lanes);
}

/** As a client that does not check what it sends. */
async function send(
  path: string,
  init?: RequestInit,
): Promise<{ status: number; code: string | undefined; body: unknown }> {
  const response = await fetch(`${app.url}/api/v1${path}`, init);
  const body: unknown = await response.json();
  return { status: response.status, code: (body as { code?: string }).code, body };
}

/** Percent-encodes UTF-8 as it is, lone surrogates and all. */
function encode(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

const LONG_MS = times({ suite: 60_000, drill: 1_800_000 });

it(
  `S4-19 answers ${TRIES} malformed searches, or refuses them (seed ${SEED})`,
  async () => {
    const odd: unknown[] = [];
    await inLanes(async (input) => {
      const { status, code } = await send(`/faqs/search?q=${encode(input)}`);
      const isRefused = (status === 400 && code === 'VALIDATION_FAILED') || status === 431;
      if (status !== 200 && !isRefused) odd.push({ input, status, code });
    });
    expect(odd).toEqual([]);
  },
  LONG_MS,
);

it(
  `S4-20 answers ${TRIES} malformed messages, or refuses them, and stores whole turns only (seed ${SEED})`,
  async () => {
    const odd: unknown[] = [];
    const conversations: string[] = [];
    const current = new Map<number, { id: string; visitorToken: string }>();
    let answered = 0;
    await inLanes(async (content, turn, lane) => {
      if (turn % TURNS === 0) {
        const begun = (await send('/chat/conversations', { method: 'POST' })).body as {
          id: string;
          visitorToken: string;
        };
        current.set(lane, begun);
        conversations.push(begun.id);
      }
      const { id, visitorToken } = current.get(lane) as { id: string; visitorToken: string };
      const { status, code } = await send(`/chat/conversations/${id}/messages`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Visitor-Token': visitorToken },
        body: turn % 10 === 9 ? `{"content":"${content}"}` : JSON.stringify({ content }),
      });
      if (status === 201) answered += 1;
      else if (status !== 400) odd.push({ content, status, code });
    });
    expect(odd).toEqual([]);
    expect(answered).toBeGreaterThan(0);
    const [stored] = await askAsSuperuser(
      `SELECT count(*)::int AS messages, count(*) FILTER (WHERE role = 'ASSISTANT')::int AS answers,
              (SELECT count(*)::int FROM chat_conversations c WHERE c.id = ANY ($1) AND answering_until IS NOT NULL) AS leased
         FROM chat_messages WHERE conversation_id = ANY ($1)`,
      [conversations],
    );
    expect(stored).toEqual({ messages: 2 * answered, answers: answered, leased: 0 });
  },
  LONG_MS,
);
