/** The two ways an alert of a single board reaches people. */
export type Urgency = 'page' | 'ticket';

/**
 * How an alert reaches people where Alertmanager routes it: from at once and on every channel (`p0`) to an issue alone
 * (`p3`), a daily mail (`target`), and nobody (`none`: it shows that alerts are judged at all).
 */
export type Level = (typeof LEVELS)[number];

/** All of them, the most urgent first. */
const LEVELS = ['p0', 'p1', 'p2', 'p3', 'target', 'none'] as const;
