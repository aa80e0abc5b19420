/** Runs of a comparison from the database. */
import type { AgentRun } from '@ephemetry/run-telemetry';
import { type RunStore, readBaseline, readRuns } from '@ephemetry/run-telemetry/store';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';
import type { RunSource } from './run-source.ts';

/** Reads a baseline or a selection; undefined after it was told that there is none. */
export async function readStoredSource(
  store: RunStore,
  source: Exclude<RunSource, { readonly kind: 'file' }>,
  output: Output,
): Promise<readonly AgentRun[] | undefined> {
  if (source.kind === 'selection') return await readRuns(store, source.selection);
  const read = await readBaseline(store, source.name);
  if (read === undefined) {
    output.printError(
      `there is no baseline ${source.name}; \`ephemetry runs baseline list\` names them, and a file is @FILE\n`,
    );
    return undefined;
  }
  const { revised } = read.baseline;
  if (revised > 0)
    output.printError(
      `${count(revised, 'run', 'runs')} of ${source.name} changed after it was made; they count as they are now\n`,
    );
  else if (!read.isAsMade)
    output.printError(
      `the runs of ${source.name} are not read as they were when it was made, with the digest ${read.baseline.digest}; they count as they are now\n`,
    );
  return read.runs;
}
