/** The panels of the eleven rows: coloured by the two limits that their alerts have, the worst first. */
import type { PanelDefinition, Threshold } from '../../../engine/panels/panel.ts';
import { type QualityRow, type RowId, recordOf, shown, shownTarget } from '../rows/quality-row.ts';
import { QUALITY_ROWS } from '../rows/quality-rows.ts';

/** So many of a row have room in its panel. */
const WORST = 6;

/** What tells boards of quality from others. */
export const QUALITY_TAGS: readonly string[] = ['ephemetry', 'quality'];

/** The panel of a row; `variables` are the labels that the board lets choose. */
export function rowPanel(id: RowId, variables: readonly string[] = []): PanelDefinition {
  const row = rowOf(id);
  const chosen = row.subject.filter((label) => variables.includes(label));
  const matchers = chosen.map((label) => `${label}=~"$${label}"`).join(',');
  const series = `${recordOf(id)}${matchers === '' ? '' : `{${matchers}}`}`;
  const isWorstLow = row.target.is.startsWith('>');
  const worst = isWorstLow ? `sort(bottomk(${WORST}, ${series}))` : `sort_desc(topk(${WORST}, ${series}))`;
  const alert = row.alerts[0];
  return {
    kind: row.subject.length === 0 ? 'stat' : 'bargauge',
    title: `${row.title}: target ${shownTarget(row)}`,
    question: `${row.value}. ${row.subject.length === 0 ? '' : `The ${WORST} worst, the worst first. `}Orange misses the target; red is ${redFrom(row)}.`,
    whenRed: row.act[0] ?? '',
    queries: [
      {
        expr: row.subject.length === 0 ? series : worst,
        legend: row.subject.length === 0 ? row.title : row.subject.map((label) => `{{${label}}}`).join(' '),
      },
    ],
    unit: row.unit,
    ...(row.unit === 'percentunit' ? { min: 0, max: 1 } : { min: 0 }),
    decimals: row.unit === 'percentunit' ? 1 : row.id === 'flaky_tests' ? 0 : 1,
    thresholds: rowThresholds(row),
    empty: MISSING[row.source],
    ...(alert === undefined ? {} : { alert: alert.uid }),
  };
}

const MISSING: Readonly<Record<QualityRow['source'], string>> = {
  tests: 'no test report that is young enough',
  coverage: 'no coverage report of the last 8 days',
  forge: 'no collect of the forge within 30 minutes, or too little to measure',
  health: 'no probe within 2 minutes',
  host: 'no host was scraped within 5 minutes',
};

function redFrom(row: QualityRow): string {
  const [first] = row.alerts;
  return first === undefined ? 'never' : `${first.is === '<' ? 'below' : 'above'} ${shown(row, first.value)}`;
}

/** The row of that name. @throws {Error} for one that is none */
function rowOf(id: RowId): QualityRow {
  const row = QUALITY_ROWS.find((each) => each.id === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
}

/**
 * Its colours by value. Grafana's steps hold from their value on, so what is strictly above a limit begins at the next
 * number: a board says nothing else than the alert, at the limit too.
 */
export function rowThresholds({ target, alerts }: QualityRow): readonly Threshold[] {
  const red = alerts[0]?.value ?? target.value;
  if (target.is.startsWith('>')) {
    return [
      { color: 'red', value: null },
      { color: 'orange', value: red },
      { color: 'green', value: target.is === '>' ? next(target.value) : target.value },
    ];
  }
  return [
    { color: 'green', value: null },
    { color: 'orange', value: target.is === '<' ? target.value : next(target.value) },
    { color: 'red', value: next(red) },
  ];
}

/** The next number that a computer has. */
function next(value: number): number {
  return value === 0 ? Number.MIN_VALUE : value * (1 + Number.EPSILON);
}
