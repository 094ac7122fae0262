import { OrganizationAwareGateway } from '../../platform/sockets/organization-aware.gateway.js';
import { SocketNamespace } from '../../platform/sockets/socket-namespace.decorator.js';

/** SEO audits. */
@SocketNamespace('seo-audit', { resource: 'seo-audits' })
export class SeoAuditGateway extends OrganizationAwareGateway {}
