/** What is counted while issues are filed for alerts. */

/** Every metric of the family `alerts`. */
export const ALERTS_METRICS = {
  notifications: {
    name: 'alerts_notifications_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{notification}',
    description: 'Notifications of Alertmanager by what became of them',
    labels: ['outcome'],
    stability: 'experimental',
    notes: 'A notification that Alertmanager repeats counts each time.',
    exampleQuery: 'sum by (outcome) (increase(alerts_notifications_total[1h]))',
  },
  issues: {
    name: 'alerts_issues_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{issue}',
    description: 'What was done to issues',
    labels: ['action'],
    stability: 'experimental',
    notes: 'A notification that changes nothing does nothing, and counts nothing here.',
    exampleQuery: 'sum by (action) (increase(alerts_issues_total[1d]))',
  },
  openIssues: {
    name: 'alerts_open_issues',
    instrument: 'gauge',
    valueType: 'int',
    unit: '{issue}',
    description: 'Open issues that were filed for alerts',
    labels: [],
    life: 'lives',
    stability: 'experimental',
    notes: 'As the forge listed them last; absent until it did.',
    exampleQuery: 'max(alerts_open_issues)',
  },
  reconciled: {
    name: 'alerts_reconciled_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{issue}',
    description: 'Issues that were put right without a notification',
    labels: ['reason'],
    stability: 'experimental',
    notes:
      'Each of them stands for a notification that never came, or for what happened on the forge meanwhile.',
    exampleQuery: 'sum by (reason) (increase(alerts_reconciled_total[1d]))',
  },
  request: {
    name: 'alerts_request_seconds',
    instrument: 'histogram',
    valueType: 'double',
    unit: 's',
    description: 'Time from a whole notification to its answer',
    labels: ['outcome'],
    bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    stability: 'experimental',
    notes: 'Most of it is the time that the forge takes.',
    exampleQuery: 'histogram_quantile(0.95, sum by (le) (rate(alerts_request_seconds_bucket[1h])))',
  },
} as const;

/** A key of {@link ALERTS_METRICS}. */
export type AlertsMetricKey = keyof typeof ALERTS_METRICS;
