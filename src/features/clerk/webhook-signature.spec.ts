// cspell:ignore Žluťoučký
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { readDeliveryHeaders, WebhookSignature } from './webhook-signature.js';

const [current, former, foreign] = [0, 1, 2].map(() => `whsec_${randomBytes(32).toString('base64')}`) as [
  string,
  string,
  string,
];
const body = Buffer.from('{"type":"user.created","data":{"id":"user_1","first_name":"Žluťoučký"}}');
const now = new Date();

/** As a sender signs, by the reference implementation. */
function deliver({ secret = current, id = 'msg_1', at = now, prefix = 'svix', payload = body } = {}) {
  return {
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: String(Math.floor(at.getTime() / 1_000)),
    [`${prefix}-signature`]: new Webhook(secret).sign(id, at, payload),
  };
}

function accepts(headers: Record<string, string>, payload = body): boolean {
  const delivery = readDeliveryHeaders(headers);
  return delivery !== null && new WebhookSignature([current, former]).isValid(delivery, payload);
}

describe(WebhookSignature.name, () => {
  it('S4-11 accepts what the reference implementation signs, by either name and by each secret', () => {
    expect(accepts(deliver())).toBe(true);
    expect(accepts(deliver({ prefix: 'webhook' }))).toBe(true);
    expect(accepts(deliver({ secret: former }))).toBe(true);
  });

  it('accepts any of several signatures, and ignores versions that it does not know', () => {
    const headers = deliver();
    const other = deliver({ secret: foreign })['svix-signature'] ?? '';
    const own = headers['svix-signature'] ?? '';
    expect(accepts({ ...headers, 'svix-signature': `v1a,abc ${other} ${own}` })).toBe(true);
    expect(accepts({ ...headers, 'svix-signature': own.replace('v1,', 'v2,') })).toBe(false);
    expect(accepts({ ...headers, 'svix-signature': other })).toBe(false);
  });

  it('refuses another body, id or time than the signed one', () => {
    const headers = deliver();
    expect(accepts(headers, Buffer.concat([body, Buffer.from(' ')]))).toBe(false);
    expect(accepts({ ...headers, 'svix-id': 'msg_2' })).toBe(false);
    expect(accepts({ ...headers, 'svix-timestamp': String(Number(headers['svix-timestamp']) + 1) })).toBe(false);
  });

  it('refuses bytes that decode to the signed text without being it', () => {
    const signed = Buffer.from('{"name":"\uFFFD"}');
    const other = Buffer.from(signed.toString('latin1').replace('\u00EF\u00BF\u00BD', '\u00FF'), 'latin1');
    expect(other.toString('utf8')).toBe(signed.toString('utf8'));
    expect(accepts(deliver({ payload: signed }), signed)).toBe(true);
    expect(accepts(deliver({ payload: signed }), other)).toBe(false);
  });

  it.each([-310, 310])('refuses a signature that is %i seconds away', (seconds) => {
    expect(accepts(deliver({ at: new Date(now.getTime() + seconds * 1_000) }))).toBe(false);
  });

  it.each([
    ['svix-id', 'a.b'],
    ['svix-id', ''],
    ['svix-timestamp', '12x4567890'],
    ['svix-signature', ''],
    ['svix-signature', 'v1'],
    ['svix-signature', 'v1,'],
  ])('refuses a malformed %s: %j', (name, value) => {
    expect(accepts({ ...deliver(), [name]: value })).toBe(false);
  });

  it('verifies nothing without a secret', () => {
    const delivery = readDeliveryHeaders(deliver());
    expect(delivery && new WebhookSignature([]).isValid(delivery, body)).toBe(false);
  });
});
