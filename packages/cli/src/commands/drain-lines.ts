/** A drain's report in words. */
import { type DrainReport, describeFailure } from '@ephemetry/exporter';
import { count } from '../terminal/counted.ts';

/** One line of result, and what people should know besides. */
export function drainLines(report: DrainReport): {
  readonly result: string;
  readonly notes: readonly string[];
} {
  const { directory, delivered, remaining, rejected, expired, lostDataPoints, busyFiles, skippedLines } =
    report;
  const parts = [
    `${count(delivered, 'batch', 'batches')} delivered`,
    ...(remaining > 0 ? [`${remaining} remaining`] : []),
    ...(rejected > 0 ? [`${rejected} rejected for ever`] : []),
    ...(expired > 0 ? [`${expired} removed by the spool's limits`] : []),
    ...(lostDataPoints > 0 ? [`${count(lostDataPoints, 'data point', 'data points')} refused`] : []),
    ...(busyFiles > 0 ? [`${count(busyFiles, 'file', 'files')} in use`] : []),
  ];
  const isNothing =
    delivered + remaining + rejected + expired + busyFiles === 0 && report.failure === undefined;
  return {
    result: isNothing ? `nothing to deliver in ${directory}` : `${parts.join(', ')} (${directory})`,
    notes: [
      ...report.problems,
      ...(report.failure === undefined ? [] : [describeFailure(report.failure)]),
      ...(skippedLines > 0
        ? [`${count(skippedLines, 'half-written line', 'half-written lines')} of killed runs passed over`]
        : []),
    ],
  };
}
