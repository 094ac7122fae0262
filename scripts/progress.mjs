// @ts-check

/** @typedef {(message: string) => void} Report prints one line of progress */

/**
 * Returns a function that prints one line of progress to the given stream.
 * @param {NodeJS.WritableStream} stream
 * @returns {Report}
 */
export function reportTo(stream) {
  return (message) => void stream.write(`· ${message}\n`);
}
