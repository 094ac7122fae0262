import { OrganizationAwareGateway } from '../../platform/sockets/organization-aware.gateway.js';
import { SocketNamespace } from '../../platform/sockets/socket-namespace.decorator.js';

/** Boards on which the tasks of crews move. */
@SocketNamespace('crew-kanban', { resource: 'crew-executions' })
export class CrewKanbanGateway extends OrganizationAwareGateway {}
