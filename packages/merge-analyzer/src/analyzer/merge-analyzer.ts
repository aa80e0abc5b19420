import { sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { assertMayAnalyze, isPermissionDenied } from '../database/rights.ts';
import {
  type AnalyzerConfiguration,
  assertConfiguration,
  DEFAULT_CONFIGURATION,
} from '../fold/configuration.ts';
import { CLOCK_TOLERANCE_MS } from '../log/clock.ts';
import { type IdSequence, OtherTables } from '../log/log-order.ts';
import { inspectOrchestratorTables, type OrchestratorTables } from '../log/orchestrator-tables.ts';
import { ensureOwnSchema } from '../store/own-schema.ts';
import { PrunedOutboxError, recoverFromOutbox } from '../store/recover.ts';
import { catchUp, type StepReport } from './analyze.ts';
import { createLookTimes, forgetLooks } from './look-times.ts';
import { createScopeCache } from './scope-cache.ts';

/** How to analyze. */
export interface MergeAnalyzerOptions {
  /** @default DEFAULT_CONFIGURATION */
  readonly configuration?: AnalyzerConfiguration;
  /** How far the times of merge events may disagree with the log's order and the database's clock. @default 3600000 */
  readonly clockToleranceMs?: number;
  /**
   * Outbox rows a commit, at most: what a crash in a long history repeats. Fewer where a `statement_timeout` is shorter.
   * @default 2500
   */
  readonly rowsPerStep?: number;
  /**
   * Called synchronously with a sentence when the outbox, a partition of it or its sequence is not what it was, and what
   * follows. @default nothing
   */
  readonly onChange?: (what: string) => void;
}

/** Reads merges and writes what follows from them. Calls wait for each other; so do two analyzers, in the database. */
export interface MergeAnalyzer {
  readonly database: AnalyzerDatabase;
  /** As they were when it was opened, or when ids stopped saying what is new. */
  readonly tables: OrchestratorTables;
  readonly configuration: AnalyzerConfiguration;
  /** What was seen of them that makes it slow, or hides something from it: a sentence each. */
  readonly warnings: readonly string[];
  /**
   * Catches up with the log: steps until nothing is waiting, or until `signal` is aborted. Safe to repeat, to
   * interrupt and to run beside others.
   *
   * `isWhole`: through the whole outbox, also where an index lets most looks read the near past only. For who has just written
   * rows with an older time.
   */
  readonly analyze: (options?: {
    readonly signal?: AbortSignal;
    readonly isWhole?: boolean;
  }) => Promise<StepReport>;
  /**
   * Makes the analyzer's own tables again from the outbox alone and catches up. Announces nothing twice.
   * Quarantined rows stay aside unless they are asked for again.
   *
   * Rejects with {@link PrunedOutboxError}, having changed nothing, when the outbox no longer records all merges.
   */
  readonly rebuild: (options?: { readonly retryQuarantined?: boolean }) => Promise<StepReport>;
}

/** Their events are two megabytes: the server sorts them in its default `work_mem`. */
const ROWS_PER_STEP = 2_500;

/**
 * Opens the analyzer on a database: looks at the orchestrator's tables and makes its own.
 *
 * @throws OrchestratorSchemaError naming a table or column that is missing; MissingRightsError naming the statements
 * that grant what the role lacks; OtherOwnSchemaError when the outbox is analyzed already; RangeError for a configuration
 * that cannot be computed; PrunedOutboxError when own tables must be made and the outbox no longer records all merges; and what the database throws when it cannot be reached.
 *
 * @example
 * ```ts
 * import { createOrchestratorTables, openMergeAnalyzer, openPglite } from '@ephemetry/merge-analyzer';
 *
 * const database = openPglite(); // or openPostgresql({ url: 'postgres://…' })
 * await createOrchestratorTables(database); // only where no orchestrator has made them
 * const analyzer = await openMergeAnalyzer(database);
 * const { merges, crossings } = await analyzer.analyze();
 * await database.close();
 * ```
 */
export async function openMergeAnalyzer(
  database: AnalyzerDatabase,
  options: MergeAnalyzerOptions = {},
): Promise<MergeAnalyzer> {
  const {
    configuration = DEFAULT_CONFIGURATION,
    clockToleranceMs = CLOCK_TOLERANCE_MS,
    rowsPerStep = ROWS_PER_STEP,
    onChange = () => {},
  } = options;
  assertConfiguration(configuration);
  const tables = await inspectOrchestratorTables(database);
  await assertMayAnalyze(database);
  await ensureOwnSchema(database, (transaction) => recoverFromOutbox(transaction, database, tables));
  const pieces = { most: rowsPerStep, rows: rowsPerStep, isFirstLook: true };
  const cache = createScopeCache();
  const looks = createLookTimes();
  const context = { database, tables, configuration, clockToleranceMs, pieces, looks, cache, onChange };
  const onTablesAsTheyAre = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    while (true) {
      try {
        return await run();
      } catch (error) {
        // The server names a table, and not the right that was taken away.
        if (isPermissionDenied(error)) await assertMayAnalyze(database);
        if (!(error instanceof OtherTables) && !isOfOtherTables(error)) throw error;
        const before = context.tables;
        context.tables = await inspectOrchestratorTables(database);
        // What the server did not find is then not of the outbox, or was there a moment later.
        if (!(error instanceof OtherTables) && context.tables.signature === before.signature) throw error;
        for (const what of changesOf(before, context.tables)) onChange(what);
      }
    }
  };
  const oneAtATime = createQueue();
  return {
    database,
    get tables() {
      return context.tables;
    },
    configuration,
    get warnings() {
      return warningsOf(context.tables);
    },
    analyze: ({ signal, isWhole = false } = {}) =>
      oneAtATime(() => {
        if (isWhole) forgetLooks(looks);
        return onTablesAsTheyAre(() => catchUp(context, signal));
      }),
    rebuild: ({ retryQuarantined = false } = {}) =>
      oneAtATime(async () => {
        await onTablesAsTheyAre(() => emptyOwnTables(database, context.tables, retryQuarantined));
        return await onTablesAsTheyAre(() => catchUp(context));
      }),
  };
}

/** Whether the server misses a table or a column, or has it as another type. */
function isOfOtherTables(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^42(P01|703|804|883)$/.test(String(error.code));
}

/** What is new to say of tables that were looked at again. */
function changesOf(before: OrchestratorTables, now: OrchestratorTables): readonly string[] {
  const said = new Set(warningsOf(before));
  const warnings = warningsOf(now).filter((warning) => !said.has(warning));
  if (warnings.length > 0 || before.signature === now.signature) return warnings;
  return ['events_outbox is another table, or has other columns, or its ids are counted in another way'];
}

/** What makes the analyzer slower than it could be, or hides something from it: a sentence each, with what helps. */
export function warningsOf({ order, hasRowSecurity }: OrchestratorTables): readonly string[] {
  return [...warningsOfOrder(order), ...(hasRowSecurity ? [HIDDEN_ROWS] : [])];
}

const HIDDEN_ROWS =
  'policies decide which rows of events_outbox this role sees, and merges that they hide do not count. An administrator ' +
  'lets it see all: create policy … on events_outbox for select to this role using (true), or alter role … bypassrls.';

function warningsOfOrder(order: OrchestratorTables['order']): readonly string[] {
  if (order.kind === 'id') return order.sequence.isOptional ? unseenSequence(order.sequence) : [];
  if (order.because === null) return [];
  const { what, help } = order.because;
  return [
    `${what}: ids do not show which rows are new, so every look scans the whole outbox. Every merge is counted. ${help}`,
  ];
}

function unseenSequence({ name, isReadable }: IdSequence): readonly string[] {
  if (isReadable) return [];
  return [
    `this role may not see how far ${name} has counted, so an id that is written by hand, far above the others, would ` +
      `hide the merges below it. An administrator lets it see: grant select on sequence ${name} to this role.`,
  ];
}

/** Runs tasks one after the other, in the order they came; a failed one holds nobody up. */
function createQueue(): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => {});
    return result;
  };
}

/**
 * Runs a transaction while nobody commits a step. LOCK takes no snapshot, so what the transaction sees begins after the
 * one before it ended, and stays the same to its end. Own tables only: the orchestrator never waits for this.
 *
 * @see https://www.postgresql.org/docs/current/sql-lock.html
 */
async function withAnalysisLock<Result>(
  { kysely, ownSchema }: AnalyzerDatabase,
  run: (transaction: Transaction<OwnTables>) => Promise<Result>,
): Promise<Result> {
  return await kysely
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      const position = sql.table(`${ownSchema}.log_position`);
      await sql`lock table ${position} in share row exclusive mode`.execute(transaction);
      return await run(transaction);
    });
}

/** In one transaction with the recovery: another analyzer sees the old tables or the new ones. */
async function emptyOwnTables(
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  retryQuarantined: boolean,
): Promise<void> {
  const own = (name: string) => sql.table(`${database.ownSchema}.${name}`);
  await withAnalysisLock(database, async (transaction) => {
    const held = await countMerges(transaction, database);
    // Rows that somebody has removed were counted all the same.
    const before = Math.max(held, await countedSoFar(transaction, database));
    const isRestored = await isFromCopy(transaction, database);
    await sql`truncate ${own('merge')}`.execute(transaction);
    await sql`delete from ${own('trigger_state')}`.execute(transaction);
    if (retryQuarantined) await sql`delete from ${own('quarantine')}`.execute(transaction);
    // Another revision, so that no cache of before is believed.
    await sql`update ${own('analysis')} set ordinal = 0, revision = pg_current_xact_id()::text::bigint`.execute(
      transaction,
    );
    await recoverFromOutbox(transaction, database, tables, isRestored ? undefined : before);
    const after = await countMerges(transaction, database);
    if (after < before)
      throw new PrunedOutboxError(before, after, 'Keep the own tables, or restore the outbox.');
  });
}

/** Of tables that were restored from a copy nobody knows what was counted since. */
async function isFromCopy(
  transaction: Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
): Promise<boolean> {
  const { rows } = await sql<{ is_foreign: boolean }>`
    select p.xmin::text::bigint <> p.written_xid & 4294967295 as is_foreign
    from ${sql.table(`${ownSchema}.log_position`)} p`.execute(transaction);
  return rows[0]?.is_foreign !== false;
}

/** As the position tells it. */
async function countedSoFar(
  transaction: Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
): Promise<number> {
  const { rows } = await sql<{ merges: string }>`
    select merges::text as merges from ${sql.table(`${ownSchema}.log_position`)}`.execute(transaction);
  return toInteger(rows[0]?.merges ?? 0);
}

async function countMerges(
  transaction: Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
): Promise<number> {
  const row = await transaction
    .withSchema(ownSchema)
    .selectFrom('merge')
    .select((merge) => merge.fn.countAll().as('count'))
    .executeTakeFirst();
  return toInteger(row?.count ?? 0);
}
