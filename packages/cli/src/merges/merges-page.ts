/** The operator's page of `ephemetry merges`. */
import {
  formatReading,
  formatScope,
  type MetricsReport,
  type ProjectMetrics,
  type ProjectReading,
  type RateReading,
  type ReadOnlyReport,
  type TriggerState,
} from '@ephemetry/merge-analyzer';
import { age, count } from '../terminal/counted.ts';
import { type Column, textTable } from '../terminal/text-table.ts';
import { type DatabasePlace, describePlace } from './database-place.ts';

const COLUMNS: readonly Column[] = [
  { title: 'METRIC', align: 'left' },
  { title: 'SCOPE', align: 'left' },
  { title: 'VALUE', align: 'left' },
  { title: 'STATE', align: 'left' },
  { title: 'WHY', align: 'left' },
];

/** The page, line by line: where from, how fresh, what is missing, and every rate. */
export function mergesPage(report: MetricsReport, place: DatabasePlace): readonly string[] {
  const { heldBack, quarantine, readOnly } = report;
  return [
    `database     ${describePlace(place)}`,
    `             ${place.why}`,
    `merges       ${describeNewest(report)}`,
    ...(readOnly === null ? [] : readOnlyLines(readOnly)),
    ...(heldBack === 0
      ? []
      : [
          `held back    ${count(heldBack, 'merge waits', 'merges wait')} for an older transaction to end${describeHolder(report)}`,
        ]),
    ...(quarantine.count === 0
      ? []
      : [`left out     ${count(quarantine.count, 'merge event', 'merge events')} that cannot be read`]),
    '',
    ...textTable(COLUMNS, [...globalRows(report), ...report.projects.flatMap(projectRows)]),
  ];
}

function describeHolder({ heldBackBy }: MetricsReport): string {
  if (heldBackBy === null || heldBackBy.pid === null) return '';
  const { pid, ageSeconds } = heldBackBy;
  return ` (process ${pid}${ageSeconds === null ? '' : `, open for ${Math.round(ageSeconds)} s`})`;
}

const WHY_READ_ONLY: Readonly<Record<ReadOnlyReport['because'], string>> = {
  standby: 'this is a standby',
  'read-only': 'the session may only read',
  rights: 'the role may only read',
};

/** Why nothing was written, and where the rates are from. */
export function describeReader({ because, rates }: Pick<ReadOnlyReport, 'because' | 'rates'>): string {
  const from = rates === 'stored' ? 'stored by the analyzer' : 'computed in memory now';
  return `${WHY_READ_ONLY[because]}; the rates are ${from}, nothing was written`;
}

/** What a look without writing shows, how far it is behind, and what would change that. */
function readOnlyLines(readOnly: ReadOnlyReport): readonly string[] {
  const { behind } = readOnly;
  const { mergeEvents, oldestSeconds, replaySeconds } = behind;
  const waiting = count(mergeEvents, 'merge event is', 'merge events are');
  const since = oldestSeconds === null ? '' : `, the oldest for ${Math.max(0, Math.round(oldestSeconds))} s`;
  const replay =
    replaySeconds === null ? '' : `; the standby is ${Math.round(replaySeconds)} s behind its primary`;
  return [
    `only read    ${describeReader(readOnly)}`,
    `behind       ${waiting} not in the rates yet${since}${replay}`,
    ...lackLines(readOnly),
  ];
}

/** Where the stored rates are, and what would let the role read or write them. */
export function lackLines({
  grants,
  otherOwnSchema,
}: Pick<ReadOnlyReport, 'grants' | 'otherOwnSchema'>): readonly string[] {
  return [
    ...(otherOwnSchema === undefined
      ? []
      : [`elsewhere    the schema ${otherOwnSchema} has stored rates: --own-schema names it`]),
    ...grants.map((grant) => `lacks        ${grant}`),
  ];
}

/** The number with the counts it comes from, or why there is none. */
export function describeReading(reading: RateReading): string {
  const { fraction } = reading;
  if (fraction === null || fraction.denominator === 1) return formatReading(reading);
  return `${formatReading(reading)} (${fraction.numerator}/${fraction.denominator})`;
}

function describeNewest({ merges, newestMerge, asOf }: MetricsReport): string {
  if (newestMerge === null) return 'none yet';
  const { workItemId, project, mergedAt, ageSeconds } = newestMerge;
  const now = Date.parse(asOf);
  const newest = `${workItemId} of ${project}`;
  return `${merges}, the newest ${age(now - ageSeconds * 1000, now)} (${newest}, ${mergedAt})`;
}

function globalRows({ global }: MetricsReport): readonly (readonly string[])[] {
  const scope = formatScope({ kind: 'global' });
  return Object.entries(global).map(([rate, reading]) => row(rate, scope, reading, reading.state));
}

function projectRows(metrics: ProjectMetrics): readonly (readonly string[])[] {
  const { project, ...rates } = metrics;
  const scope = formatScope({ kind: 'project', project });
  return Object.entries(rates).map(([rate, reading]) =>
    row(rate, scope, reading, reading.state, describeSource(reading)),
  );
}

function describeSource({ source, own_n: ownN = 0, window }: ProjectReading): string {
  return source === 'global' ? `uses the global rate: it has ${ownN} of the ${window} merges it needs` : '';
}

function row(
  metric: string,
  scope: string,
  reading: RateReading,
  state: TriggerState | '' = '',
  source = '',
): readonly string[] {
  const { value, n, window } = reading;
  const missing = value === null ? [`needs ${count(window - n, 'more merge', 'more merges')}`] : [];
  const why = [...(source === '' ? [] : [source]), ...missing].join('; ');
  return [metric, scope, describeReading(reading), state, why];
}
