/** What a room is for. Only the server makes rooms: nothing that a client sends becomes part of a name unchecked. */
export interface RoomSubject {
  readonly organizationId: string;
  readonly topic: string;
  readonly resourceId: string;
}

/** Returns the name of a room: `product:organization:topic:id`. */
export function roomOf(product: string, { organizationId, topic, resourceId }: RoomSubject): string {
  return `${product}:${organizationId}:${topic}:${resourceId}`;
}

/** Returns whose room it is, or null if it is none of the product. */
export function readRoom(product: string, room: string): RoomSubject | null {
  const [named, organizationId, topic, resourceId, ...rest] = room.split(':');
  if (named !== product || !organizationId || !topic || !resourceId || rest.length > 0) return null;
  return { organizationId, topic, resourceId };
}
