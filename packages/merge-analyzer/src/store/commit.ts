/**
 * The one place that writes what a step found: merges, what was set aside, triggers, events, and the position, in one
 * statement. Either all of it is written or nothing, and nothing if the position is no longer the one that was read: another
 * analyzer was faster, or a rebuild began. A second writer waits for the row of the position, sees that, and writes nothing.
 */
import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { FoldChanges } from '../analyzer/fold-changes.ts';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { toInteger } from '../database/own-tables.ts';
import { METRIC_SNAPSHOT, THRESHOLD_CROSSED } from '../events/metric-events.ts';
import type { Merge } from '../fold/merge.ts';
import type { LogPlace, PreviousMerge } from '../log/log-position.ts';
import type { QuarantinedEvent } from '../log/merge-event.ts';
import { type OrchestratorTables, toCreatedAt } from '../log/orchestrator-tables.ts';
import { quarantinedRows } from './merge-table.ts';

/** All that one commit changes. */
export interface Changes {
  /** Of the position that all of this follows from. */
  readonly revision: number;
  /** Undefined leaves it where it is. */
  readonly place: LogPlace | undefined;
  readonly previous: PreviousMerge | null;
  /** The newest ordinal. */
  readonly merges: number;
  readonly newMerges: readonly Merge[];
  readonly faults: readonly QuarantinedEvent[];
  readonly fold: FoldChanges;
  /** How far the configuration is now; undefined when nothing was folded. */
  readonly analysis:
    | {
        readonly version: string;
        readonly rules: string;
        readonly ordinal: number;
        readonly announcedOrdinal: number;
      }
    | undefined;
}

/** What was new of it. */
export interface Committed {
  /** The transaction that did it. */
  readonly xid: number;
  readonly quarantined: number;
  readonly crossings: number;
}

/** @returns undefined when the position has moved meanwhile: nothing was written. */
export async function commit(
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  changes: Changes,
): Promise<Committed | undefined> {
  const parts = [
    moved(database, changes),
    ...insertedMerges(database, changes.newMerges),
    ...insertedFaults(database, changes.faults),
    ...savedAnalysis(database, changes),
    ...savedTriggers(database, changes.fold),
    ...announced(database, tables, changes.fold),
  ];
  const counted = (name: string, rows: readonly unknown[]): RawBuilder<unknown> =>
    rows.length === 0 ? sql`0` : sql`(select count(*) from ${sql.raw(name)})`;
  const statement = sql<{
    xid: string | number | null;
    quarantined: string | number;
    crossings: string | number;
  }>`
    with ${sql.join(parts)}
    select (select written_xid from moved) as xid, ${counted('faults', changes.faults)} as quarantined,
      ${counted('crossed', changes.fold.crossings)} as crossings`;
  const [row] = await statement.execute(database.kysely).then(({ rows }) => rows, overtakenIfSerialized);
  if (row === undefined || row.xid === null) return undefined;
  const { xid, quarantined, crossings } = row;
  return { xid: toInteger(xid), quarantined: toInteger(quarantined), crossings: toInteger(crossings) };
}

/** Where a role's transactions are serializable by default, this is how the server says that another one was faster. */
function overtakenIfSerialized(error: unknown): readonly never[] {
  if (error instanceof Error && 'code' in error && error.code === '40001') return [];
  throw error;
}

type Part = RawBuilder<unknown>;

/** First of all: it waits for others, and locks the own tables before the outbox, by which an analyzer is known. */
function moved(database: AnalyzerDatabase, { revision, place, previous, merges }: Changes): Part {
  return sql`moved as (
    update ${sql.table(`${database.ownSchema}.log_position`)} set revision = revision + 1,
      ${placeOf(place)} merges = ${merges}::bigint,
      newest_created_at = ${previous?.createdAt ?? null}::timestamptz, newest_event_id = ${previous?.eventId ?? null}::text,
      written_xid = pg_current_xact_id()::text::bigint
    where revision = ${revision}::bigint returning written_xid)`;
}

function placeOf(place: LogPlace | undefined): Part {
  switch (place?.kind) {
    case undefined:
      return sql``;
    case 'id': {
      const { readId, seenXid, outboxFiles, note } = place;
      const writers = note === null ? null : textArray(note.writers);
      return sql`log_order = 'id', read_id = ${readId}::bigint, seen_xid = ${seenXid}::bigint,
        outbox_files = ${textArray(outboxFiles)}::text[], noted_id = ${note?.id ?? null}::bigint, noted_writers = ${writers}::text[],`;
    }
    case 'transaction':
      return sql`log_order = 'transaction', after_xid = ${place.xid}::bigint,
        after_created_at = ${place.createdAt}::timestamptz, after_id = ${place.id}::text, seen_xid = ${place.seenXid}::bigint,`;
  }
}

/** A work item that is there already breaks the key, and the commit with it. */
function insertedMerges(database: AnalyzerDatabase, merges: readonly Merge[]): readonly Part[] {
  const [first] = merges;
  if (first === undefined) return [];
  const texts = (toText: (merge: Merge) => string) => sql`${textArray(merges.map(toText))}::text[]`;
  const attempts = `{${merges.map((merge) => merge.attempts).join(',')}}`;
  const conflicts = `{${merges.map((merge) => (merge.isRebaseConflict ? 't' : 'f')).join(',')}}`;
  return [
    sql`inserted as (
      insert into ${sql.table(`${database.ownSchema}.merge`)}
        (work_item_id, ordinal, event_id, project, attempts, is_rebase_conflict, merged_at)
      select work_item_id, ${first.ordinal - 1}::bigint + place, event_id, project, attempts, is_rebase_conflict, merged_at
      from moved, unnest(${texts((merge) => merge.workItemId)}, ${texts((merge) => merge.eventId)},
        ${texts((merge) => merge.project)}, ${attempts}::integer[], ${conflicts}::boolean[],
        ${texts((merge) => merge.mergedAt)}) with ordinality
        as row(work_item_id, event_id, project, attempts, is_rebase_conflict, merged_at, place))`,
  ];
}

/** An array as PostgreSQL writes it: the driver would quote each element with three replacements. */
function textArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${/["\\]/.test(text) ? text.replaceAll(/(["\\])/g, '\\$1') : text}"`).join(',')}}`;
}

function insertedFaults(database: AnalyzerDatabase, faults: readonly QuarantinedEvent[]): readonly Part[] {
  if (faults.length === 0) return [];
  return [
    sql`faults as (
      insert into ${sql.table(`${database.ownSchema}.quarantine`)} (event_id, work_item_id, reason, detail)
      select row.* from moved, ${quarantinedRows(faults)} on conflict do nothing returning 1)`,
  ];
}

function savedAnalysis(database: AnalyzerDatabase, { analysis }: Changes): readonly Part[] {
  if (analysis === undefined) return [];
  const { version, rules, ordinal, announcedOrdinal } = analysis;
  return [
    sql`analysed as (
      insert into ${sql.table(`${database.ownSchema}.analysis`)} (configuration_version, ordinal, announced_ordinal, revision, rules)
      select ${version}, ${ordinal}::bigint, ${announcedOrdinal}::bigint, written_xid, ${rules} from moved
      on conflict (configuration_version) do update set ordinal = excluded.ordinal,
        announced_ordinal = excluded.announced_ordinal, revision = excluded.revision, rules = excluded.rules)`,
  ];
}

/** Unknown is not kept: it is what a scope without a row has. */
function savedTriggers(database: AnalyzerDatabase, { triggers, version }: FoldChanges): readonly Part[] {
  const rows = [...triggers].flatMap(([scope, states]) =>
    Object.entries(states)
      .filter(([, state]) => state !== 'unknown')
      .map(([rate, state]) => ({ scope, rate, state })),
  );
  if (rows.length === 0) return [];
  return [
    sql`triggered as (
      insert into ${sql.table(`${database.ownSchema}.trigger_state`)} (configuration_version, scope, rate, state)
      select ${version}, scope, rate, state
      from moved, json_to_recordset(${JSON.stringify(rows)}::text::json) as row(scope text, rate text, state text)
      on conflict (configuration_version, scope, rate) do update set state = excluded.state)`,
  ];
}

/**
 * Events into the outbox: snapshots first, so that a crossing has a larger id than its merge's snapshot, by which
 * history finds it. A crossing's event is written if its identity was new, and the primary key decides which are.
 */
function announced(
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  fold: FoldChanges,
): readonly Part[] {
  const { snapshots, crossings } = fold;
  if (snapshots.length === 0 && crossings.length === 0) return [];
  const sources = [
    ...(snapshots.length === 0 ? [] : [snapshotSource(tables, fold)]),
    ...(crossings.length === 0 ? [] : [CROSSING_SOURCE]),
  ];
  return [
    ...(crossings.length === 0 ? [] : crossedParts(database, fold)),
    sql`announced as (
      ${insertInto(database, tables)}
      select ${outboxValues(tables)} from (${sql.join(sources, sql` union all `)}) announced ${joinWorkItem(tables)}
      order by announced.place)`,
  ];
}

/**
 * A payload a line, beside its work item: as elements of one document each payload would be taken apart and put
 * together again, which cost the server twice as much. JSON has no line breaks of its own.
 */
function snapshotSource({ outbox }: OrchestratorTables, { snapshots }: FoldChanges): Part {
  // Each costs the server two microseconds, also where nobody takes it.
  const id = outbox.id.isFilledIn ? sql`null::text` : sql`gen_random_uuid()::text`;
  const payloads = snapshots.map((snapshot) => JSON.stringify(snapshot)).join('\n');
  const workItemIds = textArray(snapshots.map(({ merge }) => merge.work_item_id));
  return sql`select ${id} as id, ${METRIC_SNAPSHOT}::text as kind, work_item_id, payload, place
    from moved, rows from (string_to_table(${payloads}::text, E'\\n'), unnest(${workItemIds}::text[]))
      with ordinality as element(payload, work_item_id, place)`;
}

const CROSSING_SOURCE: Part = sql`select event.id, ${THRESHOLD_CROSSED}::text as kind, event.work_item_id, event.payload, event.place
  from crossing_event event join crossed using (rate, scope, direction, merge_event_id, configuration_version)`;

function crossedParts(database: AnalyzerDatabase, { snapshots, crossings }: FoldChanges): readonly Part[] {
  const rows = crossings.map((payload, index) => ({
    place: snapshots.length + index + 1,
    id: randomUUID(),
    rate: payload.metric,
    scope: payload.scope,
    direction: payload.direction,
    merge_event_id: payload.merge_event_id,
    configuration_version: payload.configuration_version,
    work_item_id: payload.work_item_id,
    payload: JSON.stringify(payload),
  }));
  return [
    sql`crossing_event as (
      select row.* from moved, json_to_recordset(${JSON.stringify(rows)}::text::json) as row(
        place bigint, id text, rate text, scope text, direction text, merge_event_id text,
        configuration_version text, work_item_id text, payload text))`,
    sql`crossed as (
      insert into ${sql.table(`${database.ownSchema}.crossing`)} (rate, scope, direction, merge_event_id, configuration_version)
      select rate, scope, direction, merge_event_id, configuration_version from crossing_event
      on conflict do nothing returning rate, scope, direction, merge_event_id, configuration_version)`,
  ];
}

function insertInto({ orchestratorSchema }: AnalyzerDatabase, { outbox }: OrchestratorTables): Part {
  const id = outbox.id.isFilledIn ? sql`` : sql`id, `;
  return sql`insert into ${sql.table(`${orchestratorSchema}.events_outbox`)} (${id}kind, work_item_id, payload, created_at)`;
}

/**
 * The event carries the merge's work item, so that a column that must refer to one can. A work item that is gone is
 * left out; where the column may not be null, so is the event.
 */
function joinWorkItem({ outbox, workItemReference: reference }: OrchestratorTables): Part {
  if (reference === undefined) return sql``;
  const kind = reference.isNullable ? sql`left join` : sql`join`;
  return sql`${kind} ${sql.raw(reference.table)} referred
    on referred.${sql.raw(reference.column)} = announced.work_item_id::${sql.raw(outbox.work_item_id.type)}`;
}

function outboxValues(tables: OrchestratorTables): Part {
  const { outbox, workItemReference: reference } = tables;
  const type = (name: keyof typeof outbox): Part => sql.raw(outbox[name].type);
  const id = outbox.id.isFilledIn ? sql`` : sql`announced.id::${type('id')}, `;
  const workItemId =
    reference === undefined
      ? sql`announced.work_item_id::${type('work_item_id')}`
      : sql`referred.${sql.raw(reference.column)}`;
  return sql`${id}announced.kind::${type('kind')}, ${workItemId}, announced.payload::${type('payload')}, ${toCreatedAt(tables, sql`now()`)}`;
}
