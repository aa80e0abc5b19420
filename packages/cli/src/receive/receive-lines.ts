/** What `ephemetry receive` shows: for people as a table and lines, for scripts as JSON. */
import {
  type BatchReceipt,
  type FamilySnapshot,
  numberText,
  type RefusedRequest,
  type SeriesSnapshot,
  seriesText,
} from '@ephemetry/receiver';
import { type Column, tableLines, textTable } from '../terminal/text-table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'SERIES', align: 'left' },
  { title: 'TOTAL', align: 'right' },
];

/** All series with their totals, line by line. */
export function* totalsLines(snapshot: Snapshot): Generator<string> {
  let isEmpty = true;
  for (const _ of seriesRows(snapshot)) {
    isEmpty = false;
    break;
  }
  if (isEmpty) yield 'nothing received yet';
  else yield* tableLines(COLUMNS, () => seriesRows(snapshot));
}

/** The first of them, as many as a screen has lines, and how many more there are. */
export function firstTotals(snapshot: Snapshot, seriesCount: number, limit: number): readonly string[] {
  const rows: (readonly string[])[] = [];
  for (const row of seriesRows(snapshot)) {
    if (rows.length >= limit) break;
    rows.push(row);
  }
  if (rows.length === 0) return ['nothing received yet'];
  const more = seriesCount - rows.length;
  return [...textTable(COLUMNS, rows), ...(more > 0 ? [`… and ${more} more series`] : [])];
}

/** Makes the totals of now. */
type Snapshot = () => Iterable<FamilySnapshot>;

function* seriesRows(snapshot: Snapshot): Generator<readonly string[]> {
  for (const { name, series } of snapshot())
    for (const { labels, value } of series) yield [seriesText(name, labels), totalText(value)];
}

/** One batch in one line. */
export function batchLine(receipt: BatchReceipt): string {
  const { job, instanceId, sequence, points, duplicatePoints, refusals } = receipt;
  const who = job ?? 'a service without a name';
  const which = sequence === undefined ? '' : ` run ${instanceId ?? 'without an id'} batch ${sequence}`;
  const parts = [
    ...(receipt.isDuplicate ? [] : [`${points} ${points === 1 ? 'point' : 'points'}`]),
    ...(duplicatePoints === 0 ? [] : [`${duplicatePoints} already counted`]),
    ...refusals.map((refusal) => `${refusal.points} refused: ${refusal.message}`),
  ];
  return `${who}${which}: ${parts.join(', ')}`;
}

/** One batch as JSON. */
export function batchEvent(receipt: BatchReceipt, unixMs: number): object {
  const { job, instanceId, sequence, points, duplicatePoints, isDuplicate, refusals } = receipt;
  const batch = sequence === undefined ? undefined : Number(sequence);
  return {
    event: 'batch',
    unixMs,
    job,
    instanceId,
    sequence: batch,
    points,
    duplicatePoints,
    isDuplicate,
    refusals,
  };
}

/** All totals as one line of JSON, in pieces, with labels as they were sent; a histogram's counts are one a bucket, not cumulative. */
export function* totalsEvent(snapshot: Snapshot): Generator<string> {
  yield '{"event":"totals","series":[';
  let separator = '';
  for (const { name, type, series } of snapshot())
    for (const { labels, value } of series) {
      const total = { name, type, labels: Object.fromEntries(labels), ...valueFields(value) };
      yield `${separator}${JSON.stringify(total)}`;
      separator = ',';
    }
  yield ']}\n';
}

/** A refused request in one line. */
export function refusedLine({ status, message }: RefusedRequest): string {
  return `answered ${status}: ${message}`;
}

type SeriesValue = SeriesSnapshot['value'];

function totalText(value: SeriesValue): string {
  if (value.kind === 'number') return numberText(value.value);
  return `count ${value.count} sum ${value.sum === undefined ? 'unknown' : numberText(value.sum)}`;
}

/** JSON has no NaN and no infinity: these are texts, as in OTLP. */
function valueFields(value: SeriesValue): object {
  if (value.kind === 'number')
    return { value: Number.isFinite(value.value) ? value.value : String(value.value) };
  const { bounds, counts, count, sum } = value;
  return { count: Number(count), sum, bounds, counts: counts.map(Number) };
}
