// @ts-check
import { once } from 'node:events';
import { connect } from 'node:net';

/** One connection of a client that is cheaper than the server, so that it does not become what is measured. */
export class Connection {
  #socket;
  #received = '';
  /** @type {((body: string) => void) | undefined} */
  #deliver;
  /** @type {((error: Error) => void) | undefined} */
  #fail;

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (chunk) => this.#receive(String(chunk)));
    socket.on('error', (error) => this.#fail?.(error));
    socket.on('end', () => this.#fail?.(new Error('The server closed the connection.')));
  }

  /** @param {number} port */
  static async open(port) {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /**
   * @param {string} message
   * @returns {Promise<string>} the body of the answer; of one that is not 200 also the status
   */
  send(message) {
    return new Promise((resolve, reject) => {
      this.#deliver = resolve;
      this.#fail = reject;
      this.#socket.write(message);
    });
  }

  close() {
    this.#socket.destroy();
  }

  /** @param {string} chunk */
  #receive(chunk) {
    this.#received += chunk;
    const headerEnd = this.#received.indexOf('\r\n\r\n') + 4;
    if (headerEnd < 4) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received)?.[1]);
    if (Number.isNaN(length)) throw new Error('The answer has no Content-Length.');
    if (this.#received.length < headerEnd + length) return;
    const answer = this.#received;
    this.#received = '';
    const body = answer.slice(headerEnd);
    this.#deliver?.(answer.startsWith('HTTP/1.1 200 ') ? body : `${answer.slice(9, 12)} ${body}`);
  }
}
