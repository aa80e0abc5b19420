/** In which environment a run ran: runs of different ones are not compared. */
import type { RunReport } from '../judging/judge-run.ts';

/** What the machine is. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
}

/**
 * `linux x64 pytest 9.0.1`: the system, the architecture, and the runners of the reports with the versions that reports tell.
 *
 * @example
 * ```ts
 * console.log(environmentOf([])); // linux x64
 * ```
 */
export function environmentOf(reports: readonly RunReport[], machine: Machine = process): string {
  const runners = reports.flatMap(({ tally, runnerVersion }) =>
    tally === undefined ? [] : [[tally.runner, runnerVersion].filter(Boolean).join(' ')],
  );
  return [machine.platform, machine.arch, ...[...new Set(runners)].toSorted()]
    .join(' ')
    .slice(0, LIMIT_CHARACTERS);
}

/** Hundreds of versions are no environment. */
const LIMIT_CHARACTERS = 200;
