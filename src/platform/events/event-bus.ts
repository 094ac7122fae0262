import { Injectable, Logger } from '@nestjs/common';

/** What can happen, and what is told of it: features add theirs beside their types. Ids and facts only, no rows. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by the features (declaration merging)
export interface EventMap {}

export type EventName = keyof EventMap;
type Listener<Name extends EventName> = (event: Readonly<EventMap[Name]>) => void | Promise<void>;

/** Lets a lower feature tell what happened, and higher ones hear it, inside this process. */
@Injectable()
export class EventBus {
  private readonly logger = new Logger(EventBus.name);
  private readonly listeners = new Map<EventName, Listener<EventName>[]>();

  /** Hears an event from now on; called once, in a constructor. Returns a function that ends it. */
  hear<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const own = listener as Listener<EventName>;
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), own]);
    return () =>
      this.listeners.set(
        name,
        (this.listeners.get(name) ?? []).filter((other) => other !== own),
      );
  }

  /**
   * Tells every listener, in the context of the caller, and waits for them: nothing outlives the context it works in.
   * @remarks Announce after the commit. A listener that fails is in the log, and fails neither the others nor the caller.
   */
  async announce<Name extends EventName>(name: Name, event: EventMap[Name]): Promise<void> {
    const told = Object.freeze({ ...(event as object) }) as Readonly<EventMap[Name]>;
    const listeners = (this.listeners.get(name) ?? []) as unknown as Listener<Name>[];
    await Promise.all(listeners.map(async (listener) => await this.tell(name, () => listener(told))));
  }

  private async tell(name: EventName, listen: () => void | Promise<void>): Promise<void> {
    try {
      await listen();
    } catch (error) {
      this.logger.error(`A listener of ${String(name)} failed.`, error instanceof Error ? error.stack : undefined);
    }
  }
}
