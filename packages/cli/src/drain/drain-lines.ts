/** A drain's report in words. */
import { join } from 'node:path';
import { type DrainOptions, type DrainReport, describeFailure } from '@ephemetry/exporter';
import { count } from '../terminal/counted.ts';

/** One line of result, and what people should know besides. */
export function drainLines(
  report: DrainReport,
  { rejected: isRejected = false }: Pick<DrainOptions, 'rejected'> = {},
): {
  readonly result: string;
  readonly notes: readonly string[];
} {
  const { directory, delivered, spooled, inDoubt, rejected, expired, unsent, unreadable, abandoned } = report;
  const { rejectedRemoved, lostDataPoints, busyFiles } = report;
  const parts = [
    `${count(delivered, 'batch', 'batches')} delivered`,
    ...(spooled > 0 ? [`${spooled} remaining`] : []),
    ...(inDoubt > 0 ? [`${inDoubt} kept in doubt (ephemetry drain --in-doubt sends them)`] : []),
    ...(abandoned > 0 ? [`${abandoned} in doubt given up`] : []),
    ...(rejected > 0 ? [`${rejected} rejected${isRejected ? ' again' : ''}`] : []),
    ...(expired > 0 ? [`${expired} removed by the spool's limits`] : []),
    ...(unsent > 0 ? [`${unsent} lost`] : []),
    ...(rejectedRemoved > 0
      ? [`${count(rejectedRemoved, 'earlier reject', 'earlier rejects')} removed by the spool's limits`]
      : []),
    ...(lostDataPoints > 0 ? [`${count(lostDataPoints, 'data point', 'data points')} refused`] : []),
    ...(busyFiles > 0 ? [`${count(busyFiles, 'file', 'files')} in use`] : []),
  ];
  const isNothing =
    delivered + spooled + inDoubt + rejected + expired + unsent + abandoned + busyFiles === 0 &&
    report.failure === undefined;
  return {
    result: isNothing
      ? `nothing to deliver in ${isRejected ? join(directory, 'rejected') : directory}`
      : `${parts.join(', ')} (${directory})`,
    notes: [
      ...report.problems,
      ...(report.failure === undefined ? [] : [describeFailure(report.failure)]),
      ...(report.newerFiles > 0 ? [describeNewer(report.newerFiles)] : []),
      ...(unreadable > 0
        ? [
            `skipped ${count(unreadable, 'half-written line', 'half-written lines')} that ${unreadable === 1 ? 'a killed run' : 'killed runs'} left`,
          ]
        : []),
    ],
  };
}

/** What people are told of files that only a later version can read. */
export function describeNewer(files: number): string {
  return `${count(files, 'file is', 'files are')} of a later version of ephemetry, and left for it to drain`;
}
