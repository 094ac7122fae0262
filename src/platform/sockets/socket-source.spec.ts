import type { IncomingMessage } from 'node:http';
import { isAllowedOrigin, sourceOf } from './socket-source.js';

const request = (headers: Record<string, string>, remoteAddress = '10.0.0.1') =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe('the source of a handshake', () => {
  it('is the nearest address that is no proxy of ours', () => {
    const forwarded = request({ 'x-forwarded-for': '6.6.6.6, 7.7.7.7' });
    expect(sourceOf(forwarded, () => false)).toBe('10.0.0.1');
    expect(sourceOf(forwarded, (_address, distance) => distance < 1)).toBe('7.7.7.7');
    expect(sourceOf(forwarded, () => true)).toBe('6.6.6.6');
  });
});

describe('the origin of a handshake', () => {
  it('may be absent, listed, or the host itself', () => {
    const origins = ['https://app.example'];
    expect(isAllowedOrigin(request({}), origins)).toBe(true);
    expect(isAllowedOrigin(request({ origin: 'https://app.example' }), origins)).toBe(true);
    expect(isAllowedOrigin(request({ origin: 'http://host:1', host: 'host:1' }), origins)).toBe(true);
    for (const origin of ['https://evil.example', 'null', 'https://app.example.evil', '']) {
      expect(isAllowedOrigin(request({ origin, host: 'host:1' }), origins)).toBe(false);
    }
  });
});
