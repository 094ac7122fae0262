import { PASSWORD } from './builders.js';
import { problemDefects, type RawAnswer, RawClient } from './open-api-request.js';

/** A client that presents tokens as it is told to. */
export class BearerClient extends RawClient {
  /** Asks who the bearer is, with a whole Authorization header. */
  async ask(authorization: string | string[], path = '/api/v1/auth/me'): Promise<RawAnswer> {
    return await this.send({ method: 'get', path, headers: { authorization } });
  }

  /** Asks who the bearer of a token is. */
  async bear(token: string, path?: string): Promise<RawAnswer> {
    return await this.ask(`Bearer ${token}`, path);
  }

  async refresh(refreshToken: string): Promise<RawAnswer> {
    return await this.auth('refresh', { refreshToken });
  }

  async login(email: string, password = PASSWORD): Promise<RawAnswer> {
    return await this.auth('login', { email, password });
  }

  async auth(path: string, body: object, as: { readonly accessToken: string } | null = null): Promise<RawAnswer> {
    return await this.sendAs(as, { method: 'post', path: `/api/v1/auth/${path}`, body: JSON.stringify(body) });
  }
}

/** @param what - tells the case in a failure */
export function expectUnauthenticated(answer: RawAnswer, what: string): void {
  const expected = { status: 401, body: { code: 'UNAUTHENTICATED' }, headers: { 'www-authenticate': 'Bearer' } };
  expect([what, answer]).toMatchObject([what, expected]);
  expect([what, problemDefects(answer)]).toEqual([what, []]);
}
