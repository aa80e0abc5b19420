/** Runs of a comparison from the database. */
import type { AgentRun } from '@ephemetry/run-telemetry';
import { type RunStore, readRuns } from '@ephemetry/run-telemetry/store';
import type { Output } from '../terminal/output.ts';
import type { RunSource } from './run-source.ts';

/** Reads a baseline or a selection; undefined after it was told that there is none. */
export async function readStoredSource(
  store: RunStore,
  source: Exclude<RunSource, { readonly kind: 'file' }>,
  output: Output,
): Promise<readonly AgentRun[] | undefined> {
  if (source.kind === 'selection') return await readRuns(store, source.selection);
  output.printError(`there is no baseline ${source.name}\n`);
  return undefined;
}
