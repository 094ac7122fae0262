/** Lays rows out in columns as wide as their widest value. */
export function toTable<Row extends object>(rows: readonly Row[], columns: readonly (keyof Row & string)[]): string {
  const cells: string[][] = [[...columns], ...rows.map((row) => columns.map((column) => toText(row[column])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? '').length)));
  return cells
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Shows one value as an operator would read it. */
export function toText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}
