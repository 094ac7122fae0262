import type { TestingModuleBuilder } from '@nestjs/testing';
import { decodeJwt } from 'jose';
import type { LoginAnswer } from '../../src/features/auth/auth.dto.js';
import { PasswordService } from '../../src/features/auth/password.service.js';
import { type Mail, Mailer } from '../../src/platform/mail/mailer.js';
import { buildUser, PASSWORD } from './builders.js';
import type { TestApp } from './test-app.js';

/** Logs in once more, from a program that calls itself `userAgent`. */
export async function buildLogin(
  app: TestApp,
  email: string,
  { password = PASSWORD, userAgent = 'tests' } = {},
): Promise<LoginAnswer & { readonly sessionId: string }> {
  const { body } = await app
    .http()
    .post('/api/v1/auth/login')
    .set('User-Agent', userAgent)
    .send({ email, password })
    .expect(200);
  const login = body as LoginAnswer;
  return { ...login, sessionId: sessionOf(login) };
}

/** The id of the log-in that a token belongs to. */
export function sessionOf({ accessToken }: { readonly accessToken: string }): string {
  return decodeJwt<{ sid: string }>(accessToken).sid;
}

/** Makes an account and what the link in its mail would carry. */
export async function buildResetToken(app: TestApp): Promise<string> {
  const { email } = await buildUser(app);
  const reset = await app.get(PasswordService).createReset(email);
  return reset?.token ?? '';
}

/** Keeps mails instead of sending them. */
export class Mailbox extends Mailer {
  override readonly isConfigured = true;
  readonly mails: Mail[] = [];

  /** For TestApp.start. */
  readonly override = (builder: TestingModuleBuilder) => builder.overrideProvider(Mailer).useValue(this);

  override send(mail: Mail): Promise<void> {
    this.mails.push(mail);
    return Promise.resolve();
  }

  /** Waits for the `count`-th mail to this address and returns what its link carries. */
  async tokenFor(email: string, count = 1): Promise<string> {
    const { text } = await this.mailFor(email, count);
    return /#token=([\w-]+)/.exec(text)?.[1] ?? '';
  }

  async mailFor(email: string, count = 1): Promise<Mail> {
    for (const until = Date.now() + 5_000; Date.now() < until; await new Promise((done) => setTimeout(done, 10))) {
      const found = this.mails.filter(({ to }) => to === email)[count - 1];
      if (found) return found;
    }
    throw new Error(`No mail number ${count} came to ${email}.`);
  }
}
