/** Looking at merges where nothing may be written: on a standby, or as a role that may only read. */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import {
  type MergeAnalyzer,
  type MergeAnalyzerOptions,
  openMergeAnalyzer,
  warningsOf,
} from '../analyzer/merge-analyzer.ts';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { isReadOnly, MissingRightsError, missingRights } from '../database/rights.ts';
import {
  type AnalyzerConfiguration,
  assertConfiguration,
  DEFAULT_CONFIGURATION,
  rulesOf,
} from '../fold/configuration.ts';
import { CLOCK_TOLERANCE_MS } from '../log/clock.ts';
import type { LogPlace } from '../log/log-position.ts';
import {
  createdAtOf,
  inspectOrchestratorTables,
  type OrchestratorTables,
} from '../log/orchestrator-tables.ts';
import { isOfOthers, mayBeMerge } from '../log/outbox-rows.ts';
import { isBeyond } from '../log/read-log.ts';
import { hasOwnSchema, otherOwnSchema } from '../store/own-schema.ts';

/** Reads rates and writes nothing. */
export interface MergeReader {
  readonly database: AnalyzerDatabase;
  readonly tables: OrchestratorTables;
  readonly configuration: AnalyzerConfiguration;
  readonly clockToleranceMs: number;
  /** Why nothing is written. */
  readonly because: 'standby' | 'read-only' | 'rights';
  /** `stored`: what an analyzer left in its own tables. `folded`: made in memory, from the outbox, for this look. */
  readonly rates: 'stored' | 'folded';
  /** Statements that would let the role analyze, or read what is stored. */
  readonly grants: readonly string[];
  /** The schema in which another analyzer of this outbox keeps its tables. */
  readonly otherOwnSchema: string | undefined;
  /** What was seen when it was opened: a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Opens the analyzer where it may write, and a reader where it may not.
 *
 * @throws MissingRightsError when the role may not even read; what `openMergeAnalyzer` throws otherwise.
 * @example
 * ```ts
 * import { createOrchestratorTables, openForReading, openPglite, readMetrics } from '@ephemetry/merge-analyzer';
 *
 * const database = openPglite(); // or openPostgresql({ url: 'postgres://…' })
 * await createOrchestratorTables(database); // only where no orchestrator has made them
 * const { readOnly } = await readMetrics(await openForReading(database));
 * console.log(readOnly); // null: this database may be written
 * await database.close();
 * ```
 */
export async function openForReading(
  database: AnalyzerDatabase,
  options: MergeAnalyzerOptions = {},
): Promise<MergeAnalyzer | MergeReader> {
  const { configuration = DEFAULT_CONFIGURATION, clockToleranceMs = CLOCK_TOLERANCE_MS } = options;
  assertConfiguration(configuration);
  const tables = await inspectOrchestratorTables(database);
  const { toRead, toReadStored, toAnalyze } = await missingRights(database);
  if (toRead.length > 0) throw new MissingRightsError('read merges', toRead);
  const grants = [...toReadStored, ...toAnalyze];
  const because = (await isReadOnly(database)) ?? (grants.length > 0 ? 'rights' : undefined);
  if (because === undefined) return await openMergeAnalyzer(database, options);
  const isStored =
    toReadStored.length === 0 && (await hasOwnSchema(database)) && (await isFolded(database, configuration));
  return {
    database,
    tables,
    configuration,
    clockToleranceMs,
    because,
    rates: isStored ? 'stored' : 'folded',
    grants: because === 'rights' ? grants : toReadStored,
    otherOwnSchema: await otherOwnSchema(database.kysely, database),
    warnings: warningsOf(tables),
  };
}

/** Whether the stored merges were folded by these rules, all of them. */
async function isFolded(
  { kysely, ownSchema }: AnalyzerDatabase,
  configuration: AnalyzerConfiguration,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from ${sql.table(`${ownSchema}.log_position`)} p
    where p.merges = coalesce((select ordinal from ${sql.table(`${ownSchema}.analysis`)}
      where configuration_version = ${configuration.version}
        and coalesce(rules, ${rulesOf(configuration)}) = ${rulesOf(configuration)}), 0)`.execute(kysely);
  return rows.length > 0;
}

/** How far what is shown is behind what happened. */
export interface Behind {
  /** Merge events of the outbox that are not in the rates, of work items that are not either. */
  readonly mergeEvents: number;
  /** Age of the oldest of them; null when there is none. */
  readonly oldestSeconds: number | null;
  /** How far a standby is behind its primary; null on a primary, and where nobody can tell. */
  readonly replaySeconds: number | null;
}

/** Counts merge events beyond a place of the log whose work items are not in the rates. */
export async function readBehind(
  { database, tables }: MergeReader,
  transaction: Transaction<OwnTables>,
  place: LogPlace,
  isKnown: RawBuilder<boolean>,
): Promise<Behind> {
  const { rows } = await sql<{ count: string | number; seconds: number | null; replay: number | null }>`
    select count(*) as count,
      extract(epoch from clock_timestamp() - min(${createdAtOf(tables)}))::float8 as seconds,
      ${REPLAY_SECONDS} as replay
    from ${sql.table(`${database.orchestratorSchema}.events_outbox`)} o
    where ${isBeyond(place)} and ${isOfOthers()} and ${mayBeMerge(tables)} and not ${isKnown}`.execute(
    transaction,
  );
  const [row] = rows;
  return {
    mergeEvents: toInteger(row?.count ?? 0),
    oldestSeconds: row?.seconds ?? null,
    replaySeconds: row?.replay ?? null,
  };
}

/** A standby that has replayed all that arrived is behind by nothing, however long ago that was. */
const REPLAY_SECONDS = sql<number | null>`case when not pg_is_in_recovery() then null
  when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
  else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 end`;
