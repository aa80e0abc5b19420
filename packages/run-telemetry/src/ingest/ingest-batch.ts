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
import { eventContent } from '../event/event-text.ts';
import { foldRun } from '../facts/fold-run.ts';
import { NO_SUCCESS_RULE, parseSuccessRule, type SuccessRule, successOf } from '../facts/success-rule.ts';
import { anyNumber, anyText } from '../store/number-list.ts';
import type { RunStore } from '../store/open-run-store.ts';
import { addRunRows, type DerivedRows, noRows, type RunKey } from '../store/run-rows.ts';
import { eventOfRow, eventRow } from '../store/stored-events.ts';
import { appendRows, DERIVED_TABLES, type RunTables } from '../store/tables.ts';
import { addCounts, type EventBatch, type IngestCounts, NO_COUNTS } from './event-batch.ts';
import { EVENTS_AT_ONCE, inParts, storedCounts } from './in-parts.ts';

/** So many refused lines of a batch are kept. */
const REFUSED_KEPT = 1_000;

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

/** A run that a batch speaks of. */
interface OpenRun {
  key: RunKey;
  readonly runId: string;
  readonly isNew: boolean;
  /** Whether an end was stored before. */
  readonly wasFinished: boolean;
  /** Whether a baseline has it. */
  readonly isFrozen: boolean;
  /** Whether what success is taken from says something else of what was stored before. */
  readonly isJudgedAnew: boolean;
  readonly events: Map<number, AgentEvent>;
  readonly added: AgentEvent[];
  readonly conflicts: AgentEvent[];
  /** Contents that contradict an event, of this batch and of earlier ones. */
  readonly contradictions: Set<string>;
  duplicates: number;
  isChanged: boolean;
}

async function isTaken(kysely: Kysely<RunTables>, id: string): Promise<boolean> {
  const found = await kysely.selectFrom('batches').select('id').where('id', '=', id).executeTakeFirst();
  return found !== undefined;
}

/** Runs of some events with what is stored of them. */
async function openRuns(
  kysely: Kysely<RunTables>,
  events: readonly AgentEvent[],
  { successRule }: EventBatch,
): Promise<Map<string, OpenRun>> {
  const ids = [...new Set(events.map(({ runId }) => runId))];
  const keys = await kysely.selectFrom('run_keys').selectAll().where('run_id', 'in', anyText(ids)).execute();
  const known = new Map(keys.map((key) => [key.run_id, key]));
  const stored = await storedEvents(kysely, keys);
  const conflicts = await knownConflicts(kysely, keys);
  const frozen = await frozenRuns(kysely, keys);
  let number = await newestNumber(kysely);
  return new Map(
    ids.map((runId): [string, OpenRun] => {
      const key = known.get(runId);
      const own = key === undefined ? [] : (stored.get(key.number) ?? []);
      if (key === undefined) number += 1;
      const rule = successRule ?? key?.success_rule ?? null;
      const run: OpenRun = {
        key: { number, run_id: runId, revision: 0, duplicates: 0, ...key, success_rule: rule },
        runId,
        isNew: key === undefined,
        wasFinished: own.some(({ type }) => type === 'run.finished'),
        isFrozen: key !== undefined && frozen.has(key.number),
        isJudgedAnew:
          key !== undefined &&
          rule !== key.success_rule &&
          judged(own, rule) !== judged(own, key.success_rule),
        events: new Map(own.map((event) => [event.seq, event])),
        added: [],
        conflicts: [],
        contradictions: new Set<string>(key === undefined ? [] : conflicts.get(key.number)),
        duplicates: 0,
        isChanged: key === undefined || rule !== key.success_rule,
      };
      return [runId, run];
    }),
  );
}

/** Events of runs, by their numbers. */
export async function storedEvents(
  kysely: Kysely<RunTables>,
  keys: readonly RunKey[],
): Promise<ReadonlyMap<number, AgentEvent[]>> {
  const byRun = new Map<number, AgentEvent[]>(keys.map(({ number }) => [number, []]));
  if (keys.length === 0) return byRun;
  const ids = new Map(keys.map((key) => [key.number, key.run_id]));
  const rows = await kysely
    .selectFrom('events')
    .selectAll()
    .where('run_number', 'in', anyNumber([...ids.keys()]))
    .execute();
  for (const row of rows) byRun.get(row.run_number)?.push(eventOfRow(ids.get(row.run_number) ?? '', row));
  return byRun;
}

/** Those of some runs that a baseline has. */
async function frozenRuns(kysely: Kysely<RunTables>, keys: readonly RunKey[]): Promise<ReadonlySet<number>> {
  if (keys.length === 0) return new Set();
  const rows = await kysely
    .selectFrom('baseline_runs')
    .select('run_number')
    .distinct()
    .where('run_number', 'in', anyNumber(keys.map(({ number }) => number)))
    .execute();
  return new Set(rows.map((row) => row.run_number));
}

function judged(events: readonly AgentEvent[], rule: string | null): boolean | undefined {
  const inOrder = events.toSorted((left, right) => left.seq - right.seq);
  return successOf(
    inOrder,
    inOrder.findLast(({ type }) => type === 'run.finished'),
    ruleOf(rule),
  );
}

function ruleOf(text: string | null): SuccessRule {
  return parseSuccessRule(text ?? '') ?? NO_SUCCESS_RULE;
}

/** What contradicts an event of a run, each content once, by the numbers of runs. */
export async function knownConflicts(
  kysely: Kysely<RunTables>,
  keys: readonly RunKey[],
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const byRun = new Map<number, Set<string>>();
  if (keys.length === 0) return byRun;
  const rows = await kysely
    .selectFrom('conflicts')
    .selectAll()
    .where('run_number', 'in', anyNumber(keys.map(({ number }) => number)))
    .execute();
  for (const row of rows) {
    const known = byRun.get(row.run_number) ?? new Set<string>();
    byRun.set(row.run_number, known.add(contradictionOf(eventOfRow('', row))));
  }
  return byRun;
}

/** Two events that contradict the same one in the same way are one. */
function contradictionOf(event: AgentEvent): string {
  return `${event.seq} ${eventContent(event)}`;
}

async function newestNumber(kysely: Kysely<RunTables>): Promise<number> {
  const { number } = await kysely
    .selectFrom('run_keys')
    .select((select) => select.fn.max<number | null>('number').as('number'))
    .executeTakeFirstOrThrow();
  return number ?? 0;
}

function arrive(runs: ReadonlyMap<string, OpenRun>, event: AgentEvent): 'new' | 'duplicate' | 'conflict' {
  const run = runs.get(event.runId);
  if (run === undefined) throw new Error(`run ${event.runId} was not opened`);
  run.isChanged = true;
  const first = run.events.get(event.seq);
  if (first === undefined) {
    run.events.set(event.seq, event);
    run.added.push(event);
    return 'new';
  }
  const contradiction = contradictionOf(event);
  if (contradictionOf(first) === contradiction || run.contradictions.has(contradiction)) {
    run.duplicates += 1;
    return 'duplicate';
  }
  run.contradictions.add(contradiction);
  run.conflicts.push(event);
  return 'conflict';
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
    foldInto(derived, run.key, run.runId, [...run.events.values()], run.contradictions.size);
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
  runId: string,
  events: readonly AgentEvent[],
  conflicts: number,
): void {
  if (events.length === 0) return;
  const inOrder = events.toSorted((left, right) => left.seq - right.seq);
  addRunRows(derived, key, foldRun(runId, inOrder, ruleOf(key.success_rule)), inOrder, conflicts);
}

/** Removes what was derived of some runs. */
export async function deleteDerived(kysely: Kysely<RunTables>, numbers: readonly number[]): Promise<void> {
  for (const table of DERIVED_TABLES)
    await kysely.deleteFrom(table).where('run_number', 'in', anyNumber(numbers)).execute();
}

/** Writes what was derived. */
export async function appendDerived({ session }: Writing<RunTables>, derived: DerivedRows): Promise<void> {
  await appendRows(session, 'runs', derived.runs);
  await appendRows(session, 'run_labels', derived.run_labels);
  await appendRows(session, 'calls', derived.calls);
  await appendRows(session, 'run_tools', derived.run_tools);
  await appendRows(session, 'failures', derived.failures);
  await appendRows(session, 'quality', derived.quality);
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
      .slice(0, REFUSED_KEPT)
      .map(({ line, field, message }) => ({ batch_id: id, line, field, message })),
  );
}
