import { createTransport, type Transporter } from 'nodemailer';
import { dependencyUnavailable } from '../errors/general.errors.js';
import { type Mail, Mailer } from './mailer.js';

// A server that does not answer must not hold its mails back for minutes, which is what nodemailer does by itself.
const CONNECT_MS = 5_000;
const SILENCE_MS = 10_000;
/** Whatever the server does: a mail is handed over in this time, or it is not. */
const TOTAL_MS = 20_000;

export interface SmtpOptions {
  /** `smtp://user:password@host:port`, or `smtps://`. */
  readonly url: string;
  readonly from: string;
  /** For tests; else as above. */
  readonly timeoutMs?: number;
}

/** Hands mail over to an SMTP server. */
export class SmtpMailer extends Mailer {
  override readonly isConfigured = true;
  private readonly transport: Transporter;
  private readonly from: string;
  private readonly totalMs: number;

  constructor({ url, from, timeoutMs }: SmtpOptions) {
    super();
    this.from = from;
    this.totalMs = timeoutMs ?? TOTAL_MS;
    this.transport = createTransport({
      url,
      dnsTimeout: CONNECT_MS,
      connectionTimeout: Math.min(CONNECT_MS, this.totalMs),
      greetingTimeout: Math.min(CONNECT_MS, this.totalMs),
      socketTimeout: Math.min(SILENCE_MS, this.totalMs),
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  override async send({ to, subject, text }: Mail): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('The mail server took too long.')), this.totalMs);
    });
    try {
      // As an object, or an address with a comma in it would be two.
      const sending = this.transport.sendMail({ from: this.from, to: { name: '', address: to }, subject, text });
      await Promise.race([sending, late]);
    } catch (cause) {
      throw dependencyUnavailable(cause);
    } finally {
      clearTimeout(timer);
    }
  }
}
