/** `merges`: where every rate stands now, how old the newest merge is, and what is left out. */
import { MERGE_RATES, type MergeRate } from '@ephemetry/contract';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { StepReport } from '../analyzer/analyze.ts';
import type { MergeAnalyzer } from '../analyzer/merge-analyzer.ts';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { type RateReading, type RatesReading, readRates } from '../events/metric-events.ts';
import { type AnalyzerConfiguration, ratesOf } from '../fold/configuration.ts';
import type { Merge } from '../fold/merge.ts';
import { mapRates } from '../fold/rate-definition.ts';
import { EMPTY_SCOPE, type ScopeState } from '../fold/scope-state.ts';
import { VERSION } from '../generated/version.ts';
import { countBeyond, readStoredPlace } from '../log/read-log.ts';
import { oldestTransaction } from '../log/writers.ts';
import { MERGE_COLUMNS, type MergeRow, toMerge } from '../store/merge-table.ts';
import { loadGlobalScope, loadProjectScopes } from '../store/scope-table.ts';
import { foldOutbox } from './fold-outbox.ts';
import { type Behind, type MergeReader, readBehind } from './merge-reader.ts';
import type {
  MetricsReport,
  NewestMerge,
  ProjectMetrics,
  QuarantineReport,
  ReadOnlyReport,
} from './metrics-report.ts';

const SHOWN_QUARANTINED = 20;
const NOTHING_ANALYZED = {
  merges: 0,
  crossings: 0,
  quarantined: 0,
  late: 0,
  hasMore: false,
  isHeldBack: false,
};

/** How to read. */
export interface ReadMetricsOptions {
  /**
   * Whether what is new in the log is analyzed first. Beside a watch of the same analyzer it is not needed, and
   * the watch would not hear of what was analyzed so. A reader never does. @default true
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
  analyzer: MergeAnalyzer | MergeReader,
  { catchUp = true }: ReadMetricsOptions = {},
): Promise<MetricsReport> {
  const isReader = 'because' in analyzer;
  const analyzed = catchUp && !isReader ? await analyzer.analyze() : undefined;
  return await analyzer.database.kysely
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (transaction) => {
      if (isReader && analyzer.rates === 'folded') return await readFolded(analyzer, transaction);
      // A rebuild truncates, which a snapshot of before it does not survive. LOCK takes no snapshot: the report
      // waits for a rebuild that has begun, and the next one waits for the report.
      const merge = sql.table(`${analyzer.database.ownSchema}.merge`);
      await sql`lock table ${merge} in access share mode`.execute(transaction);
      return await readStored(analyzer, transaction, analyzed);
    });
}

/** A reading as people see it: the number, or why there is none. */
export function formatReading({ value, n, window }: RateReading): string {
  return value === null ? `undefined (n=${n}/${window})` : String(value);
}

/** What an analyzer left in its own tables. */
async function readStored(
  analyzer: MergeAnalyzer | MergeReader,
  transaction: Transaction<OwnTables>,
  analyzed: StepReport | undefined,
): Promise<MetricsReport> {
  const { database, configuration, tables } = analyzer;
  const { merges, now, place } = await readStoredPlace(transaction, database, tables);
  const names = await projectNames(database, transaction);
  const isReader = 'because' in analyzer;
  const heldBack = isReader ? 0 : await countBeyond({ asker: transaction, database, tables }, place);
  return {
    asOf: now,
    analyzed: analyzed ?? { ...NOTHING_ANALYZED, mergesSoFar: merges },
    merges,
    newestMerge: toNewestMerge(await newestMerge(database, transaction), now),
    ...readScopes(
      await loadGlobalScope(transaction, database, configuration, merges),
      await loadProjectScopes(transaction, database, configuration, merges, names),
      configuration,
    ),
    heldBack,
    heldBackBy: heldBack === 0 ? null : await oldestTransaction(transaction, database, tables),
    quarantine: await readQuarantine(database, transaction),
    readOnly: isReader
      ? describeReader(analyzer, await readBehind(analyzer, transaction, place, isCounted(database)))
      : null,
    warnings: analyzer.warnings,
    configurationVersion: configuration.version,
    analyzerVersion: VERSION,
  };
}

/** What an analyzer would find, up to the oldest transaction that is still running. */
async function readFolded(reader: MergeReader, transaction: Transaction<OwnTables>): Promise<MetricsReport> {
  const { configuration } = reader;
  const folded = await foldOutbox(reader, transaction, SHOWN_QUARANTINED);
  const { now, merges, state, place } = folded;
  const projects = [...state.projects].sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    asOf: now,
    analyzed: { ...NOTHING_ANALYZED, mergesSoFar: merges },
    merges,
    newestMerge: toNewestMerge(folded.newestMerge, now),
    ...readScopes(state.global, projects, configuration),
    heldBack: 0,
    heldBackBy: null,
    quarantine: {
      count: folded.quarantined,
      newest: folded.newestQuarantined.map(({ eventId, workItemId, reason, detail }) => ({
        eventId,
        workItemId,
        reason,
        detail,
      })),
    },
    readOnly: describeReader(reader, await readBehind(reader, transaction, place, sql<boolean>`false`)),
    warnings: reader.warnings,
    configurationVersion: configuration.version,
    analyzerVersion: VERSION,
  };
}

function describeReader(reader: MergeReader, behind: Behind): ReadOnlyReport {
  const { because, rates, grants, otherOwnSchema } = reader;
  return { because, rates, grants, otherOwnSchema, behind };
}

/** Whether the work item of a row `o` is in the rates, or was set aside. */
function isCounted({ ownSchema }: AnalyzerDatabase): RawBuilder<boolean> {
  const own = (name: string) => sql.table(`${ownSchema}.${name}`);
  return sql<boolean>`(exists (select 1 from ${own('merge')} m where m.work_item_id = o.work_item_id::text)
    or exists (select 1 from ${own('quarantine')} q where q.work_item_id = o.work_item_id::text))`;
}

/** Every rate of every scope. Pure. */
function readScopes(
  global: ScopeState,
  projects: Iterable<readonly [string, ScopeState]>,
  configuration: AnalyzerConfiguration,
): Pick<MetricsReport, 'global' | 'projects'> {
  const shared = readRates({ global, project: EMPTY_SCOPE }, configuration);
  return {
    global: mapRates(ratesOf(configuration), ({ name }) => shared[name].global),
    projects: [...projects].map(([project, scope]) => ({
      project,
      ...projectReadings(readRates({ global, project: scope }, configuration)),
    })),
  };
}

function projectReadings(rates: RatesReading): Omit<ProjectMetrics, 'project'> {
  const ofProject = Object.entries(rates).flatMap(([name, { project }]) =>
    project === undefined ? [] : [[name, project] as const],
  );
  return Object.fromEntries(ofProject);
}

/** Hops from name to name along the index: as many steps as projects, not as many as merges. */
async function projectNames(
  database: AnalyzerDatabase,
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
  { ownSchema }: AnalyzerDatabase,
  transaction: Transaction<OwnTables>,
): Promise<Merge | undefined> {
  const { rows } = await sql<MergeRow>`
    select ${MERGE_COLUMNS} from ${sql.table(`${ownSchema}.merge`)} m
    order by m.ordinal desc limit 1`.execute(transaction);
  return rows.map(toMerge)[0];
}

function toNewestMerge(merge: Merge | undefined, now: string): NewestMerge | null {
  if (merge === undefined) return null;
  const { eventId, workItemId, project, mergedAt } = merge;
  const ageSeconds = Math.max(0, (Date.parse(now) - Date.parse(mergedAt)) / 1000);
  return { eventId, workItemId, project, mergedAt, ageSeconds };
}

async function readQuarantine(
  database: AnalyzerDatabase,
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
