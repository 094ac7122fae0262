// @ts-check

/**
 * Lays a table out for a terminal.
 * @param {string[]} columns
 * @param {string[][]} rows
 */
export function toTextTable(columns, rows) {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const toLine = (/** @type {string[]} */ cells) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [toLine(columns), toLine(widths.map((width) => '─'.repeat(width))), ...rows.map(toLine)].join('\n');
}
