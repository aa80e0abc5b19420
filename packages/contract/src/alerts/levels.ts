/**
 * How an alert reaches people where Alertmanager routes it, which is the label `severity` of the alert: from at once and on
 * every channel (`p0`) to an issue alone (`p3`), a daily mail (`target`), and nobody (`none`: it shows that alerts are judged
 * at all). The most urgent first.
 */
export const ALERT_LEVELS = ['p0', 'p1', 'p2', 'p3', 'target', 'none'] as const;

/** One of {@link ALERT_LEVELS}. */
export type AlertLevel = (typeof ALERT_LEVELS)[number];
