// @ts-check

/**
 * Answers the requests of the runner, one after the other, until it goes.
 * @param {Record<string, (details: any) => unknown>} actions
 */
export function serveContestant(actions) {
  let previous = Promise.resolve();
  process.on('message', (message) => {
    const { action, ...details } = /** @type {{ action: string }} */ (message);
    previous = previous.then(async () => {
      try {
        process.send?.({ value: await actions[action]?.(details) });
      } catch (error) {
        process.send?.({ problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    });
  });
  // Whoever preloaded us for the launcher's sake took the channel for less than a reason to stay.
  process.channel?.ref();
  process.once('disconnect', () => process.exit(0));
}
