import { OrganizationAwareGateway } from '../../platform/sockets/organization-aware.gateway.js';
import { SocketNamespace } from '../../platform/sockets/socket-namespace.decorator.js';

/** Snapshots of meta tags. */
@SocketNamespace('meta-tags', { resource: 'meta-tag-snapshots' })
export class MetaTagsGateway extends OrganizationAwareGateway {}
