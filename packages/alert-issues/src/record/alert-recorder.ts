/** What the receiver does into the instruments of the contract's family `alerts`. */
import { ALERTS_LABELS, ALERTS_METRICS, instrumentOptions, UNKNOWN } from '@ephemetry/contract';
import type { Meter } from '@opentelemetry/api';
import type { IssueAction } from '../life/kept.ts';
import type { ReconcileReason } from '../reconcile/reconciler.ts';

/** What became of a notification, as the contract's label has it. */
export type NotificationOutcome = Exclude<(typeof ALERTS_LABELS.outcome.values)[number], typeof UNKNOWN>;

/** Records what happens. */
export interface AlertRecorder {
  notification(outcome: NotificationOutcome, seconds: number): void;
  issue(action: IssueAction): void;
  reconciled(reason: ReconcileReason): void;
}

/**
 * Makes the instruments on a meter.
 *
 * @param openIssues how many are open; undefined until Gitea was asked
 */
export function createAlertRecorder(meter: Meter, openIssues: () => number | undefined): AlertRecorder {
  const { notifications, issues, openIssues: open, reconciled, request } = ALERTS_METRICS;
  const notificationCounter = meter.createCounter(notifications.name, instrumentOptions(notifications));
  const issueCounter = meter.createCounter(issues.name, instrumentOptions(issues));
  const reconciledCounter = meter.createCounter(reconciled.name, instrumentOptions(reconciled));
  const requestHistogram = meter.createHistogram(request.name, instrumentOptions(request));
  const openGauge = meter.createObservableGauge(open.name, instrumentOptions(open));
  meter.addBatchObservableCallback(
    (result) => {
      const count = openIssues();
      if (count !== undefined) result.observe(openGauge, count);
    },
    [openGauge],
  );
  // An increase of a counter is seen from 0 on only.
  for (const outcome of ALERTS_LABELS.outcome.values)
    if (outcome !== UNKNOWN) notificationCounter.add(0, { outcome });
  return {
    notification: (outcome, seconds) => {
      notificationCounter.add(1, { outcome });
      requestHistogram.record(seconds, { outcome });
    },
    issue: (action) => issueCounter.add(1, { action }),
    reconciled: (reason) => reconciledCounter.add(1, { reason }),
  };
}
