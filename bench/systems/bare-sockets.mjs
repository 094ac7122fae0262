// @ts-check
// Socket.IO by itself, of the product's version: a namespace, a room for each organization, and nobody is asked who he is.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { Server } from 'socket.io';
import { serveContestant } from '../method/serve-contestant.mjs';
import { socketServerActions, toUpdate } from './socket-server.mjs';

const http = createServer();
const namespace = new Server(http, { serveClient: false }).of('/organization');
namespace.on('connection', (socket) => {
  const { organizationId } = socket.handshake.auth;
  void socket.join(organizationId);
  socket.emit('ready', { organizationId });
});
let sequence = 0;

serveContestant({
  open: async () => {
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return /** @type {import('node:net').AddressInfo} */ (http.address()).port;
  },
  ...socketServerActions((organizationId) => {
    const { resourceId, ...update } = toUpdate(organizationId);
    sequence += 1;
    namespace
      .to(organizationId)
      .emit('update', { ...update, resourceId, organizationId, at: new Date().toISOString(), sequence });
  }),
});
