/** `merges import <file.jsonl>`: merges from elsewhere, written into the outbox as the events they would have been. */
import { sql } from 'kysely';
import type { StepReport } from '../analyzer/analyze.ts';
import type { MergeAnalyzer } from '../analyzer/merge-analyzer.ts';
import { isAttempts, isProject, isStorable, NAME_LIMIT_BYTES } from '../log/merge-event.ts';
import { type OrchestratorTables, toCreatedAt } from '../log/orchestrator-tables.ts';
import { mayBeKeyOf } from '../log/work-items.ts';
import { knownWorkItems } from '../store/merge-table.ts';

/** What became of the lines. Every line that is not empty is imported, known or refused. */
export interface ImportReport {
  readonly imported: number;
  /** Work items that had merged already: importing a file again adds nothing. */
  readonly known: number;
  readonly refused: readonly RefusedLine[];
  /** Of those that were imported, what does not count, whichever analyzer set it aside. */
  readonly leftOut: readonly LeftOutMerge[];
  /** What the analysis made of them. */
  readonly analyzed: StepReport;
}

/** A line that is not a merge. */
export interface RefusedLine {
  /** From 1. */
  readonly line: number;
  /** What was found and what is allowed. */
  readonly reason: string;
}

/** A merge that was written and is set aside all the same, as one is whose time is before that of the merge before it. */
export interface LeftOutMerge {
  readonly eventId: string;
  readonly workItemId: string | null;
  /** In one word. */
  readonly reason: string;
  /** In a sentence. */
  readonly detail: string;
}

/** A line, read. */
interface ImportedMerge {
  readonly line: number;
  readonly workItemId: string;
  readonly project: string;
  readonly attempts: number;
  readonly verdict: string | null;
  readonly mergedAt: string;
}

/** The kind of the events that are written. */
const MERGE_IMPORTED = 'merge.imported';

const BATCH_LINES = 5_000;

/** Without one, each machine that imports a file would make another time of it. */
const HAS_ZONE = /(Z|GMT|UTC?|[+-][0-9]{2}:?[0-9]{2})\s*$/i;

/** PostgreSQL knows no year 0 and writes those before it in another way. */
const YEAR_1 = Date.parse('0001-01-01T00:00:00Z');

/**
 * Imports a history, one JSON object a line, in the order in which the merges happened:
 * `{"work_item_id":"w1","project":"alpha","attempts":1,"last_verdict":"approve","merged_at":"2026-01-31T12:00:00Z"}`.
 *
 * The log has one order and never changes its past, so a line that is older than what was counted before it
 * is refused: import before the first live merge. Work items that merged already are skipped.
 *
 * @throws what the database throws, for example when `work_item_id` must refer to a work item that is not there.
 * @param lines - iterated only after the log is read to its end. A `readline` interface made before the call has
 *   emitted its lines by then: make it inside a generator.
 *
 * @example
 * ```ts
 * import { createOrchestratorTables, importMerges, openMergeAnalyzer, openPglite } from '@ephemetry/merge-analyzer';
 *
 * const database = openPglite(); // or openPostgresql({ url: 'postgres://…' })
 * await createOrchestratorTables(database); // only where no orchestrator has made them
 * const analyzer = await openMergeAnalyzer(database);
 * const report = await importMerges(analyzer, [
 *   '{"work_item_id":"w1","project":"alpha","attempts":1,"merged_at":"2026-01-31T12:00:00Z"}',
 * ]);
 * console.log(report.imported, report.refused); // 1 []
 * await database.close();
 * ```
 */
export async function importMerges(
  analyzer: MergeAnalyzer,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<ImportReport> {
  await analyzer.analyze({ isWhole: true });
  const since = await clockOf(analyzer);
  const refused: RefusedLine[] = [];
  const counts = { imported: 0, known: 0 };
  let newest = await newestMergeRead(analyzer);
  let batch: ImportedMerge[] = [];
  const flush = async (): Promise<void> => {
    const known = await workItemsMergedBefore(analyzer, batch);
    const fresh: ImportedMerge[] = [];
    for (const merge of batch) {
      if (known.has(merge.workItemId)) {
        counts.known += 1;
      } else if (Date.parse(merge.mergedAt) < newest) {
        const before = new Date(newest).toISOString();
        refused.push({
          line: merge.line,
          reason: `merged_at ${merge.mergedAt} is before ${before}, the newest merge event so far`,
        });
      } else {
        known.add(merge.workItemId);
        newest = Date.parse(merge.mergedAt);
        fresh.push(merge);
      }
    }
    await writeEvents(analyzer, fresh);
    counts.imported += fresh.length;
    batch = [];
  };
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === '') continue;
    const read = readLine(analyzer.tables, text, line);
    if ('reason' in read) refused.push(read);
    else batch.push(read);
    if (batch.length === BATCH_LINES) await flush();
  }
  await flush();
  // Their times are those of the merges: a look into the near past would find none of them.
  const analyzed = await analyzer.analyze({ isWhole: true });
  return { ...counts, refused, leftOut: await leftOutSince(analyzer, since), analyzed };
}

function readLine({ outbox }: OrchestratorTables, text: string, line: number): ImportedMerge | RefusedLine {
  const refuse = (reason: string): RefusedLine => ({ line, reason });
  const parsed = parseObject(text);
  if (parsed === undefined) return refuse('not a JSON object');
  const {
    work_item_id: workItemId,
    project,
    attempts,
    last_verdict: verdict = null,
    merged_at: mergedAt,
  } = parsed;
  if (typeof workItemId !== 'string' || !isProject(workItemId)) {
    return refuse(notAName('work_item_id', workItemId));
  }
  const column = outbox.work_item_id;
  if (column.longest !== null && [...workItemId].length > column.longest) {
    return refuse(
      `work_item_id has ${[...workItemId].length} characters; events_outbox holds ${column.longest}`,
    );
  }
  if (!mayBeKeyOf(column.type, workItemId)) {
    return refuse(`work_item_id is ${shown(workItemId)}; events_outbox.work_item_id is ${column.type}`);
  }
  if (typeof project !== 'string' || !isProject(project)) return refuse(notAName('project', project));
  if (!isAttempts(attempts)) {
    return refuse(`attempts is ${JSON.stringify(attempts)}; allowed: a whole number, 1 or more`);
  }
  if (verdict !== null && (typeof verdict !== 'string' || !isStorable(verdict))) {
    return refuse(`last_verdict is ${shown(verdict)}; allowed: text, or null`);
  }
  // Said this way round for what is no time at all.
  if (typeof mergedAt !== 'string' || !(Date.parse(mergedAt) >= YEAR_1)) {
    return refuse(`merged_at is ${JSON.stringify(mergedAt)}; allowed: a time in ISO 8601, from the year 1`);
  }
  if (!HAS_ZONE.test(mergedAt)) {
    return refuse(`merged_at ${mergedAt} has no zone; allowed: an end like Z or +02:00`);
  }
  if (Date.parse(mergedAt) > Date.now()) return refuse(`merged_at ${mergedAt} is in the future`);
  return { line, workItemId, project, attempts, verdict, mergedAt: new Date(mergedAt).toISOString() };
}

function notAName(field: string, given: unknown): string {
  const isLong = typeof given === 'string' && Buffer.byteLength(given) > NAME_LIMIT_BYTES;
  const wrong = isLong ? `has ${Buffer.byteLength(given)} bytes` : `is ${shown(given)}`;
  return `${field} ${wrong}; allowed: text of 1 to ${NAME_LIMIT_BYTES} bytes`;
}

function shown(given: unknown): string {
  if (given === undefined) return 'missing';
  return typeof given === 'object' ? 'not text' : JSON.stringify(given).slice(0, 100);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of the newest merge, and of the merge event read last, which need not count: a line before it would be set aside. */
async function newestMergeRead({ database }: MergeAnalyzer): Promise<number> {
  const own = (name: string) => sql.table(`${database.ownSchema}.${name}`);
  const { rows } = await sql<{ newest_ms: string | null }>`
    select (extract(epoch from greatest(newest_created_at,
      (select merged_at::timestamptz from ${own('merge')} order by ordinal desc limit 1))) * 1000)::text as newest_ms
    from ${own('log_position')}`.execute(database.kysely);
  return Math.floor(Number(rows[0]?.newest_ms ?? Number.NEGATIVE_INFINITY));
}

async function clockOf({ database }: MergeAnalyzer): Promise<string> {
  const { rows } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(database.kysely);
  return rows[0]?.now ?? '';
}

/** By the kind of their events, and by when they were set aside: another analyzer may have been faster. */
async function leftOutSince(
  { database, tables }: MergeAnalyzer,
  since: string,
): Promise<readonly LeftOutMerge[]> {
  const { rows } = await sql<{
    event_id: string;
    work_item_id: string | null;
    reason: string;
    detail: string;
  }>`
    select q.event_id, q.work_item_id, q.reason, q.detail
    from ${sql.table(`${database.ownSchema}.quarantine`)} q
    join ${sql.table(`${database.orchestratorSchema}.events_outbox`)} o
      on o.id = q.event_id::${sql.raw(tables.outbox.id.type)} and o.kind = ${MERGE_IMPORTED}
    where q.quarantined_at >= ${since}::timestamptz order by o.created_at, o.id`.execute(database.kysely);
  return rows.map(({ event_id, work_item_id, reason, detail }) => ({
    eventId: event_id,
    workItemId: work_item_id,
    reason,
    detail,
  }));
}

async function workItemsMergedBefore(
  { database }: MergeAnalyzer,
  batch: readonly ImportedMerge[],
): Promise<Set<string>> {
  const ids = batch.map(({ workItemId }) => workItemId);
  return new Set(await knownWorkItems(database, ids));
}

async function writeEvents(
  { database, tables }: MergeAnalyzer,
  merges: readonly ImportedMerge[],
): Promise<void> {
  if (merges.length === 0) return;
  const rows = merges.map(({ workItemId, project, attempts, verdict, mergedAt }, position) => ({
    position,
    id: crypto.randomUUID(),
    work_item_id: workItemId,
    payload: { target: 'merged', attempts, last_verdict: verdict, project },
    created_at: mergedAt,
  }));
  const { outbox } = tables;
  const id = outbox.id.isFilledIn
    ? { column: sql``, value: sql`` }
    : { column: sql`id, `, value: sql`row.id::${sql.raw(outbox.id.type)}, ` };
  await sql`
    insert into ${sql.table(`${database.orchestratorSchema}.events_outbox`)}
      (${id.column}kind, work_item_id, payload, created_at)
    select ${id.value}${MERGE_IMPORTED}, row.work_item_id::${sql.raw(outbox.work_item_id.type)},
      row.payload::${sql.raw(outbox.payload.type)}, ${toCreatedAt(tables, sql`row.created_at`)}
    from json_to_recordset(${JSON.stringify(rows)}::text::json)
      as row(position integer, id text, work_item_id text, payload jsonb, created_at timestamptz)
    order by row.position`.execute(database.kysely);
}
