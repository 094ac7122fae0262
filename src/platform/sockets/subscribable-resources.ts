/** Port: tells whether a resource that a client wants to subscribe to is there. */
export abstract class SubscribableResources {
  /**
   * Tells whether the resource exists in the current organization: a foreign one does not.
   * @param topic - the namespace, without the slash
   */
  abstract has(topic: string, resourceId: string): Promise<boolean>;
}
