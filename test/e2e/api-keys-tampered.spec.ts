import { randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { buildApiKey, buildOrganization, type BuiltKey } from '../support/builders.js';
import { BearerClient } from '../support/open-api-bearer.js';
import { TestApp } from '../support/test-app.js';
import { times } from '../support/long-form.js';

const TAMPERED = times({ suite: 4_000, drill: 20_000 });
const AT_ONCE = 50;
const PATH = '/api/v1/clients';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

let app: TestApp;
let client: BearerClient;
let genuine: BuiltKey[];

beforeAll(async () => {
  app = await TestApp.start();
  client = new BearerClient(app.url);
  const organizations = [await buildOrganization(app), await buildOrganization(app)];
  genuine = await Promise.all(organizations.map((organization) => buildApiKey(app, organization)));
});
afterAll(async () => {
  client.close();
  await app.stop();
});

/** With the checksum that belongs to it, so that only the database can tell. */
function seal(unchecked: string): string {
  let [rest, checksum] = [crc32(unchecked), ''];
  for (; checksum.length < 6; rest = Math.floor(rest / 62)) checksum = DIGITS.charAt(rest % 62) + checksum;
  return `${unchecked}_${checksum}`;
}

function randomDigits(length: number): string {
  return Array.from(randomBytes(length), (byte) => DIGITS.charAt(byte % 62)).join('');
}

function withOtherDigit(text: string): string {
  const place = randomInt(text.length);
  const other = DIGITS.replace(text.charAt(place), '');
  return text.slice(0, place) + other.charAt(randomInt(other.length)) + text.slice(place + 1);
}

const pick = () => (genuine[randomInt(genuine.length)] as BuiltKey).accessToken;
const parts = () => pick().split('_') as [string, string, string, string, string];

const WAYS: (() => string)[] = [
  () => withOtherDigit(pick()),
  () => pick().slice(0, randomInt(4, 100)),
  () => `${pick()}${randomDigits(1)}`,
  () => `bk_bestays_${randomDigits(43)}_${randomDigits(43)}_${randomDigits(6)}`,
  () => seal(`bk_bestays_${randomDigits(43)}_${randomDigits(43)}`),
  () => seal(parts().slice(0, 3).concat(randomDigits(43)).join('_')),
  () => seal(parts().slice(0, 3).concat(withOtherDigit(parts()[3])).join('_')),
  () => seal(`bk_realestate_${parts().slice(2, 4).join('_')}`),
  () => {
    const [mark, product, ids, secret] = parts();
    return seal([mark, product, withOtherDigit(ids), secret].join('_'));
  },
  () => {
    const [first, second] = genuine.map(({ accessToken }) => accessToken.split('_')) as [string[], string[]];
    return seal([...first.slice(0, 3), second[3]].join('_'));
  },
];

it(`of ${TAMPERED} tampered API keys none is accepted, also with a right checksum, and the genuine ones still are`, async () => {
  const known = new Set(genuine.map(({ accessToken }) => accessToken));
  expect(known.has(seal(parts().slice(0, 4).join('_')))).toBe(true);
  const statuses = new Map<string, number>();
  for (let done = 0; done < TAMPERED; done += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, (_, index) => (WAYS[(done + index) % WAYS.length] as () => string)());
    const answers = await Promise.all(
      batch.filter((key) => !known.has(key)).map(async (key) => await client.bear(key, PATH)),
    );
    for (const { status, body } of answers) {
      const result = `${status} ${(body as { code: string }).code}`;
      statuses.set(result, (statuses.get(result) ?? 0) + 1);
    }
  }
  expect([...statuses.keys()]).toEqual(['401 UNAUTHENTICATED']);
  expect(statuses.get('401 UNAUTHENTICATED')).toBeGreaterThan(TAMPERED * 0.98);
  for (const { accessToken } of genuine) expect((await client.bear(accessToken, PATH)).status).toBe(200);
}, 240_000);
