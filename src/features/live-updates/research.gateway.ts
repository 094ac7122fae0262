import { OrganizationAwareGateway } from '../../platform/sockets/organization-aware.gateway.js';
import { SocketNamespace } from '../../platform/sockets/socket-namespace.decorator.js';

/** Research reports. */
@SocketNamespace('research', { resource: 'research-reports' })
export class ResearchGateway extends OrganizationAwareGateway {}
