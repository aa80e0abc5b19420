/** What names a run that is reported, so that it counts once, and when it ended. Both follow from its reports and the CI system. */
import type { CollectedRun, RunOrigin, RunReport } from '@ephemetry/test-results';

/**
 * A run is named by what somebody calls it and by its reports: the jobs of a matrix have one name and reports of their own, and
 * none of them may be taken for another one that is pushed twice.
 *
 * @param suite as it was given: two suites that are recorded as unknown are two runs
 */
export function identityOf(
  runId: string | undefined,
  suite: string,
  origin: RunOrigin,
  { digest }: CollectedRun,
): string {
  return JSON.stringify(['tests report', suite, [runId ?? origin.runId ?? '', digest].join(' ')]);
}

/** Names all runs of one `--run-id`; undefined where none is given. */
export function setOf(runId: string | undefined, suite: string): string | undefined {
  return runId === undefined ? undefined : JSON.stringify(['tests report', suite, runId]);
}

/**
 * When the run ended: as its reports say, but not after the last of them was written, which the clock of a zone that is not
 * told would say. No zone is further ahead than {@link ZONES_MS}: a file that is so much older than its report was given
 * another time by an archive or a sandbox. What is little ahead stays, also of the clock: reported again a moment later it must
 * be the same, as a batch is known by its times too.
 */
export function endOf(
  endUnixMs: number | undefined,
  reports: readonly Pick<RunReport, 'modifiedUnixMs'>[],
  nowUnixMs: number = Date.now(),
): number {
  const written = reports.reduce((most, { modifiedUnixMs }) => Math.max(most, modifiedUnixMs), 0);
  if (endUnixMs === undefined) return Math.round(written === 0 ? nowUnixMs : written);
  const ahead = endUnixMs - written;
  const isOfZone = written > 0 && ahead > LITTLE_MS && ahead <= ZONES_MS;
  return Math.round(isOfZone ? written : Math.min(endUnixMs, nowUnixMs + LITTLE_MS));
}

/** Runners add the times of parallel tests up, and Vitest writes the time of its report as the start. A gateway takes 10 min. */
const LITTLE_MS = 60_000;
/** UTC+14, and a day for a report that adds the times of parallel tests up. */
const ZONES_MS = 38 * 3_600_000;
