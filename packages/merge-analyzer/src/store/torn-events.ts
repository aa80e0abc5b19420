/**
 * Texts that begin and end like an event of the analyzer and that the server cannot read as JSON: torn, or somebody
 * else's. Whether it can be read is known only by trying, which ends the statement; so ranges of ids are tried, and
 * halved where one fails. Asked after a recovery has failed, and never before: it reads all events again.
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { METRIC_EVENT_KINDS } from '../events/metric-events.ts';
import type { OrchestratorTables } from '../log/orchestrator-tables.ts';

/** Whether a payload of another type than jsonb may be an event of ours. Anything else is never cast. */
export const LOOKS_LIKE_OURS: RawBuilder<boolean> = sql<boolean>`(payload::text ~ '^\\{"(merge|metric)":.*"(analyzer|configuration)_version":"[^"]*"\\}$'
  and payload::text not like '%\\u0000%')`;

/** Runs a part of a transaction that may fail without ending it. Undefined when the server could not read a value. */
export async function unlessUnreadable<Result>(
  transaction: Transaction<OwnTables>,
  run: () => Promise<Result>,
): Promise<Result | undefined> {
  await sql`savepoint readable`.execute(transaction);
  try {
    const result = await run();
    await sql`release savepoint readable`.execute(transaction);
    return result;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    await sql`rollback to savepoint readable`.execute(transaction);
    return undefined;
  }
}

/** A value that is not what it looks like, too large a number, or nested too deep. */
function isUnreadable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(22|54)...$/.test(String(error.code));
}

/** Ids after the first, up to the second; null is no limit. */
type Range = readonly [after: string | null, upTo: string | null];

/** The ids of such events, as text. */
export async function tornEvents(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
): Promise<readonly string[]> {
  const torn: string[] = [];
  const left: Range[] = [[null, null]];
  for (let range = left.pop(); range !== undefined; range = left.pop()) {
    const events = eventsIn(database, tables, range);
    const isRead = await unlessUnreadable(transaction, () =>
      sql`select count(payload::jsonb) ${events}`.execute(transaction),
    );
    if (isRead !== undefined) continue;
    const { rows } = await sql<{ count: string | number; middle: string }>`
      with event as materialized (select id ${events})
      select (select count(*) from event) as count, id::text as middle
      from event order by id offset (select (count(*) - 1) / 2 from event) limit 1`.execute(transaction);
    const [{ count, middle } = { count: 0, middle: '' }] = rows;
    if (toInteger(count) === 1) torn.push(middle);
    else if (toInteger(count) > 1) left.push([middle, range[1]], [range[0], middle]);
  }
  return torn;
}

function eventsIn(
  { orchestratorSchema }: AnalyzerDatabase,
  { outbox }: OrchestratorTables,
  [after, upTo]: Range,
): RawBuilder<unknown> {
  const type = sql.raw(outbox.id.type);
  const kinds = sql.join(METRIC_EVENT_KINDS.map((kind) => sql.lit(kind)));
  // Looked at first, and by itself: the server may cast before it compares.
  return sql`from (
    select id, case when ${LOOKS_LIKE_OURS} then payload end as payload
    from ${sql.table(`${orchestratorSchema}.events_outbox`)}
    where kind in (${kinds}) ${after === null ? sql`` : sql`and id > ${after}::${type}`}
      ${upTo === null ? sql`` : sql`and id <= ${upTo}::${type}`} offset 0
  ) event`;
}
