import type { ScopedContext } from '../context/organization-context.js';
import type { SupportAccess, TenancyRecorder } from '../context/tenancy-ports.js';
import { SupportReadOnlyError } from '../tenancy.errors.js';
import type { SocketMessage } from './socket-pass.js';

/**
 * Puts a message of somebody of the platform on the organization's record, before anything is done.
 * @throws SUPPORT_SESSION_READ_ONLY; whatever keeps the record from being written
 */
export async function superviseMessage(
  recorder: TenancyRecorder,
  context: ScopedContext,
  access: SupportAccess,
  { namespace, event, isReading }: SocketMessage & { readonly namespace: string },
): Promise<void> {
  const isRefused = access.isReadOnly && !isReading;
  await recorder.recordSupport(context, access, { what: `SOCKET ${namespace} ${event}`, isRefused });
  if (isRefused) throw new SupportReadOnlyError();
}
