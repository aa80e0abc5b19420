/** Whether an issue's alerts still fire, by the lists of all Alertmanagers that answer. */
import type { IssueRecord } from '../issue/record.ts';
import { type AlertmanagerAnswer, askAlertmanager, type HeldAlert } from './alertmanager.ts';

/** What they say together. */
export interface HeldAlerts {
  /** Of all that answered. */
  readonly alerts: readonly HeldAlert[];
  /** Whether one of them was up for long enough to have been told everything: what it does not hold, does not fire. */
  readonly isBelieved: boolean;
  /** Of those that did not answer. */
  readonly problems: readonly string[];
  /** Whether any of them answered. */
  readonly isAnswered: boolean;
}

/** Asks all of them. */
export async function askAll(urls: readonly string[], upForMs: number): Promise<HeldAlerts> {
  const answers = await Promise.all(urls.map(askAlertmanager));
  return together(answers, upForMs);
}

/** Adds answers up. */
function together(answers: readonly AlertmanagerAnswer[], upForMs: number): HeldAlerts {
  const given = answers.filter((answer) => answer.kind === 'alerts');
  return {
    alerts: given.flatMap(({ alerts }) => alerts),
    isBelieved: given.some(({ upMs }) => upMs >= upForMs),
    problems: answers.flatMap((answer) => (answer.kind === 'failed' ? [answer.problem] : [])),
    isAnswered: given.length > 0,
  };
}

/** Looks issues up in a list of alerts. */
export class HeldIndex {
  readonly #fingerprints: ReadonlySet<string>;
  readonly #byReceiver = new Map<string, HeldAlert[]>();

  constructor(alerts: readonly HeldAlert[]) {
    this.#fingerprints = new Set(alerts.map(({ fingerprint }) => fingerprint));
    for (const alert of alerts) {
      for (const receiver of alert.receivers) {
        const ofReceiver = this.#byReceiver.get(receiver);
        if (ofReceiver === undefined) this.#byReceiver.set(receiver, [alert]);
        else ofReceiver.push(alert);
      }
    }
  }

  /** By any of its alerts, or by another alert of its group, of which the receiver was not told yet. */
  isFiring({ fingerprints, receiver, groupLabels }: IssueRecord): boolean {
    if (fingerprints.some((fingerprint) => this.#fingerprints.has(fingerprint))) return true;
    const labels = Object.entries(groupLabels);
    // Without labels every alert would be of its group.
    if (labels.length === 0) return false;
    const alerts = this.#byReceiver.get(receiver) ?? [];
    return alerts.some((alert) => labels.every(([name, value]) => (alert.labels[name] ?? '') === value));
  }
}
