import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';

/** Names a resource to hear of. */
export class SubscribePayload {
  @IsUUID()
  resourceId!: string;

  /** The last `sequence` that the client has seen of it: what came since is sent first. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  sequence?: number;
}

/** Names a resource to hear of no more. */
export class UnsubscribePayload {
  @IsUUID()
  resourceId!: string;
}

/** The answer to `subscribe`. */
export interface Subscribed {
  readonly resourceId: string;
  /** From here on nothing is missing; null while that cannot be told. */
  readonly sequence: number | null;
}
