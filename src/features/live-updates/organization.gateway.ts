import { OrganizationAwareGateway } from '../../platform/sockets/organization-aware.gateway.js';
import { SocketNamespace } from '../../platform/sockets/socket-namespace.decorator.js';

/** What concerns an organization as a whole. */
@SocketNamespace('organization', { resource: 'organizations' })
export class OrganizationGateway extends OrganizationAwareGateway {}
