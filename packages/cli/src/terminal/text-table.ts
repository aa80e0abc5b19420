/** Columns of text, aligned. */

/** One column; numbers stand right. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Wider cells stand out of their column: one long text must not make every line as long. */
const WIDTH_LIMIT = 100;

/** Rows under their titles, two spaces apart, one line each. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  return [...tableLines(columns, () => rows)];
}

/** The same, line by line, for tables that are too large to hold: the rows are made twice. */
export function* tableLines(
  columns: readonly Column[],
  makeRows: () => Iterable<readonly string[]>,
): Generator<string> {
  const widths = columns.map(({ title }) => title.length);
  for (const row of makeRows())
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, Math.min(cell.length, WIDTH_LIMIT));
  yield line(
    columns,
    widths,
    columns.map(({ title }) => title),
  );
  for (const row of makeRows()) yield line(columns, widths, row);
}

function line(columns: readonly Column[], widths: readonly number[], row: readonly string[]): string {
  const cells = columns.map(({ align }, index) => {
    const cell = row[index] ?? '';
    const width = widths[index] ?? 0;
    return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
  });
  return cells.join('  ').trimEnd();
}
