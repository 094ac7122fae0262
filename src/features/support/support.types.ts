/** PENDING: an owner has to agree first. */
export const APPROVALS = ['NOT_NEEDED', 'PENDING', 'GIVEN'] as const;

/** The longest support session; the database refuses longer ones than 8 h. */
export const MAX_MINUTES = 240;

interface Life {
  readonly approval: string;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
}

/** Tells whether it can still open the organization: at once, or when an owner agrees. */
export function isOpen({ expiresAt, endedAt }: Life, now = new Date()): boolean {
  return endedAt === null && expiresAt > now;
}

/** Tells whether it opens the organization now. */
export function isLive(session: Life, now = new Date()): boolean {
  return isOpen(session, now) && session.approval !== 'PENDING';
}
