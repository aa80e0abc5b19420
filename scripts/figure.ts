/** One line of the result: what was measured, and what it should be. */
import { nearestRank } from '../packages/statistics/src/index.ts';

/** What a figure is held to, in the figure's unit. */
export interface Bar {
  /** Missed beyond this. */
  readonly limit: number;
  /** What we try to reach. */
  readonly goFor?: number;
  /** Whether more is better. @default false */
  readonly isLeast?: boolean;
}

/** A measured figure. */
export interface Figure {
  /** Dotted, for machines; never changes its meaning. */
  readonly name: string;
  /** What it means, for people. */
  readonly meaning: string;
  readonly unit:
    | 'batches/s'
    | 'events/s'
    | 'bytes'
    | 'points/s'
    | 'messages/s'
    | 'merges/s'
    | 'µs'
    | 'ms'
    | 'ratio'
    | 'MiB'
    | 'MB'
    | 'MB/s'
    | '%'
    | 'h'
    | 's'
    | 'statements'
    | 'messages'
    | 'sessions'
    | 'intervals'
    | 'totals';
  readonly value: number;
  /** Missing where the figure is for information. */
  readonly bar?: Bar;
}

/** @throws {Error} when there is nothing to choose from. */
export function medianOf(values: readonly number[]): number {
  return shareOf(values, 0.5);
}

/** The smallest value that `share` (0 to 1) of all values do not exceed. @throws {Error} when there is none */
export function shareOf(values: readonly number[], share: number): number {
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw new Error(`no figure in [${values.join(', ')}]`);
  }
  return nearestRank(values, share * 100);
}

/** One array of `{name, value, unit, bar}`; `bar` is `null` where a figure is for information. */
export function toJson(
  figures: readonly (Pick<Figure, 'name' | 'value' | 'bar'> & { readonly unit: string })[],
): string {
  const rows = figures.map(({ name, value, unit, bar }) => ({ name, value, unit, bar: bar?.limit ?? null }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

/** A Markdown table, aligned for terminals. */
export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, bar }) => {
    const { limit, goFor, verdict } = barCells(value, bar);
    return [name, rounded(value), unit, limit, goFor, verdict];
  });
  return table(['figure', 'value', 'unit', 'bar', 'go for', ''], rows);
}

/** Whether a value keeps its bar. */
export function isMet(value: number, bar: Bar): boolean {
  return bar.isLeast === true ? value >= bar.limit : value <= bar.limit;
}

/** What a table says of a bar; empty texts without one. */
export function barCells(
  value: number,
  bar: Bar | undefined,
): { readonly limit: string; readonly goFor: string; readonly verdict: string } {
  if (bar === undefined) return { limit: '', goFor: '', verdict: '' };
  return {
    limit: `${bar.isLeast === true ? '≥' : '≤'} ${rounded(bar.limit)}`,
    goFor: bar.goFor === undefined ? '' : rounded(bar.goFor),
    verdict: isMet(value, bar) ? 'met' : 'NOT MET',
  };
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
