// @ts-check
// What the runner asks of a server of sockets, whosever it is.
import { setTimeout as delay } from 'node:timers/promises';

/**
 * One step of an organization's work; `result.sentAt` is in milliseconds since 1970, with fractions.
 * @param {string} organizationId
 */
export function toUpdate(organizationId) {
  const result = { sentAt: performance.timeOrigin + performance.now() };
  return {
    topic: 'organization',
    resourceId: organizationId,
    type: 'progress',
    status: 'RUNNING',
    progress: 50,
    result,
  };
}

/** @param {(organizationId: string) => unknown} publish tells all sockets of an organization */
export function socketServerActions(publish) {
  return {
    publish: async (/** @type {{ organizationIds: string[] }} */ { organizationIds }) =>
      void (await Promise.all(organizationIds.map(publish))),
    /** At even intervals. */
    publishSlowly: async (
      /** @type {{ organizationIds: string[], perSecond: number }} */ { organizationIds, perSecond },
    ) => {
      const startedAt = performance.now();
      for (const [number, organizationId] of organizationIds.entries()) {
        const early = startedAt + (number * 1_000) / perSecond - performance.now();
        if (early > 0) await delay(early);
        await publish(organizationId);
      }
    },
    memory: async () => {
      // Twice, with a pause: what native code holds goes when its wrapper is collected.
      for (let time = 0; time < 2; time += 1) {
        globalThis.gc?.();
        await delay(200);
      }
      return process.memoryUsage().rss;
    },
    processorMicros: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
    collectGarbage: () => globalThis.gc?.(),
  };
}
