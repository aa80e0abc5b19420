/** `metrics`: where every rate stands now, how old the newest merge is, and what is left out. */
import { MERGE_RATES, type MergeRate } from '@ephemetry/contract';
import { sql, type Transaction } from 'kysely';
import type { StepReport } from '../analyzer/analyze.ts';
import type { MergeAnalyzer } from '../analyzer/merge-analyzer.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import {
  type ProjectConflictReading,
  type RateReading,
  readRates,
  type TriggeredReading,
} from '../events/metric-events.ts';
import { EMPTY_SCOPE } from '../fold/scope-state.ts';
import { readLogPosition } from '../log/log-position.ts';
import { fullXid, isOfOthers, mayBeMerge } from '../log/outbox-rows.ts';
import { type OldestTransaction, oldestTransaction } from '../log/writers.ts';
import { MERGE_COLUMNS, type MergeRow, toMerge } from '../store/merge-table.ts';
import { loadGlobalScope, loadProjectScopes } from '../store/scope-table.ts';
import { ANALYZER_VERSION } from '../version.ts';

/** Everything the operator's page shows; `--json` prints it as it is. */
export interface MetricsReport {
  /** The database's clock when this was read, ISO 8601. */
  readonly asOf: string;
  /** What was analyzed first; nothing without `catchUp`. */
  readonly analyzed: StepReport;
  /** Merges that count, all time. */
  readonly merges: number;
  readonly newestMerge: NewestMerge | null;
  readonly global: {
    readonly [MERGE_RATES.firstPassMergeRate]: TriggeredReading;
    readonly [MERGE_RATES.rebaseConflictRate]: TriggeredReading;
    readonly [MERGE_RATES.p95AttemptsToMerge]: RateReading;
  };
  /** By name. */
  readonly projects: readonly ProjectMetrics[];
  /** Merges in sight that wait for an older transaction to end: they are not in the rates yet. */
  readonly heldBack: number;
  /** The transaction that they wait for; null when none waits. */
  readonly heldBackBy: OldestTransaction | null;
  readonly quarantine: QuarantineReport;
  readonly configurationVersion: string;
  readonly analyzerVersion: string;
}

/** The merge that the rates end with. */
export interface NewestMerge {
  readonly eventId: string;
  readonly workItemId: string;
  readonly project: string;
  readonly mergedAt: string;
  /** Never negative: a time a little ahead of the database's clock is now. */
  readonly ageSeconds: number;
}

/** The rates of one project. */
export interface ProjectMetrics {
  readonly project: string;
  readonly [MERGE_RATES.rebaseConflictRate]: ProjectConflictReading;
  readonly [MERGE_RATES.p95AttemptsToMerge]: RateReading;
}

/** What is left out of the rates. */
export interface QuarantineReport {
  readonly count: number;
  /** The newest of them, at most 20. */
  readonly newest: readonly {
    readonly eventId: string;
    readonly workItemId: string | null;
    readonly reason: string;
    /** A sentence that names the event. */
    readonly detail: string;
  }[];
}

const SHOWN_QUARANTINED = 20;
const NOTHING_ANALYZED = { merges: 0, crossings: 0, quarantined: 0, hasMore: false };

/** How to read. */
export interface ReadMetricsOptions {
  /**
   * Whether what is new in the log is analyzed first. Beside a watch of the same analyzer it is not needed, and
   * the watch would not hear of what was analyzed so. @default true
   */
  readonly catchUp?: boolean;
}

/**
 * Catches up with the log, unless told otherwise, and reads every rate. The same figures as the service that analyzes on every merge
 * would give: both fold the same log.
 *
 * @example
 * ```ts
 * import { createOrchestratorTables, formatReading, openMergeAnalyzer, openPglite, readMetrics } from '@ephemetry/merge-analyzer';
 *
 * const database = openPglite(); // or openPostgresql({ url: 'postgres://…' })
 * await createOrchestratorTables(database); // only where no orchestrator has made them
 * const analyzer = await openMergeAnalyzer(database);
 * const report = await readMetrics(analyzer);
 * console.log(formatReading(report.global.first_pass_merge_rate)); // undefined (n=0/50)
 * await database.close();
 * ```
 */
export async function readMetrics(
  analyzer: MergeAnalyzer,
  { catchUp = true }: ReadMetricsOptions = {},
): Promise<MetricsReport> {
  const analyzed = catchUp ? await analyzer.analyze() : undefined;
  return await analyzer.database.kysely
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      // A rebuild truncates, which a snapshot of before it does not survive. LOCK takes no snapshot: the report
      // waits for a rebuild that has begun, and the next one waits for the report.
      const merge = sql.table(`${analyzer.database.ownSchema}.merge`);
      await sql`lock table ${merge} in access share mode`.execute(transaction);
      return await readReport(analyzer, transaction, analyzed);
    });
}

/** A reading as people see it: the number, or why there is none. */
export function formatReading({ value, n, window }: RateReading): string {
  return value === null ? `undefined (n=${n}/${window})` : String(value);
}

async function readReport(
  analyzer: MergeAnalyzer,
  transaction: Transaction<OwnTables>,
  analyzed: StepReport | undefined,
): Promise<MetricsReport> {
  const { database, configuration, tables } = analyzer;
  const position = await readLogPosition(transaction, database, tables);
  const global = await loadGlobalScope(transaction, database, configuration, position.merges);
  const names = await projectNames(analyzer, transaction);
  const scopes = await loadProjectScopes(transaction, database, configuration, position.merges, names);
  const heldBack = await countHeldBack(analyzer, transaction);
  const shared = readRates({ global, project: EMPTY_SCOPE }, configuration);
  return {
    asOf: position.now,
    analyzed: analyzed ?? { ...NOTHING_ANALYZED, mergesSoFar: position.merges },
    merges: position.merges,
    newestMerge: await newestMerge(analyzer, transaction, position.now),
    global: {
      [MERGE_RATES.firstPassMergeRate]: shared[MERGE_RATES.firstPassMergeRate].global,
      [MERGE_RATES.rebaseConflictRate]: shared[MERGE_RATES.rebaseConflictRate].global,
      [MERGE_RATES.p95AttemptsToMerge]: shared[MERGE_RATES.p95AttemptsToMerge].global,
    },
    projects: [...scopes].map(([project, scope]) => {
      const rates = readRates({ global, project: scope }, configuration);
      return {
        project,
        [MERGE_RATES.rebaseConflictRate]: rates[MERGE_RATES.rebaseConflictRate].project,
        [MERGE_RATES.p95AttemptsToMerge]: rates[MERGE_RATES.p95AttemptsToMerge].project,
      };
    }),
    heldBack,
    heldBackBy: heldBack === 0 ? null : await oldestTransaction(transaction, database),
    quarantine: await readQuarantine(analyzer, transaction),
    configurationVersion: configuration.version,
    analyzerVersion: ANALYZER_VERSION,
  };
}

/** Hops from name to name along the index: as many steps as projects, not as many as merges. */
async function projectNames(
  { database }: MergeAnalyzer,
  transaction: Transaction<OwnTables>,
): Promise<readonly string[]> {
  const merge = sql.table(`${database.ownSchema}.merge`);
  const { rows } = await sql<{ project: string }>`
    with recursive names as (
      (select project from ${merge} order by project limit 1)
      union all
      select (select m.project from ${merge} m where m.project > names.project order by m.project limit 1)
      from names where names.project is not null
    ) select project from names where project is not null`.execute(transaction);
  return rows.map(({ project }) => project);
}

async function newestMerge(
  { database }: MergeAnalyzer,
  transaction: Transaction<OwnTables>,
  now: string,
): Promise<NewestMerge | null> {
  const { rows } = await sql<MergeRow>`
    select ${MERGE_COLUMNS} from ${sql.table(`${database.ownSchema}.merge`)} m
    order by m.ordinal desc limit 1`.execute(transaction);
  const row = rows[0];
  if (row === undefined) return null;
  const { eventId, workItemId, project, mergedAt } = toMerge(row);
  const ageSeconds = Math.max(0, (Date.parse(now) - Date.parse(mergedAt)) / 1000);
  return { eventId, workItemId, project, mergedAt, ageSeconds };
}

async function countHeldBack(
  { database, tables }: MergeAnalyzer,
  transaction: Transaction<OwnTables>,
): Promise<number> {
  const { after, scanAfterId, xmax } = await readLogPosition(transaction, database, tables);
  const inReach =
    scanAfterId === null ? sql`` : sql`o.id > ${scanAfterId}::${sql.raw(tables.outbox.id.type)} and`;
  const { rows } = await sql<{ count: string | number }>`
    select count(*) as count from ${sql.table(`${database.orchestratorSchema}.events_outbox`)} o
    where ${inReach} ${isOfOthers()} and ${mayBeMerge(tables)} and ${fullXid(xmax)} > ${after.xid}::bigint`.execute(
    transaction,
  );
  return toInteger(rows[0]?.count ?? 0);
}

async function readQuarantine(
  { database }: MergeAnalyzer,
  transaction: Transaction<OwnTables>,
): Promise<QuarantineReport> {
  const quarantine = transaction.withSchema(database.ownSchema).selectFrom('quarantine');
  const counted = await quarantine.select((row) => row.fn.countAll().as('count')).executeTakeFirst();
  const rows = await quarantine
    .select(['event_id', 'work_item_id', 'reason', 'detail'])
    .orderBy('quarantined_at', 'desc')
    // All of one step have one time. Ids that count are texts here: the longer, the later.
    .orderBy(sql`length(event_id)`, 'desc')
    .orderBy('event_id', 'desc')
    .limit(SHOWN_QUARANTINED)
    .execute();
  return {
    count: toInteger(counted?.count ?? 0),
    newest: rows.map(({ event_id, work_item_id, reason, detail }) => ({
      eventId: event_id,
      workItemId: work_item_id,
      reason,
      detail,
    })),
  };
}

/** Whether a text names a rate. */
export function isMergeRate(text: string): text is MergeRate {
  return Object.values<string>(MERGE_RATES).includes(text);
}
