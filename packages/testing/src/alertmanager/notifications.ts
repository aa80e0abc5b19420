/** Notifications as Alertmanager sends them. */
import { createHash } from 'node:crypto';

/** One alert of a group. */
interface SentAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly isResolved?: boolean;
  /** When it began to fire. @default ten minutes ago */
  readonly startedMs?: number;
}

/** Alerts fire from here on, those that are resolved for ten minutes. */
const STARTED_MS = Date.now() - 600_000;

/** The body of a delivery. */
export function alertNotification(
  groupLabels: Readonly<Record<string, string>>,
  alerts: readonly SentAlert[],
  more: object = {},
): Record<string, unknown> {
  return {
    version: '4',
    groupKey: `{}:{${Object.keys(groupLabels).join()}}`,
    truncatedAlerts: 0,
    status: alerts.some(({ isResolved }) => isResolved !== true) ? 'firing' : 'resolved',
    receiver: 'p2',
    groupLabels,
    commonLabels: { severity: 'p2', ...groupLabels },
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example.org',
    alerts: alerts.map(sent),
    ...more,
  };
}

/** A group of one alert, `DiskFull` of the host. */
export function diskFull(
  host: string,
  isResolved: boolean = false,
  more: object = {},
): Record<string, unknown> {
  const labels = { alertname: 'DiskFull', host };
  return alertNotification(labels, [{ labels: { ...labels, severity: 'p2' }, isResolved }], more);
}

function sent({ labels, annotations = {}, isResolved = false, startedMs = STARTED_MS }: SentAlert): object {
  return {
    status: isResolved ? 'resolved' : 'firing',
    labels,
    annotations,
    startsAt: new Date(startedMs).toISOString(),
    endsAt: isResolved ? new Date(startedMs + 600_000).toISOString() : '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example.org/graph',
    fingerprint: createHash('sha256').update(JSON.stringify(labels)).digest('hex').slice(0, 16),
  };
}
