/** A report as a table for people. */
import type { Latency, Report, ReportRate, ReportRow, ReportSum } from '@ephemetry/run-telemetry/store';
import { type Column, textTable } from '../terminal/text-table.ts';
import { percent } from './comparison-words.ts';

const NUMBERS: readonly Column[] = [
  'RUNS',
  'UNFINISHED',
  'SUCCESS',
  '95 %',
  'P50',
  'P95',
  'P99',
  'TOOL FAILED',
  'TOKENS',
  'COST USD',
].map((title) => ({ title, align: 'right' }));

/** A row for each slice; a number of which some runs are not known has them in brackets. */
export function reportLines({ rows }: Report, by: readonly string[]): readonly string[] {
  if (rows.length === 0) return ['no runs'];
  const hasSteps = rows.some(({ fromUnixMs }) => fromUnixMs !== undefined);
  const columns: readonly Column[] = [
    ...(hasSteps ? ['FROM'] : []).map((title): Column => ({ title, align: 'left' })),
    ...by.map((name): Column => ({ title: name.toUpperCase(), align: 'left' })),
    ...NUMBERS,
  ];
  return textTable(
    columns,
    rows.map((row) => [
      ...(hasSteps ? [row.fromUnixMs === undefined ? 'unknown' : minute(row.fromUnixMs)] : []),
      ...by.map((name) => row.values[name] ?? 'unknown'),
      ...numbersOf(row),
    ]),
  );
}

function numbersOf({
  runs,
  states,
  success,
  duration,
  toolFailure,
  tokens,
  costUsd,
}: ReportRow): readonly string[] {
  return [
    String(runs),
    String(states.unfinished),
    share(success),
    success.interval === undefined
      ? ''
      : `${percent(success.interval.low)} to ${percent(success.interval.high)}`,
    ...(['p50', 'p95', 'p99'] as const).map((name) => seconds(duration, name)),
    share({ ...toolFailure, unknown: 0 }),
    sum(tokens, 0),
    sum(costUsd, 2),
  ];
}

function minute(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 16);
}

function share({ n, hits, unknown }: ReportRate): string {
  return `${n === 0 ? 'unknown' : percent(hits / n)}${leftOut(unknown)}`;
}

function seconds({ unknown, suspect, ...latency }: Latency, name: 'p50' | 'p95' | 'p99'): string {
  const seen = latency[name];
  const text = seen === undefined ? 'unknown' : `${Number((seen.value / 1000).toPrecision(3))} s`;
  return `${text}${name === 'p50' ? leftOut(unknown + suspect) : ''}`;
}

function sum({ sum: value, n, unknown }: ReportSum, digits: number): string {
  return `${n === 0 ? 'unknown' : value.toFixed(digits)}${leftOut(unknown)}`;
}

function leftOut(unknown: number): string {
  return unknown === 0 ? '' : ` (${unknown} unknown)`;
}
