/** What went wrong, in terms that every door can translate: an HTTP status, a socket refusal, an exit code. */
export type TenancyErrorCategory =
  'unauthenticated' | 'forbidden' | 'organization-required' | 'not-found' | 'misdirected' | 'programming-error';

/** Base of all errors that the tenancy core throws. `code` is stable; clients and tests rely on it. */
export class TenancyError extends Error {
  constructor(
    readonly code: string,
    readonly category: TenancyErrorCategory,
    message: string,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

export class UnauthenticatedError extends TenancyError {
  constructor(message = 'Log in and send the access token as "Authorization: Bearer <token>".') {
    super('UNAUTHENTICATED', 'unauthenticated', message);
  }
}

export class OrganizationRequiredError extends TenancyError {
  constructor(where = 'the X-Organization-Id header') {
    super(
      'ORGANIZATION_REQUIRED',
      'organization-required',
      `Name the organization in ${where} (id or slug), or switch to one.`,
    );
  }
}

/** The organization does not exist, or the actor does not belong to it: both look the same on purpose. */
export class OrganizationNotFoundError extends TenancyError {
  constructor() {
    super('ORGANIZATION_NOT_FOUND', 'not-found', 'There is no such organization for this actor.');
  }
}

export class RoleTooLowError extends TenancyError {
  constructor(required: string) {
    super('ROLE_TOO_LOW', 'forbidden', `This needs the role ${required} or a higher one in the organization.`);
  }
}

/** Somebody of the platform looks after the organization, and may not change anything in it. */
export class SupportReadOnlyError extends TenancyError {
  constructor() {
    super(
      'SUPPORT_SESSION_READ_ONLY',
      'forbidden',
      'This support session may only read. Open one with isReadOnly=false, and say why.',
    );
  }
}

/** The API key was not given the key scope of the route. */
export class ScopeMissingError extends TenancyError {
  constructor(scope: string) {
    super('SCOPE_MISSING', 'forbidden', `This needs an API key with the scope ${scope}.`);
  }
}

/** No API key may call the route, whatever its key scopes. */
export class ApiKeyNotAllowedError extends TenancyError {
  constructor() {
    super('API_KEY_NOT_ALLOWED', 'forbidden', 'No API key may do this. Log in as a person.');
  }
}

export class MissingOrganizationContextError extends TenancyError {
  constructor(what: string) {
    super(
      'ORGANIZATION_CONTEXT_MISSING',
      'programming-error',
      `${what} needs an organization context and none is open. Enter through a door (HTTP, socket, command), ` +
        'or wrap the work in OrganizationContextService.withOrganization(...).',
    );
  }
}

export class ContextAlreadySetError extends TenancyError {
  constructor() {
    super(
      'ORGANIZATION_CONTEXT_ALREADY_SET',
      'programming-error',
      'This entry already has an organization. A context is replaced by a nested run(...) or withOrganization(...), never edited.',
    );
  }
}

/** A caller named another organization or product than the one it works for. */
export class ForeignOrganizationError extends TenancyError {
  constructor(model: string, field: string) {
    super(
      'FOREIGN_ORGANIZATION',
      'not-found',
      `${model}.${field} names another organization or product than the current context. Leave it out: it is filled in.`,
    );
  }
}

export class UnknownModelScopeError extends TenancyError {
  constructor(models: readonly string[]) {
    super(
      'MODEL_SCOPE_UNKNOWN',
      'programming-error',
      `No scope is declared for: ${models.join(', ')}. Add a row for each to src/tenancy/isolation/scope-policy.ts.`,
    );
  }
}

/** The isolated client does not do this, because it cannot be isolated or was never shown to be. */
export class OperationRefusedError extends TenancyError {
  constructor(what: string, instead: string) {
    super('OPERATION_REFUSED', 'programming-error', `${what} is refused on the isolated client. ${instead}`);
  }
}

export class UndeclaredRouteError extends TenancyError {
  constructor(routes: readonly string[]) {
    super(
      'ROUTE_STANCE_MISSING',
      'programming-error',
      `These routes do not say who may call them: ${routes.join(', ')}. ` +
        'Add one of @PublicRoute(), @WithoutOrganization() or @RequireRole(...).',
    );
  }
}

export class UndeclaredGatewayError extends TenancyError {
  constructor(gateways: readonly string[]) {
    super(
      'SOCKET_STANCE_MISSING',
      'programming-error',
      `These gateways are not bound to an organization, and do not say that they are public: ${gateways.join(', ')}. ` +
        'Extend OrganizationAwareGateway and decorate it with @SocketNamespace(...), or use @PublicSocketNamespace(...).',
    );
  }
}
