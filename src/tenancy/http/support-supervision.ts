import type { Actor, ScopedContext } from '../context/organization-context.js';
import type { Access, SupportAccess, SupportDesk, TenancyRecorder } from '../context/tenancy-ports.js';
import { SupportReadOnlyError } from '../tenancy.errors.js';
import type { TenancyRequest } from './request-context.js';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Asks for a support session where a person names an organization that it does not belong to. */
export async function findSupport(
  desk: SupportDesk,
  { id, type }: Actor,
  { organization }: Access,
  reference: string | undefined,
): Promise<SupportAccess | null> {
  if (reference === undefined || organization || type !== 'user') return null;
  return await desk.find(id, reference);
}

/**
 * Puts a request of somebody of the platform on the organization's record, before anything is done.
 * @throws SUPPORT_SESSION_READ_ONLY; whatever keeps the record from being written
 */
export async function superviseSupport(
  recorder: TenancyRecorder,
  request: TenancyRequest,
  access: SupportAccess,
): Promise<void> {
  const context = request.organizationContext as ScopedContext | undefined;
  // Routes without organization: nothing of the organization is reached.
  if (!context?.organizationId) return;
  const isRefused = access.isReadOnly && !READING.has(request.method);
  const what = `${request.method} ${request.originalUrl.split('?')[0]}`;
  await recorder.recordSupport(context, access, { what, isRefused });
  if (isRefused) throw new SupportReadOnlyError();
}
