/**
 * Completes what merge events leave out from their work items. Work items change later, and a changed one
 * says nothing about the moment of the merge; so a work item is believed only if the log holds no transition
 * of it after the merge. Otherwise the fact is unknown, and the event is quarantined instead of guessed.
 */
import { sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';
import type { LogPosition } from './log-position.ts';
import {
  describeAttempts,
  isAttempts,
  isProject,
  type MergeEvent,
  NAME_LIMIT_BYTES,
  type QuarantinedEvent,
  quarantine,
  REBASE_CONFLICT,
} from './merge-event.ts';
import { createdAtOf, isIntegerType, type OrchestratorTables } from './orchestrator-tables.ts';
import { fullXid, isMerge, isOfOthers } from './outbox-rows.ts';

/** What the rates need of a merge, all known. */
interface MergeFacts {
  readonly eventId: string;
  readonly workItemId: string;
  readonly mergedAt: string;
  readonly project: string;
  readonly attempts: number;
  readonly isRebaseConflict: boolean;
}

/** A merge with all of its facts, or the reason why it has none. */
export type CompletedMerge =
  | { readonly kind: 'merge'; readonly facts: MergeFacts }
  | { readonly kind: 'quarantined'; readonly event: QuarantinedEvent };

/** What is read of a work item. */
interface WorkItem {
  readonly attempts: number | null;
  readonly verdict: string | null;
  readonly project: string | null;
  readonly hasMovedOn: boolean;
}

/** Completes these events in their order. Asks the database only if one of them leaves something out. */
export async function completeMerges(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  position: LogPosition,
  events: readonly MergeEvent[],
): Promise<readonly CompletedMerge[]> {
  const incomplete = events.filter((event) => !isComplete(event));
  const items =
    incomplete.length === 0
      ? new Map<string, WorkItem>()
      : await readWorkItems(transaction, database, tables, position, incomplete);
  return events.map((event) => completeMerge(event, items.get(event.workItemId)));
}

/** One event with its work item. Pure. */
function completeMerge(event: MergeEvent, item: WorkItem | undefined): CompletedMerge {
  const { eventId, workItemId, mergedAt } = event;
  const fault = (reason: QuarantinedEvent['reason'], what: string): CompletedMerge => ({
    kind: 'quarantined',
    event: quarantine(event.row, reason, what),
  });
  if (!isComplete(event)) {
    const missing = missingFacts(event).join(', ');
    if (item === undefined) {
      return fault('facts-unknown', `its payload says nothing of ${missing}, and there is no such work item`);
    }
    if (item.hasMovedOn) {
      return fault(
        'facts-unknown',
        `its payload says nothing of ${missing}, and the work item changed after this merge`,
      );
    }
  }
  const attempts = event.attempts ?? item?.attempts;
  if (!isAttempts(attempts)) return fault('attempts', describeAttempts(attempts ?? null));
  const project = event.project ?? item?.project ?? '';
  if (!isProject(project)) {
    const what = `neither its payload nor its work item names a project of ${NAME_LIMIT_BYTES} bytes`;
    return fault('project', what);
  }
  const verdict = event.verdict === undefined ? item?.verdict : event.verdict;
  const isRebaseConflict = verdict === REBASE_CONFLICT;
  return { kind: 'merge', facts: { eventId, workItemId, mergedAt, project, attempts, isRebaseConflict } };
}

function isComplete(event: MergeEvent): boolean {
  return missingFacts(event).length === 0;
}

function missingFacts({ attempts, verdict, project }: MergeEvent): readonly string[] {
  return [
    ...(attempts === undefined ? ['attempts'] : []),
    ...(verdict === undefined ? ['last_verdict'] : []),
    ...(project === undefined ? ['project'] : []),
  ];
}

/**
 * All later transitions of the item lie above `scanAfterId`: what is at or below it was read before. Later is what
 * the log has after the merge, and what was written after it, where ids tell: a transaction that began before the
 * merge may re-open the item after it.
 */
async function readWorkItems(
  transaction: Transaction<OwnTables>,
  { orchestratorSchema }: AnalyzerDatabase,
  tables: OrchestratorTables,
  { scanAfterId, xmax }: LogPosition,
  events: readonly MergeEvent[],
): Promise<ReadonlyMap<string, WorkItem>> {
  const { outbox, workItems } = tables;
  const idType = sql.raw(outbox.id.type);
  const isWrittenLater = isIntegerType(outbox.id.type) ? sql`or o.id > asked.event_id::${idType}` : sql``;
  const canBeKey =
    workItems.id.type === outbox.work_item_id.type ? () => true : KEY_CHECKS.get(workItems.id.type);
  const isAsked =
    canBeKey === undefined
      ? sql`i.id::text = asked.work_item_id`
      : sql`i.id = asked.key::${sql.raw(workItems.id.type)}`;
  const asked = events.map(({ workItemId, row: { place } }) => ({
    work_item_id: workItemId,
    key: canBeKey?.(workItemId) ? workItemId : null,
    xid: place.xid,
    created_at: place.createdAt,
    event_id: place.id,
  }));
  const { rows } = await sql<WorkItemRow>`
    select asked.work_item_id, i.attempts::text as attempts, i.last_verdict::text as verdict,
      i.project::text as project,
      exists (
        select 1 from ${sql.table(`${orchestratorSchema}.events_outbox`)} o
        where ${scanAfterId === null ? sql`` : sql`o.id > ${scanAfterId}::${idType} and`}
          o.work_item_id = asked.work_item_id::${sql.raw(outbox.work_item_id.type)}
          and ${isOfOthers()}
          and not ${isMerge(outbox.payload.type)}
          and ((${fullXid(xmax)}, coalesce(${createdAtOf(tables)}, '-infinity'), o.id)
            > (asked.xid, asked.created_at::timestamptz, asked.event_id::${idType}) ${isWrittenLater})
      ) as has_moved_on
    from json_to_recordset(${JSON.stringify(asked)}::text::json)
      as asked(work_item_id text, key text, xid bigint, created_at text, event_id text)
    join ${sql.table(`${orchestratorSchema}.work_items`)} i
      on ${isAsked}`.execute(transaction);
  return new Map(
    rows.map(({ work_item_id, attempts, verdict, project, has_moved_on }) => [
      work_item_id,
      { attempts: attempts === null ? null : Number(attempts), verdict, project, hasMovedOn: has_moved_on },
    ]),
  );
}

/**
 * Which texts are keys of a type, where the outbox has another one: the cast of any other text would end the step.
 * Keys of types that are not here are compared as texts, which no index helps with.
 */
const KEY_CHECKS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['uuid', (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)],
  ['bigint', (text) => isIntegerOf(64, text)],
  ['integer', (text) => isIntegerOf(32, text)],
]);

function isIntegerOf(bits: number, text: string): boolean {
  return /^-?[0-9]{1,19}$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text);
}

interface WorkItemRow {
  work_item_id: string;
  attempts: string | null;
  verdict: string | null;
  project: string | null;
  has_moved_on: boolean;
}
