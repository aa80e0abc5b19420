/** Sums of measurements by metric and labels, kept as JSON: nothing but whole sums is ever asked for. */
import { addedTo, type ForgeTotal, type SeriesTotal } from '../facts/forge-total.ts';
import { COUNTED_KEYS, type CountedKey, type ForgeMeasurement } from '../facts/measurement.ts';
import { type Statements, upsert } from './statement.ts';

/** Adds measurements to their sums. */
export async function addToTotals(
  statements: Statements,
  measurements: readonly ForgeMeasurement[],
): Promise<void> {
  const sums = new Map<string, { readonly row: Row; readonly total: SeriesTotal }>();
  for (const measurement of measurements) {
    const row = rowOf(measurement);
    const id = `${row.metric} ${row.labels}`;
    const before = sums.get(id)?.total ?? (await readTotal(statements, row));
    sums.set(id, { row, total: addedTo(before, measurement) });
  }
  const rows = [...sums.values()].map(({ row, total }) => ({ ...row, total: JSON.stringify(total) }));
  await upsert(statements, 'total', ['metric', 'labels'], rows);
}

/** All sums. */
export async function readTotals({ run }: Statements): Promise<readonly ForgeTotal[]> {
  const { rows } = await run<Row & { readonly total: string }>(
    'select * from {total} order by metric, labels',
  );
  return rows.flatMap(({ metric, labels, total }) => {
    const key: CountedKey | undefined = COUNTED_KEYS.find((each) => each === metric);
    return key === undefined ? [] : [{ key, labels: JSON.parse(labels), total: JSON.parse(total) }];
  });
}

interface Row {
  readonly metric: string;
  readonly labels: string;
}

async function readTotal({ run }: Statements, { metric, labels }: Row): Promise<SeriesTotal | undefined> {
  const { rows } = await run<{ total: string }>('select total from {total} where metric = ? and labels = ?', [
    metric,
    labels,
  ]);
  const [row] = rows;
  return row === undefined ? undefined : JSON.parse(row.total);
}

/** Labels in one order, whoever wrote them. */
function rowOf({ key, labels }: ForgeMeasurement): Row {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return { metric: key, labels: JSON.stringify(Object.fromEntries(sorted)) };
}
