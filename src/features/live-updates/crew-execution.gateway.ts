import { OrganizationAwareGateway } from '../../platform/sockets/organization-aware.gateway.js';
import { SocketNamespace } from '../../platform/sockets/socket-namespace.decorator.js';

/** Executions of crews. */
@SocketNamespace('crew-execution', { resource: 'crew-executions' })
export class CrewExecutionGateway extends OrganizationAwareGateway {}
