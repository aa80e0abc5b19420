/** The alerts of each row: that the target is missed, which wakes nobody, and that the value is bad. */
import type { AlertDefinition } from '../../../engine/alerts/alert.ts';
import {
  isBad,
  missesTarget,
  type QualityRow,
  type RowAlert,
  recordOf,
  shown,
  shownTarget,
} from '../rows/quality-row.ts';
import { QUALITY_ROWS } from '../rows/quality-rows.ts';
import { KEPT_FIRING, silence } from './silencing.ts';

/** Row after row. */
export function rowAlerts(): readonly AlertDefinition[] {
  return QUALITY_ROWS.flatMap((row) => [
    targetMissed(row),
    ...row.alerts.map((alert) => valueIsBad(row, alert)),
  ]);
}

function targetMissed(row: QualityRow): AlertDefinition {
  const { title, uid } = row.missed;
  return {
    ...common(row),
    uid,
    title,
    expr: missesTarget(row),
    for: '15m',
    urgency: 'target',
    summary: `${row.title}${subjectOf(row)} is ${shownValue(row)}, and its target is ${shownTarget(row)}`,
    description: `The target has been missed for 15 minutes. Nobody is woken; the board shows it, and a mail a day.`,
    page: {
      ...commonPage(row, title),
      means: `${row.value}. The target is ${shownTarget(row)}; a strict target is missed at equality. ${louder(row)}`,
      closes: 'As soon as the target is met again.',
    },
  };
}

function valueIsBad(row: QualityRow, alert: RowAlert): AlertDefinition {
  const limit = `${alert.is === '<' ? 'below' : 'above'} ${shown(row, alert.value)}`;
  return {
    ...common(row),
    uid: alert.uid,
    title: alert.title,
    expr: isBad(row, alert),
    for: '2m',
    keepFiringFor: KEPT_FIRING,
    urgency: alert.level,
    summary: `${row.title}${subjectOf(row)} is ${shownValue(row)}, ${limit}`,
    description: `${row.value}. It has been ${limit} for 2 minutes; the target is ${shownTarget(row)}.`,
    page: {
      ...commonPage(row, alert.title),
      means: `${row.value}. It is ${limit}, and exactly ${shown(row, alert.value)} is no alert. The target is ${shownTarget(row)}.`,
      closes: `When it is no longer ${limit}, and ${KEPT_FIRING} after that; or when its source is missing, which is an alert of its own.`,
    },
  };
}

function common({
  id,
  source,
}: QualityRow): Pick<AlertDefinition, 'service' | 'component' | 'labels' | 'lookBackSeconds'> {
  return {
    service: 'quality',
    component: source,
    labels: { row: id, source },
    lookBackSeconds: 600,
  };
}

function commonPage(
  row: QualityRow,
  title: string,
): Pick<AlertDefinition['page'], 'look' | 'act' | 'quiet' | 'silence'> {
  return {
    look: [{ tells: 'Its value now', query: recordOf(row.id) }],
    act: row.act,
    quiet: row.absent,
    silence: silence(title, row.subject),
  };
}

function louder({ alerts }: QualityRow): string {
  const titles = alerts.map(({ title, uid }) => `[${title}](${uid}.md)`).join(' or ');
  return `While ${titles} fires, this alert is inhibited.`;
}

/** For the pager: of which suite, target or host. */
function subjectOf({ subject }: QualityRow): string {
  const labels = subject.map((label) => `{{ $labels.${label} }}`);
  return labels.length === 0 ? '' : ` of ${labels.join(' ')}`;
}

function shownValue({ unit }: QualityRow): string {
  if (unit === 'percentunit') return '{{ $value | humanizePercentage }}';
  return unit === 's' ? '{{ $value | humanizeDuration }}' : '{{ $value | humanize }}';
}
