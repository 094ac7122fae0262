export { CommandContext } from './cli/command-context.js';
export {
  type Actor,
  ANONYMOUS,
  createContext,
  type EntryPoint,
  isUuid,
  type OrganizationContext,
  type Role,
  ROLES,
  type ScopedContext,
} from './context/organization-context.js';
export { ProductMismatchError } from './context/product-mismatch.error.js';
export { OrganizationContextService } from './context/organization-context.service.js';
export {
  type Access,
  type ActorClaim,
  Authenticator,
  MembershipResolver,
  type OrganizationSummary,
  type Standing,
  StandingReview,
  type SupportAccess,
  SupportDesk,
  TenancyRecorder,
} from './context/tenancy-ports.js';
export { CurrentActor, CurrentOrganization, CurrentProduct, CurrentSession } from './http/context.decorators.js';
export { isGrantable, KEY_SCOPE, keyScopeOf } from './http/key-scope.js';
export { KeyScopeRegistry } from './http/key-scope.registry.js';
export { openHttpContext } from './http/open-http-context.js';
export { OrganizationContextInterceptor } from './http/organization-context.interceptor.js';
export { OrganizationGuard } from './http/organization.guard.js';
export type { TenancyRequest } from './http/request-context.js';
export {
  PublicRoute,
  RecognizingRoute,
  RequireRole,
  ROUTE_STANCE,
  type RouteStance,
  WithoutOrganization,
} from './http/route-stance.js';
export { isolationExtension } from './isolation/isolation.extension.js';
export { joinScopes, type ModelMap, type ScopedModel } from './isolation/model-map.js';
export { createScopeArguments, type ScopeArguments } from './isolation/scope-arguments.js';
export { type ModelScope, scopePolicy, type ScopePolicy } from './isolation/scope-policy.js';
export { SocketDoor } from './sockets/socket.door.js';
export type { OrganizationPass, SocketHandshake, SocketMessage, SocketPass } from './sockets/socket-pass.js';
export {
  OrganizationSockets,
  PublicSockets,
  READS_ONLY,
  ReadsOnly,
  SOCKET_STANCE,
  type SocketStance,
} from './sockets/socket-stance.js';
export { type JobAccess, JobDoor } from './jobs/job-door.js';
export { JOB_REFUSALS, JobRefusedError } from './jobs/job.errors.js';
export { digestOf, type JobStamp, JobStamper, type StampedJob } from './jobs/job-stamp.js';
export { TenancyModule } from './tenancy.module.js';
export * from './tenancy.errors.js';
