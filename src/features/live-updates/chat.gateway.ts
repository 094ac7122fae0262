import { OrganizationAwareGateway } from '../../platform/sockets/organization-aware.gateway.js';
import { SocketNamespace } from '../../platform/sockets/socket-namespace.decorator.js';

/** Conversations. */
@SocketNamespace('chat', { resource: 'chat' })
export class ChatGateway extends OrganizationAwareGateway {}
