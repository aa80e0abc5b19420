/** Makes everything again that follows from events: to the same bytes, unless a newer version reads them in another way. */
import { type Writing, writeSession } from '@ephemetry/store/kysely';
import type { RunStore } from '../store/open-run-store.ts';
import { noRows } from '../store/run-rows.ts';
import type { RunTables } from '../store/tables.ts';
import { EVENTS_AT_ONCE, inParts, storedCounts } from './in-parts.ts';
import { appendDerived, deleteDerived, foldInto } from './ingest-batch.ts';
import { knownConflicts, storedEvents } from './open-runs.ts';

/** What was rebuilt. */
export interface Rebuilt {
  readonly runs: number;
  /** Runs whose events are gone: their facts stay as they are. */
  readonly kept: number;
}

const RUNS_AT_ONCE = 5_000;

/**
 * Rebuilds all runs in one transaction: killed before its end, everything is as before.
 *
 * @param eventsAtOnce of so many the runs are in memory
 */
export async function rebuildRuns(
  store: Pick<RunStore, 'database'>,
  eventsAtOnce: number = EVENTS_AT_ONCE,
): Promise<Rebuilt> {
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
      const stored = await storedCounts(
        writing.kysely,
        keys.map((key) => key.run_id),
      );
      for (const some of inParts(keys, (key) => stored.get(key.run_id) ?? 0, eventsAtOnce))
        rebuilt += await rebuildSome(writing, some);
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
    foldInto(derived, key, events.get(key.number) ?? [], conflicts.get(key.number)?.size ?? 0);
  await deleteDerived(
    kysely,
    there.map(({ number }) => number),
  );
  await appendDerived(writing, derived);
  return there.length;
}
