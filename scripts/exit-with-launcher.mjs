// @ts-check
// Preloaded by launched-process.mjs: a launcher that was killed cannot stop what it started.

const STOP_WITHIN_MS = 60_000;

if (process.env['BULKHEAD_LAUNCHED']) {
  // Node hands preloads on to forked processes and threads; their IPC channel is not the launcher's.
  delete process.env['BULKHEAD_LAUNCHED'];
  process.once('disconnect', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  });
  // Else the channel alone would keep a command alive after its work.
  process.channel?.unref();
}
