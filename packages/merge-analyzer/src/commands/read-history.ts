/** `merges history`: how a rate moved, from the analyzer's events in the outbox alone. */
import type { MergeRate } from '@ephemetry/contract';
import { type RawBuilder, sql } from 'kysely';
import type { MergeAnalyzer } from '../analyzer/merge-analyzer.ts';
import { toInteger } from '../database/own-tables.ts';
import { METRIC_SNAPSHOT, type RateReading, THRESHOLD_CROSSED } from '../events/metric-events.ts';
import { formatScope, type Scope } from '../fold/crossing.ts';
import { hasScope, type RateDefinition } from '../fold/rate-definition.ts';
import { isIntegerType } from '../log/orchestrator-tables.ts';

/** Which history. */
export interface HistoryOptions {
  readonly rate: MergeRate;
  /** @default the global scope */
  readonly scope?: Scope;
  /** Merges, newest first. @default 100 */
  readonly limit?: number;
}

/** A rate after one merge. */
export interface HistoryEntry extends RateReading {
  readonly ordinal: number;
  readonly mergeEventId: string;
  readonly workItemId: string;
  readonly mergedAt: string;
  /** Whose rate it is: a project with too few merges has the global one. */
  readonly source: 'project' | 'global';
  /** The threshold that this merge crossed. */
  readonly crossed: 'up' | 'down' | null;
}

/** Merges that {@link readHistory} shows to whoever names no limit. */
export const HISTORY_LIMIT = 100;

/**
 * A rate after each of the newest merges of a scope, newest first.
 *
 * @throws RangeError when the rate has no such scope: `first_pass_merge_rate` is global only.
 * @example
 * ```ts
 * import { createOrchestratorTables, openMergeAnalyzer, openPglite, readHistory } from '@ephemetry/merge-analyzer';
 *
 * const database = openPglite(); // or openPostgresql({ url: 'postgres://…' })
 * await createOrchestratorTables(database); // only where no orchestrator has made them
 * const analyzer = await openMergeAnalyzer(database);
 * const entries = await readHistory(analyzer, { rate: 'first_pass_merge_rate', limit: 10 });
 * await database.close();
 * ```
 */
export async function readHistory(
  analyzer: Pick<MergeAnalyzer, 'database' | 'configuration' | 'tables'>,
  options: HistoryOptions,
): Promise<readonly HistoryEntry[]> {
  const { rate, scope = { kind: 'global' }, limit = HISTORY_LIMIT } = options;
  const { database, configuration, tables } = analyzer;
  assertScope(configuration.rates[rate], scope);
  const outbox = sql.table(`${database.orchestratorSchema}.events_outbox`);
  const payload: RawBuilder<unknown> = ['json', 'jsonb'].includes(tables.outbox.payload.type)
    ? sql`o.payload`
    : sql`o.payload::jsonb`;
  const ofProject =
    scope.kind === 'global' ? sql`` : sql`and ${payload} -> 'merge' ->> 'project' = ${scope.project}`;
  // Snapshots are written in the order of their merges: with ids that count, the newest are found by id.
  const counts = isIntegerType(tables.outbox.id.type);
  const newestFirst = counts ? sql`o.id` : sql`(${payload} -> 'merge' ->> 'ordinal')::bigint`;
  const { rows } = await sql<HistoryRow>`
    with snapshot as materialized (
      select o.id, ${payload} -> 'merge' as merge,
        ${payload} -> 'rates' -> ${rate}::text -> ${scope.kind}::text as reading
      from ${outbox} o
      where o.kind = ${METRIC_SNAPSHOT} and ${payload} ->> 'configuration_version' = ${configuration.version}
        ${ofProject}
      order by ${newestFirst} desc limit ${limit}::int
    ), crossed as materialized (
      select ${payload} ->> 'merge_event_id' as event_id, ${payload} ->> 'direction' as direction
      from ${outbox} o
      where ${counts ? sql`o.id > (select min(snapshot.id) from snapshot) and` : sql``}
        o.kind = ${THRESHOLD_CROSSED} and ${payload} ->> 'metric' = ${rate}
        and ${payload} ->> 'scope' = ${formatScope(scope)}
        and ${payload} ->> 'configuration_version' = ${configuration.version}
    )
    select merge ->> 'ordinal' as ordinal, merge ->> 'event_id' as event_id,
      merge ->> 'work_item_id' as work_item_id, merge ->> 'merged_at' as merged_at,
      reading ->> 'value' as value, reading -> 'fraction' ->> 'numerator' as numerator,
      reading -> 'fraction' ->> 'denominator' as denominator, reading ->> 'n' as n,
      reading ->> 'window' as window_size, reading ->> 'source' as source, crossed.direction as crossed
    from snapshot left join crossed on crossed.event_id = merge ->> 'event_id'
    order by (merge ->> 'ordinal')::bigint desc`.execute(database.kysely);
  return rows.map((row) => toEntry(row, scope));
}

/**
 * Refuses a scope that a rate does not have.
 *
 * @throws RangeError naming the rate and the scope it has.
 */
export function assertScope(rate: RateDefinition, scope: Scope): void {
  if (scope.kind === 'project' && !hasScope(rate, scope)) {
    throw new RangeError(`${rate.name} is a global rate: it has no value for the project ${scope.project}.`);
  }
}

interface HistoryRow {
  ordinal: string;
  event_id: string;
  work_item_id: string;
  merged_at: string;
  value: string | null;
  numerator: string | null;
  denominator: string | null;
  n: string;
  window_size: string;
  source: string | null;
  crossed: string | null;
}

function toEntry(row: HistoryRow, scope: Scope): HistoryEntry {
  const { numerator, denominator } = row;
  return {
    ordinal: toInteger(row.ordinal),
    mergeEventId: row.event_id,
    workItemId: row.work_item_id,
    mergedAt: row.merged_at,
    value: row.value === null ? null : Number(row.value),
    fraction:
      numerator === null || denominator === null
        ? null
        : { numerator: Number(numerator), denominator: Number(denominator) },
    n: Number(row.n),
    window: Number(row.window_size),
    source: row.source === 'global' || row.source === 'project' ? row.source : scope.kind,
    crossed: row.crossed === 'up' || row.crossed === 'down' ? row.crossed : null,
  };
}
