/**
 * Takes a batch in: its events, and the facts of every run that they change, in one transaction. Killed before its end nothing
 * of it is there, and it may be offered again:
 *
 *     batch ─▶ each key once ─▶ runs with events that are new ─▶ their events, stored and new ─▶ fold ─▶ derived rows
 *                 │ the same again: counted         another content: kept as a conflict
 */
import { type Writing, writeSession } from '@ephemetry/store/kysely';
import type { Kysely } from 'kysely';
import type { AgentEvent } from '../event/agent-event.ts';
import { foldRun } from '../facts/fold-run.ts';
import { anyNumber } from '../store/number-list.ts';
import type { RunStore } from '../store/open-run-store.ts';
import { addRunRows, type DerivedRows, noRows, type RunKey } from '../store/run-rows.ts';
import { eventRow } from '../store/stored-events.ts';
import { appendRows, DERIVED_TABLES, type DerivedTable, type RunTables } from '../store/tables.ts';
import { addCounts, type EventBatch, type IngestCounts, NO_COUNTS, REFUSED_LIMIT } from './event-batch.ts';
import { EVENTS_AT_ONCE, inParts, storedCounts } from './in-parts.ts';
import { arrive, type OpenRun, openRuns, ruleOf } from './open-runs.ts';

/**
 * Takes a batch in, unless that was done before.
 *
 * @param eventsAtOnce stored and new: of so many the runs are in memory
 * @throws the engine's error, after everything was undone
 */
export async function ingestBatch(
  store: Pick<RunStore, 'database'>,
  batch: EventBatch,
  now: () => number = Date.now,
  eventsAtOnce: number = EVENTS_AT_ONCE,
): Promise<IngestCounts> {
  return await writeSession<RunTables, IngestCounts>(store.database, async (writing) => {
    if (await isTaken(writing.kysely, batch.id)) return { ...NO_COUNTS, repeated: 1 };
    let counts: IngestCounts = { ...NO_COUNTS, refused: batch.refusedCount, secrets: batch.secrets };
    for (const events of await partsOf(writing.kysely, batch.events, eventsAtOnce))
      counts = addCounts(counts, await ingestPart(writing, events, batch));
    await writeBatch(writing, batch, counts, now());
    return counts;
  });
}

/** All events of a run are in one part. */
async function partsOf(
  kysely: Kysely<RunTables>,
  events: readonly AgentEvent[],
  eventsAtOnce: number,
): Promise<readonly (readonly AgentEvent[])[]> {
  const byRun = new Map<string, AgentEvent[]>();
  for (const event of events) {
    const own = byRun.get(event.runId);
    if (own === undefined) byRun.set(event.runId, [event]);
    else own.push(event);
  }
  const stored = await storedCounts(kysely, [...byRun.keys()]);
  const sizeOf = ([runId, own]: readonly [string, readonly AgentEvent[]]): number =>
    own.length + (stored.get(runId) ?? 0);
  return inParts(byRun, sizeOf, eventsAtOnce).map((part) => part.flatMap(([, own]) => own));
}

async function ingestPart(
  writing: Writing<RunTables>,
  events: readonly AgentEvent[],
  batch: EventBatch,
): Promise<IngestCounts> {
  const runs = await openRuns(writing.kysely, events, batch);
  const arrived = events.map((event) => arrive(runs, event));
  const changed = [...runs.values()].filter((run) => run.isChanged);
  await writeRuns(writing, changed, batch);
  return {
    ...NO_COUNTS,
    events: arrived.filter((each) => each === 'new').length,
    duplicates: arrived.filter((each) => each === 'duplicate').length,
    conflicts: arrived.filter((each) => each === 'conflict').length,
    runs: changed.filter(({ isNew }) => isNew).length,
    revised: changed.filter(isRevised).length,
  };
}

async function isTaken(kysely: Kysely<RunTables>, id: string): Promise<boolean> {
  const found = await kysely.selectFrom('batches').select('id').where('id', '=', id).executeTakeFirst();
  return found !== undefined;
}

/** A run that had ended, and says something else now. */
function isRevised(run: OpenRun): boolean {
  return run.wasFinished && hasOtherFacts(run);
}

/** Whoever looked at the run before saw other facts. What is still under way changes all the time, unless a baseline has it. */
function hasNewRevision(run: OpenRun): boolean {
  return (run.wasFinished || run.isFrozen) && hasOtherFacts(run);
}

function hasOtherFacts({ added, isJudgedAnew }: OpenRun): boolean {
  return added.length > 0 || isJudgedAnew;
}

async function writeRuns(
  writing: Writing<RunTables>,
  changed: readonly OpenRun[],
  { id }: EventBatch,
): Promise<void> {
  const { kysely, session } = writing;
  const derived = noRows();
  for (const run of changed) {
    const { key } = run;
    const revision = key.revision + Number(hasNewRevision(run));
    run.key = { ...key, revision, duplicates: key.duplicates + run.duplicates };
    foldInto(derived, run.key, [...run.events.values()], run.contradictions.size);
  }
  const old = changed.filter(({ isNew }) => !isNew).map(({ key }) => key.number);
  if (old.length > 0) {
    await kysely.deleteFrom('run_keys').where('number', 'in', anyNumber(old)).execute();
    await deleteDerived(kysely, old);
  }
  await appendRows(
    session,
    'run_keys',
    changed.map(({ key }) => key),
  );
  await appendRows(
    session,
    'events',
    changed.flatMap(({ key, added }) => added.map((event) => eventRow(key.number, event))),
  );
  await appendRows(
    session,
    'conflicts',
    changed.flatMap(({ key, conflicts }) =>
      conflicts.map((event) => ({ ...eventRow(key.number, event), batch_id: id })),
    ),
  );
  await appendDerived(writing, derived);
}

/** Folds a run, and adds its rows. */
export function foldInto(
  derived: DerivedRows,
  key: RunKey,
  events: readonly AgentEvent[],
  conflicts: number,
): void {
  if (events.length === 0) return;
  const inOrder = events.toSorted((left, right) => left.seq - right.seq);
  addRunRows(derived, key, foldRun(key.run_id, inOrder, ruleOf(key.success_rule)), inOrder, conflicts);
}

/** Removes what was derived of some runs. */
export async function deleteDerived(kysely: Kysely<RunTables>, numbers: readonly number[]): Promise<void> {
  for (const table of DERIVED_TABLES)
    await kysely.deleteFrom(table).where('run_number', 'in', anyNumber(numbers)).execute();
}

/** Writes what was derived. */
export async function appendDerived({ session }: Writing<RunTables>, derived: DerivedRows): Promise<void> {
  const append = <Name extends DerivedTable>(table: Name): Promise<void> =>
    appendRows(session, table, derived[table]);
  for (const table of DERIVED_TABLES) await append(table);
}

async function writeBatch(
  { session }: Writing<RunTables>,
  { id, source, refused }: EventBatch,
  { events, duplicates, conflicts, refused: refusedCount, secrets }: IngestCounts,
  receivedMs: number,
): Promise<void> {
  await appendRows(session, 'batches', [
    { id, source, received_ms: receivedMs, events, duplicates, conflicts, refused: refusedCount, secrets },
  ]);
  await appendRows(
    session,
    'refused',
    refused
      .slice(0, REFUSED_LIMIT)
      .map(({ line, field, message }) => ({ batch_id: id, line, field, message })),
  );
}
