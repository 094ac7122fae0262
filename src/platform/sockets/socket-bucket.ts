/** How many messages one socket may send: evenly, with a burst of twice as many as in a second. In the process alone. */
export class SocketBucket {
  private tokens: number;
  private filledAt = performance.now();
  /** Refused in a row. */
  private refusals = 0;

  constructor(private readonly perSecond: number) {
    this.tokens = 2 * perSecond;
  }

  /** Returns how many were refused in a row: 0 if this one is admitted. */
  take(): number {
    const now = performance.now();
    this.tokens = Math.min(2 * this.perSecond, this.tokens + ((now - this.filledAt) / 1_000) * this.perSecond);
    this.filledAt = now;
    if (this.tokens < 1) return (this.refusals += 1);
    this.tokens -= 1;
    this.refusals = 0;
    return 0;
  }
}
