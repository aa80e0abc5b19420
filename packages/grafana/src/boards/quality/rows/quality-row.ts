/** One row of the table of targets: what is measured, what should hold, and when somebody is told. */
import type { AlertLevel } from '@ephemetry/contract';
import type { SourceName } from './sources.ts';

/** How a value is compared. A strict comparison does not hold at equality. */
type Comparison = '>' | '>=' | '<' | '<=';

/** When somebody is told. */
export interface RowAlert {
  /** Its name at the pager. */
  readonly title: string;
  /** Its page. */
  readonly uid: string;
  /** Fires while the value is strictly beyond this one. */
  readonly is: '>' | '<';
  readonly value: number;
  readonly level: AlertLevel;
}

/** A row. */
export interface QualityRow {
  /** The value of the label `row`. */
  readonly id: RowId;
  readonly title: string;
  /** What its value is: one sentence. */
  readonly value: string;
  /** The labels that tell its values apart; none where there is one. */
  readonly subject: readonly string[];
  readonly source: SourceName;
  /** Of Grafana. */
  readonly unit: 'percentunit' | 'short' | 's';
  /** What should hold. */
  readonly target: { readonly is: Comparison; readonly value: number };
  /** The alert that the target is missed for a while: nobody is woken by it. */
  readonly missed: { readonly title: string; readonly uid: string };
  /** The least urgent first; each silences those before it. */
  readonly alerts: readonly RowAlert[];
  /** What to do, for whoever was told. */
  readonly act: readonly string[];
  /** What may be wrong with the measurement itself, and when there is no value. */
  readonly absent: string;
}

/** All rows. */
const ROW_IDS = [
  'test_pass_rate',
  'code_coverage',
  'flaky_tests',
  'acp_fix_rate',
  'provider_response',
  'gateway_uptime',
  'memory_usage',
  'disk_usage',
  'issues_resolved',
  'merge_time',
  'auto_dispatch',
] as const;

/** The name of a row. */
export type RowId = (typeof ROW_IDS)[number];

/** The series that a row's value is recorded as. */
export function recordOf(id: RowId): string {
  return `quality:${id}`;
}

const NEGATED: Readonly<Record<Comparison, Comparison>> = { '>': '<=', '>=': '<', '<': '>=', '<=': '>' };

/** While a row misses its target. */
export function missesTarget({ id, target }: QualityRow): string {
  return `${recordOf(id)} ${NEGATED[target.is]} ${target.value}`;
}

/** While an alert of a row fires. */
export function isBad({ id }: QualityRow, { is, value }: RowAlert): string {
  return `${recordOf(id)} ${is} ${value}`;
}

/** A value as people read it. */
export function shown({ unit }: Pick<QualityRow, 'unit'>, value: number): string {
  if (unit === 'percentunit') return `${Number((value * 100).toPrecision(6))} %`;
  if (unit === 'short') return String(value);
  return value < 3600 ? `${value} s` : `${value / 3600} h`;
}

/** What should hold, as people read it: a limit that must be reached exactly needs no sign. */
export function shownTarget(row: QualityRow): string {
  const { is, value } = row.target;
  return is.length === 1 ? `${is} ${shown(row, value)}` : shown(row, value);
}
