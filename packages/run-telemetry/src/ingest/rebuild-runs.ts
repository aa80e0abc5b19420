/** Makes everything again that follows from events: to the same bytes, unless a newer version reads them in another way. */
import { type Writing, writeSession } from '@ephemetry/store/kysely';
import type { RunStore } from '../store/open-run-store.ts';
import { noRows } from '../store/run-rows.ts';
import type { RunTables } from '../store/tables.ts';
import { appendDerived, deleteDerived, foldInto, knownConflicts, storedEvents } from './ingest-batch.ts';

/** What was rebuilt. */
export interface Rebuilt {
  readonly runs: number;
  /** Runs whose events are gone: their facts stay as they are. */
  readonly kept: number;
}

/** Runs whose events are in memory at once. */
const RUNS_AT_ONCE = 5_000;

/** Rebuilds all runs in one transaction: killed before its end, everything is as before. */
export async function rebuildRuns(store: RunStore): Promise<Rebuilt> {
  return await writeSession<RunTables, Rebuilt>(store.database, async (writing) => {
    let rebuilt = 0;
    let seen = 0;
    for (let after = 0; ; ) {
      const keys = await writing.kysely
        .selectFrom('run_keys')
        .selectAll()
        .where('number', '>', after)
        .orderBy('number')
        .limit(RUNS_AT_ONCE)
        .execute();
      const last = keys.at(-1);
      if (last === undefined) return { runs: rebuilt, kept: seen - rebuilt };
      after = last.number;
      seen += keys.length;
      rebuilt += await rebuildSome(writing, keys);
    }
  });
}

async function rebuildSome(
  writing: Writing<RunTables>,
  keys: readonly RunTables['run_keys'][],
): Promise<number> {
  const { kysely } = writing;
  const events = await storedEvents(kysely, keys);
  const conflicts = await knownConflicts(kysely, keys);
  const derived = noRows();
  const there = keys.filter(({ number }) => (events.get(number)?.length ?? 0) > 0);
  for (const key of there)
    foldInto(derived, key, key.run_id, events.get(key.number) ?? [], conflicts.get(key.number)?.size ?? 0);
  await deleteDerived(
    kysely,
    there.map(({ number }) => number),
  );
  await appendDerived(writing, derived);
  return there.length;
}
