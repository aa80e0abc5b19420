/** Reads the runs of a comparison, from wherever they are. */
import type { AgentRun, SuccessRule } from '@ephemetry/run-telemetry';
import { EXIT_CODE } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { readRunsOrTold } from './event-file.ts';
import type { RunSource } from './run-source.ts';

/** Runs of each source, or the exit code after what is wrong was told. */
export type ReadSources =
  | { readonly kind: 'sides'; readonly sides: readonly (readonly AgentRun[])[] }
  | { readonly kind: 'fault'; readonly code: number };

/** Reads all sources. Files need no database. */
export async function readSources(
  sources: readonly RunSource[],
  database: string | undefined,
  rule: SuccessRule,
  output: Output,
): Promise<ReadSources> {
  const files = sources.flatMap((source) => (source.kind === 'file' ? [source.path] : []));
  if (files.length === sources.length) {
    const read = files.map((path) => readRunsOrTold([path], rule, output));
    const known = read.filter((runs) => runs !== undefined);
    return known.length < read.length
      ? { kind: 'fault', code: EXIT_CODE.failed }
      : { kind: 'sides', sides: known };
  }
  // Two files are compared without Kysely and what belongs to it.
  const [{ withRunStore }, { readStoredSource }] = await Promise.all([
    import('./with-run-store.ts'),
    import('./stored-source.ts'),
  ]);
  const sides: (readonly AgentRun[])[] = [];
  const code = await withRunStore(database, output, async (store) => {
    for (const source of sources) {
      const runs =
        source.kind === 'file'
          ? readRunsOrTold([source.path], rule, output)
          : await readStoredSource(store, source, output);
      if (runs === undefined) return EXIT_CODE.failed;
      sides.push(runs);
    }
    return EXIT_CODE.done;
  });
  return code === EXIT_CODE.done ? { kind: 'sides', sides } : { kind: 'fault', code };
}
