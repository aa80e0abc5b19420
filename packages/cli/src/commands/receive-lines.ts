/** What `ephemetry receive` shows: for people as a table and lines, for scripts as JSON. */
import {
  type BatchReceipt,
  type FamilySnapshot,
  numberText,
  type RefusedRequest,
  seriesText,
} from '@ephemetry/receiver';
import { type Column, printable, textTable } from '../terminal/text-table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'SERIES', align: 'left' },
  { title: 'TOTAL', align: 'right' },
];

/** All series with their totals. */
export function totalsTable(families: readonly FamilySnapshot[]): readonly string[] {
  const rows = families.flatMap(({ name, series }) =>
    series.map(({ labels, value }) => [seriesText(name, labels), totalText(value)]),
  );
  return rows.length === 0 ? ['nothing received yet'] : textTable(COLUMNS, rows);
}

/** One batch in one line. */
export function batchLine(receipt: BatchReceipt): string {
  const { job, instanceId, sequence, points, duplicatePoints, refusals } = receipt;
  const who = printable(job ?? 'a service without a name');
  const which =
    sequence === undefined ? '' : ` run ${printable(instanceId ?? 'without an id')} batch ${sequence}`;
  const parts = [
    ...(receipt.isDuplicate ? [] : [`${points} ${points === 1 ? 'point' : 'points'}`]),
    ...(duplicatePoints === 0 ? [] : [`${duplicatePoints} already counted`]),
    ...refusals.map((refusal) => `${refusal.points} refused: ${printable(refusal.message)}`),
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

/** All totals as JSON: a histogram's counts are one a bucket, not cumulative. */
export function totalsEvent(families: readonly FamilySnapshot[]): object {
  const series = families.flatMap((family) =>
    family.series.map(({ labels, value }) => ({
      name: family.name,
      type: family.type,
      labels: Object.fromEntries(labels),
      ...valueFields(value),
    })),
  );
  return { event: 'totals', series };
}

/** A refused request in one line. */
export function refusedLine({ status, message }: RefusedRequest): string {
  return `answered ${status}: ${printable(message)}`;
}

type SeriesValue = FamilySnapshot['series'][number]['value'];

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
