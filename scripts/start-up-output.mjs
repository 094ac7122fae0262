// @ts-check

// A readiness probe of ours that comes too early is no news.
const OWN_PROBE = /"url":"\/api\/health/;
const QUIET_LEVELS = ['trace', 'debug', 'info', 10, 20, 30];

/** Holds back what the application writes while it starts, so that the ready line comes last; then lets it through. */
export class StartUpOutput {
  /** @type {string[] | undefined} */
  #held = [];
  #stream;

  /** @param {NodeJS.WritableStream} stream */
  constructor(stream) {
    this.#stream = stream;
  }

  /** @param {string} text whole lines */
  write(text) {
    if (this.#held) this.#held.push(text);
    else this.#stream.write(text);
  }

  /**
   * Prints what was held back so far.
   * @param {{ isComplete: boolean }} options without it, only warnings, errors and what is not a log line
   */
  print({ isComplete }) {
    const lines = (this.#held ?? []).join('').split(/(?<=\n)/);
    this.#held &&= [];
    for (const line of lines) if (isComplete || isNoteworthy(line)) this.#stream.write(line);
  }

  /** From here on, what the application writes appears at once. */
  letThrough() {
    const late = this.#held ?? [];
    this.#held = undefined;
    for (const text of late) this.#stream.write(text);
  }
}

/** @param {string} line */
function isNoteworthy(line) {
  if (OWN_PROBE.test(line)) return false;
  try {
    return !QUIET_LEVELS.includes(JSON.parse(line).level);
  } catch {
    return line.trim() !== '';
  }
}
