import { applyDecorators, HttpCode, type Type, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiHeader, ApiOperation, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { PublicRoute, RecognizingRoute, RequireRole, type Role, WithoutOrganization } from '../../tenancy/index.js';
import { EtagInterceptor } from './etag.interceptor.js';
import { ProblemDocument } from './problem.js';
import { RefuseUndeclaredInput } from './undeclared-input.interceptor.js';

export interface EndpointOptions {
  /** What the route does, in a sentence; shown in the documentation. */
  readonly summary: string;
  /** Who may call it: everybody, everybody but known by a token, a logged-in actor, or a member with this role or a higher one. */
  readonly access: 'public' | 'visitor' | 'actor' | Role;
  /** The class of the answer; none for 204. */
  readonly answer?: Type;
  readonly status?: number;
  /** Media types of an answer that is a file. */
  readonly download?: readonly string[];
  /** Statuses besides those that follow from the rest (400, 401, 403, 404 for organizations, 503). */
  readonly errors?: readonly number[];
  /** The answer is one resource with a version: it gets an ETag. Changes that heed If-Match list 412 under `errors`. */
  readonly isVersioned?: boolean;
}

const MEANING: Readonly<Record<number, string>> = {
  400: 'The input is not valid, or no organization is chosen',
  401: 'Not logged in',
  403: 'The role is too low, the API key does not allow it, or the organization lacks a feature or subscription',
  404: 'Missing, or another organization’s',
  409: 'In conflict with another resource',
  412: 'Changed since it was read (If-Match)',
  413: 'The body is too large',
  415: 'Not JSON',
  421: 'The X-Product of the request is not this deployment’s',
  422: 'Valid, but not possible now',
  429: 'Too many requests or attempts; try again after Retry-After seconds',
  503: 'A service this one depends on is down, or the work took too long; try again after Retry-After seconds',
};

/** Says all there is to say of a route: who may call it, and what it answers. */
export function Endpoint(options: EndpointOptions): MethodDecorator {
  const { summary, access, answer, download, errors = [], isVersioned = false } = options;
  const status = options.status ?? (answer || download ? 200 : 204);
  const statuses = new Set([400, 413, 415, 421, 429, 503, ...errors]);
  if (access !== 'public') for (const code of [401, 403, 404]) statuses.add(code);
  return applyDecorators(
    ApiOperation({ summary }),
    HttpCode(status),
    ApiResponse({ status, description: 'Done', ...(answer && { type: answer }), ...(download && fileOf(download)) }),
    ...[...statuses].sort().map(problemResponse),
    stance(access),
    ...(access === 'public' ? [] : [ApiBearerAuth(), ApiHeader(ORGANIZATION_HEADER), RefuseUndeclaredInput()]),
    ...(isVersioned ? [UseInterceptors(EtagInterceptor)] : []),
  );
}

const ORGANIZATION_HEADER = {
  name: 'X-Organization-Id',
  description: 'Id or slug of the organization. Without it the active organization of the log-in counts.',
  required: false,
};

function stance(access: EndpointOptions['access']) {
  if (access === 'public') return PublicRoute();
  if (access === 'visitor') return RecognizingRoute();
  return access === 'actor' ? WithoutOrganization() : RequireRole(access);
}

function fileOf(mediaTypes: readonly string[]) {
  const schema = { type: 'string', format: 'binary' } as const;
  return { content: Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }])) };
}

function problemResponse(status: number) {
  const content = { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDocument) } } };
  return applyDecorators(
    ApiExtraModels(ProblemDocument),
    ApiResponse({ status, description: MEANING[status] ?? 'Error', content }),
  );
}
