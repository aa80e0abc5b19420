/** One line of the result: what was measured, and what it should be. */

/** A measured figure. */
export interface Figure {
  /** Dotted, for machines; never changes its meaning. */
  readonly name: string;
  /** What it means, for people. */
  readonly meaning: string;
  readonly unit: 'batches/s' | 'points/s' | 'merges/s' | 'µs' | 'ms' | 'ratio' | 'MiB' | 'h' | 's';
  readonly value: number;
  /** What it is held to, in its unit; missing where it is for information. */
  readonly bar?: { readonly limit: number; readonly goFor?: number; readonly isLeast?: boolean };
}

/** @throws {Error} when there is nothing to choose from. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return shareOf(sorted, 0.5);
}

/** The smallest value that `share` (0 to 1) of all values do not exceed. @throws {Error} when there is none */
export function shareOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined || !Number.isFinite(value)) throw new Error(`no figure in [${values.join(', ')}]`);
  return value;
}

/** One array of `{name, value, unit, bar}`; `bar` is `null` where a figure is for information. */
export function toJson(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, bar }) => ({ name, value, unit, bar: bar?.limit ?? null }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

/** A Markdown table, aligned for terminals. */
export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    rounded(figure.value),
    figure.unit,
    barOf(figure),
    figure.bar?.goFor === undefined ? '' : rounded(figure.bar.goFor),
    verdictOf(figure),
  ]);
  return table(['figure', 'value', 'unit', 'bar', 'go for', ''], rows);
}

/** Any Markdown table, aligned for terminals. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + rows.map(line).join('');
}

/** Three digits that count; no exponent. */
export function rounded(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

function barOf({ bar }: Figure): string {
  if (bar === undefined) return '';
  return `${bar.isLeast === true ? '≥' : '≤'} ${rounded(bar.limit)}`;
}

function verdictOf({ bar, value }: Figure): string {
  if (bar === undefined) return '';
  const isMet = bar.isLeast === true ? value >= bar.limit : value <= bar.limit;
  return isMet ? 'met' : 'NOT MET';
}
