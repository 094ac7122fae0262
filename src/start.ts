/** Starts a process and says in one line why it cannot. */
export async function start(name: string, open: () => Promise<void>): Promise<void> {
  try {
    await open();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`Bulkhead ${name} does not start. ${message}\n`);
    process.exit(1);
  }
}

/** A child of the development launcher leaves with it, also when the launcher is killed. */
export function exitWhenOrphaned(close: () => Promise<unknown>): void {
  process.once('disconnect', () => {
    void close().finally(() => process.exit(0));
  });
}
