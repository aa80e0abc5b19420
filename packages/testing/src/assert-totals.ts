import { AssertionError } from 'node:assert';
import type { HistogramTotal, Series, Totals } from './totals.ts';

/** What a test expects. A section that is left out must be empty; of a histogram only the given fields are compared. */
export interface ExpectedTotals {
  readonly counters?: Series<number>;
  readonly gauges?: Series<number>;
  readonly histograms?: Series<Partial<HistogramTotal>>;
  /** Compared when given. */
  readonly batches?: number;
  /** Compared when given. */
  readonly duplicates?: number;
}

/** What to leave out of the comparison. */
export interface AssertTotalsOptions {
  /** Metric names that are not compared. @default none */
  readonly ignoring?: readonly string[];
}

/**
 * Compares totals exactly: every series must be there, no other may be. Batches without identity and duplicates
 * that differ from their first always fail.
 *
 * @throws {AssertionError} with one line for each difference: `counters runs_total{outcome=ok}: expected 3, got 2`.
 * @example
 * await using receiver = await startReceiver();
 * // … what sends runs_total{outcome="ok"} three times adds it here:
 * const counters = {}; // { runs_total: { 'outcome=ok': 3 } }
 * assertTotals(receiver.totals(), { counters, duplicates: 0 });
 */
export function assertTotals(
  actual: Totals,
  expected: ExpectedTotals,
  options: AssertTotalsOptions = {},
): void {
  const { ignoring = [] } = options;
  const differences = [
    ...compareSeries('counters', actual.counters, expected.counters ?? {}, ignoring),
    ...compareSeries('gauges', actual.gauges, expected.gauges ?? {}, ignoring),
    ...compareSeries('histograms', actual.histograms, expected.histograms ?? {}, ignoring),
    ...compare('batches', actual.batches, expected.batches),
    ...compare('duplicates', actual.duplicates, expected.duplicates),
    ...compare('conflicts', actual.conflicts, 0),
    ...compare('unidentified', actual.unidentified, 0),
  ];
  if (differences.length === 0) return;
  const message = `the totals differ:\n  ${differences.join('\n  ')}`;
  throw new AssertionError({
    message,
    actual,
    expected,
    operator: 'assertTotals',
    stackStartFn: assertTotals,
  });
}

function compareSeries(
  section: string,
  actual: Series<unknown>,
  expected: Series<unknown>,
  ignoring: readonly string[],
): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return names
    .filter((name) => !ignoring.includes(name))
    .flatMap((name) => compareMetric(`${section} ${name}`, actual[name] ?? {}, expected[name] ?? {}));
}

function compareMetric(
  name: string,
  actual: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): string[] {
  const labelSets = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
  return labelSets.flatMap((labels) => {
    const given = actual[labels];
    const wanted = expected[labels];
    if (wanted === undefined || given === undefined) return [line(`${name}{${labels}}`, given, wanted)];
    if (!isFields(given) || !isFields(wanted)) return compare(`${name}{${labels}}`, given, wanted);
    return Object.entries(wanted).flatMap(([field, each]) =>
      compare(`${name}{${labels}}.${field}`, given[field], each),
    );
  });
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function compare(name: string, actual: unknown, expected: unknown): string[] {
  return expected === undefined || text(actual) === text(expected) ? [] : [line(name, actual, expected)];
}

function line(name: string, actual: unknown, expected: unknown): string {
  return `${name}: expected ${text(expected)}, got ${text(actual)}`;
}

function text(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
