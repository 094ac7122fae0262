import type { Readable } from 'node:stream';

/** Collects what a process writes, line by line, in an array that grows. */
export function collectLines(stream: Readable | null): string[] {
  const lines: string[] = [];
  let rest = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  return lines;
}
