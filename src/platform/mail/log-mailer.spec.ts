import { pino } from 'pino';
import type { Configuration } from '../config/configuration.js';
import { LogMailer } from './log-mailer.js';

const mail = { to: 'jane@example.test', subject: 'Your new password', text: 'https://x.test/#token=SECRET' };

async function linesOf(isForDevelopers: boolean): Promise<string> {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
  await new LogMailer(logger, { isForDevelopers } as Configuration).send(mail);
  return lines.join('');
}

describe(LogMailer.name, () => {
  it('shows the link to a developer', async () => {
    expect(await linesOf(true)).toContain('token=SECRET');
  });

  it('shows no link and no address anywhere else, and warns', async () => {
    const lines = await linesOf(false);
    expect(lines).not.toMatch(/SECRET|jane/);
    expect(lines).toContain('"level":40');
  });
});
