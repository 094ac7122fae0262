import { OrganizationAwareGateway } from '../../platform/sockets/organization-aware.gateway.js';
import { SocketNamespace } from '../../platform/sockets/socket-namespace.decorator.js';

/** Suggestions for pages. */
@SocketNamespace('optimization', { resource: 'optimizations' })
export class OptimizationGateway extends OrganizationAwareGateway {}
