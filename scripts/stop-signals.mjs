// @ts-check

// A terminal sends Ctrl-C to the whole process group and npm passes it on as well: one press arrives twice.
const SAME_PRESS_MS = 500;

/**
 * Calls `listener` when this process is asked to stop: by Ctrl-C, by SIGTERM or by the end of its terminal.
 * @param {(signal: NodeJS.Signals, count: number) => void} listener `count` is 1 for the first wish; a higher one means: at once
 * @returns {() => void} ends the listening
 */
export function onStopSignal(listener) {
  let count = 0;
  let lastAt = 0;
  /** @param {NodeJS.Signals} signal */
  const receive = (signal) => {
    const now = Date.now();
    if (count > 0 && now - lastAt < SAME_PRESS_MS) return;
    lastAt = now;
    count += 1;
    listener(signal, count);
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, receive);
  return () => {
    for (const signal of signals) process.off(signal, receive);
  };
}
