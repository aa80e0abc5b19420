/** Remembers a run that is reported, and says what it shows beside the runs before it. */
import { createHash } from 'node:crypto';
import { HISTORY_LIMIT_BYTES, type HistoryFindings, type Run } from '@ephemetry/test-results';
import { type RememberedRun, rememberRun } from '@ephemetry/test-results/history';
import { present } from '../command-line/present.ts';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';
import { withHistory } from './with-history.ts';

/** What is remembered, and where. */
export interface RunToRemember extends RememberedRun {
  readonly place: string;
  readonly run: Run;
  readonly flakyWindowDays: number | undefined;
}

/** Of one length, whatever it names. */
function hashed(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @returns undefined when the history failed, which was told */
export async function remember(
  { place, run, flakyWindowDays, set, ...given }: RunToRemember,
  output: Output,
): Promise<HistoryFindings | undefined> {
  const named = {
    ...given,
    identity: hashed(given.identity),
    ...(set === undefined ? {} : { set: hashed(set) }),
  };
  const remembered = await withHistory(place, true, output, (history) =>
    rememberRun(history, run, named, present({ flakyWindowDays })),
  );
  if (remembered === undefined) return undefined;
  if (remembered.others > 0)
    output.printError(
      `this --run-id was reported before with other reports: each of the ${remembered.others + 1} counts as a run of its own; collect the reports of one run and report them once\n`,
    );
  const { runsBeyondLimit } = remembered.forgotten;
  if (runsBeyondLimit > 0)
    output.printError(
      `the history holds at most ${HISTORY_LIMIT_BYTES / 1024 / 1024} MiB: it forgot ${count(runsBeyondLimit, 'run', 'runs')} of the oldest commits\n`,
    );
  return remembered.findings;
}
