// @ts-check
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Returns the preferred loopback port if nobody listens there, else any free one.
 * @param {number} [preferred]
 */
export async function findFreePort(preferred) {
  if (preferred !== undefined && (await findPortProblem(preferred, '127.0.0.1')) === undefined) return preferred;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Returns why nobody can listen on a port, as the system's error code (`EADDRINUSE`, `EACCES`), or undefined.
 * @param {number} port
 * @param {string} [host] all addresses without it
 * @returns {Promise<string | undefined>}
 */
export async function findPortProblem(port, host) {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return undefined;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code ?? 'unknown';
  }
}
