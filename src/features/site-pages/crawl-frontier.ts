/** An address that is to be read. */
export interface Waiting {
  readonly url: string;
  readonly depth: number;
  readonly isListed: boolean;
}

const MAX_URL_LENGTH = 1_000;
/** Calendars and filters make endless addresses of one page. */
const MAX_QUERIES_PER_PATH = 50;

/** The addresses of a site that wait to be read: each once, those nearest to the start first. */
export class CrawlFrontier {
  private readonly seen = new Set<string>();
  private readonly queries = new Map<string, number>();
  private readonly waiting: Waiting[] = [];
  private next = 0;

  /** @param capacity - how many addresses are taken up at all */
  constructor(private readonly capacity: number) {}

  /** How many were taken up so far, read or not. */
  get known(): number {
    return this.waiting.length;
  }

  /** Whether something was left out, because there was no room. */
  isFull = false;

  add(entry: Waiting): void {
    if (this.seen.has(entry.url) || entry.url.length > MAX_URL_LENGTH) return;
    if (this.waiting.length >= this.capacity) {
      this.isFull = true;
      return;
    }
    const { pathname, search } = new URL(entry.url);
    const queries = search === '' ? 0 : (this.queries.get(pathname) ?? 0) + 1;
    if (queries > MAX_QUERIES_PER_PATH) return;
    this.queries.set(pathname, queries);
    this.seen.add(entry.url);
    this.waiting.push(entry);
  }

  take(): Waiting | undefined {
    const entry = this.waiting[this.next];
    if (entry) this.next += 1;
    return entry;
  }
}
