import { SmtpServer } from '../../../test/support/smtp-server.js';
import { SmtpMailer } from './smtp-mailer.js';

const mail = { to: 'jane@example.test', subject: 'Café ☕', text: 'https://app.example.test/x#token=abc_def-1' };

describe(SmtpMailer.name, () => {
  let server: SmtpServer;

  beforeAll(async () => {
    server = await SmtpServer.start();
  });
  afterAll(async () => await server.stop());

  const from = 'Bulkhead <no-reply@example.test>';
  const mailer = () => new SmtpMailer({ url: server.url, from });
  // Not for mails that are to arrive: a machine that has much to do may need longer.
  const impatient = (url = server.url) => new SmtpMailer({ url, from, timeoutMs: 500 });

  it('hands a mail over', async () => {
    server.mode = 'accept';
    await mailer().send(mail);
    const [sent = ''] = server.mails.slice(-1);
    expect(sent).toContain('To: jane@example.test');
    expect(sent).toContain('From: Bulkhead <no-reply@example.test>');
    expect(sent.replaceAll('=\n', '').replaceAll('=3D', '=')).toContain(mail.text);
  });

  it('sends to one address, whatever is in it', async () => {
    server.mode = 'accept';
    const count = server.mails.length;
    await mailer()
      .send({ ...mail, to: 'a@example.test, b@example.test\r\nBcc: c@example.test' })
      .catch(() => undefined);
    for (const sent of server.mails.slice(count)) expect(sent).not.toMatch(/^Bcc:/m);
  });

  it.each(['refuse', 'silent', 'hang', 'close'] as const)(
    'says in time that it could not when the server would %s',
    async (mode) => {
      server.mode = mode;
      const startedAt = performance.now();
      await expect(impatient().send(mail)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    },
  );

  it('says so when there is no server', async () => {
    await expect(impatient('smtp://127.0.0.1:1').send(mail)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  });
});
