import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/**
 * How it behaves: takes mails; says no to the recipient; says nothing at all; takes the mail and never says so; or
 * closes the connection.
 */
export type SmtpMode = 'accept' | 'refuse' | 'silent' | 'hang' | 'close';

/** Speaks as much SMTP as it takes to be handed a mail, and keeps what it was told. */
export class SmtpServer {
  mode: SmtpMode = 'accept';
  readonly mails: string[] = [];
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => this.serve(socket));

  static async start(): Promise<SmtpServer> {
    const smtp = new SmtpServer();
    smtp.server.listen(0, '127.0.0.1');
    await once(smtp.server, 'listening');
    return smtp;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    if (this.mode === 'close') return void socket.destroy();
    if (this.mode === 'silent') return;
    let rest = '';
    let mail: string | undefined;
    socket.write('220 test\r\n');
    socket.on('data', (bytes) => {
      rest += bytes.toString('utf8');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (mail === undefined) {
          socket.write(this.answer(line));
          if (line === 'DATA') mail = '';
        } else if (line === '.') {
          this.mails.push(mail);
          mail = undefined;
          if (this.mode !== 'hang') socket.write('250 taken\r\n');
        } else {
          mail += `${line}\n`;
        }
      }
    });
  }

  private answer(line: string): string {
    if (line.startsWith('RCPT') && this.mode === 'refuse') return '550 nobody here\r\n';
    if (line === 'DATA') return '354 go on\r\n';
    return '250 fine\r\n';
  }
}
