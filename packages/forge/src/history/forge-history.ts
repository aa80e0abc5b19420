/**
 * Facts of a forge, sums of what was counted, and batches that are not sent yet. What a collect found moves all of them in one
 * transaction:
 *
 *     answers ─▶ [ facts compared and moved · events added to the sums · events as a batch with its identity ]
 *                                                                            │ spooled under that identity
 *                                                                            ▼ settled
 *
 * Killed before the transaction ends, nothing has happened, and the next collect finds the same events. Killed after it, the
 * batch is there, and what spools it twice spools the same batch twice.
 */
import {
  type Database,
  describeFault,
  inTransaction,
  type OpenOptions,
  openDatabase,
  type Refusal,
  waitForWriters,
} from '@ephemetry/store';
import type { ItemFact, RepositoryFact, RunFact } from '../facts/facts.ts';
import type { ForgeTotal } from '../facts/forge-total.ts';
import type { ForgeMeasurement } from '../facts/measurement.ts';
import type { ForgeRepository } from '../forge-repository.ts';
import { MIGRATIONS } from './migrations.ts';
import { itemOf, type Row, repositoryOf, runOf } from './rows.ts';
import { beginStaging, type Staging } from './staging.ts';
import { type Statements, statementsOn } from './statement.ts';
import { addToTotals, readTotals } from './totals.ts';

/** What was counted once, and is to be sent once. */
export interface ForgeBatch {
  /** Names the batch everywhere. */
  readonly id: string;
  readonly madeMs: number;
  readonly measurements: readonly ForgeMeasurement[];
}

/** The facts that gauges are made of. */
export interface RepositoryFacts {
  readonly repository: RepositoryFact;
  /** All that are open, and what was closed lately. */
  readonly items: readonly ItemFact[];
  /** Those that are not finished. */
  readonly runs: readonly RunFact[];
}

/** An open history. */
export interface ForgeHistory {
  /** Its place, without a password. */
  readonly shown: string;
  repository(name: string): Promise<RepositoryFact | undefined>;
  /** @param kinds @default both */
  openNumbers(name: string, kinds?: readonly ItemFact['kind'][]): Promise<readonly number[]>;
  unfinishedRunIds(name: string): Promise<readonly number[]>;
  /** Where a first collect puts its pages. */
  stage(id: string, repository: Pick<ForgeRepository, 'name' | 'dispatch'>): Promise<Staging>;
  /** Runs `work` as a transaction beside which nobody else writes: repositories may share a sum. */
  transaction<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result>;
  /** Counts what belongs to no repository. */
  count(measurements: readonly ForgeMeasurement[], batch: ForgeBatch | undefined): Promise<void>;
  /** @param closedSinceMs before the forge's clock */
  facts(name: string, closedSinceMs: number): Promise<RepositoryFacts | undefined>;
  /** Sums of everything that was counted. */
  totals(): Promise<readonly ForgeTotal[]>;
  /** Batches that were not settled, the oldest first. */
  batches(): Promise<readonly ForgeBatch[]>;
  /** Forgets a batch that is in the spool. */
  settle(id: string): Promise<void>;
  close(): Promise<void>;
}

/** An open history, or why there is none. */
export type OpenedHistory = { readonly kind: 'open'; readonly history: ForgeHistory } | Refusal;

/** Options of {@link openForgeHistory}. */
export interface ForgeHistoryOptions {
  /** Of the program, noted with the tables. */
  readonly version: string;
  /** How long to wait for another writer, or for a server. @default 10000 */
  readonly waitMs?: number;
  /** Makes another database of the one that was opened. For tests that die at a statement. @default the same */
  readonly wrap?: (database: Database) => Database;
}

/**
 * Opens a history: a directory, `sqlite:FILE`, or `postgres://user@host:port/database`. One history belongs to one collector:
 * what one of two programs finds, the other does not find again.
 *
 * @example
 * ```ts
 * const opened = await openForgeHistory('./forge-history', { version: '1.0.0' });
 * if (opened.kind !== 'open') throw new Error(opened.message);
 * await opened.history.close();
 * ```
 */
export async function openForgeHistory(place: string, options: ForgeHistoryOptions): Promise<OpenedHistory> {
  const { version, waitMs, wrap = (database) => database } = options;
  const wanted: OpenOptions = { name: 'forge', migrations: MIGRATIONS, version };
  const opened = await openDatabase(place, waitMs === undefined ? wanted : { ...wanted, waitMs });
  if (opened.kind !== 'open') return opened;
  return { kind: 'open', history: historyOn(wrap(opened.database), opened.shown) };
}

/** In words, what went wrong with the history; undefined for an error of the program. */
export function describeHistoryFault(error: unknown, { shown }: ForgeHistory): string | undefined {
  return describeFault(error, shown)?.message;
}

function historyOn(database: Database, shown: string): ForgeHistory {
  const ask = async <Answer>(question: (statements: Statements) => Promise<Answer>): Promise<Answer> => {
    const connection = await database.acquire();
    try {
      return await question(statementsOn(connection, database));
    } finally {
      connection.release();
    }
  };
  const transaction: ForgeHistory['transaction'] = (work) =>
    inTransaction(database, async (session) => {
      for (const statement of waitForWriters(database)) await session.query(statement);
      return await work(statementsOn(session, database));
    });
  const numbers = (text: string, parameters: readonly string[]): Promise<readonly number[]> =>
    ask(async ({ run }) =>
      (await run<{ number: number }>(text, parameters)).rows.map((row) => Number(row.number)),
    );
  return {
    shown,
    repository: (name) => ask((statements) => findRepository(statements, name)),
    openNumbers: (name, kinds = ['issue', 'change']) =>
      numbers(
        `select number from {item} where repository = ? and is_open = 1 and kind in (${kinds.map(() => '?').join(', ')})`,
        [name, ...kinds],
      ),
    unfinishedRunIds: (name) =>
      numbers(`select id as number from {run} where repository = ? and state <> 'finished'`, [name]),
    stage: (id, { name, dispatch }) =>
      beginStaging(ask, { id, name, ...(dispatch === undefined ? {} : { dispatch }) }),
    transaction,
    count: (measurements, batch) =>
      transaction(async (statements) => {
        await addToTotals(statements, measurements);
        if (batch !== undefined) await insertBatch(statements, batch);
      }),
    facts: (name, closedSinceMs) => ask((statements) => readFacts(statements, name, closedSinceMs)),
    totals: () => ask(readTotals),
    batches: () => ask(readBatches),
    settle: (id) => ask(async ({ run }) => void (await run('delete from {batch} where id = ?', [id]))),
    close: () => database.close(),
  };
}

/** What is known of a repository. */
async function findRepository({ run }: Statements, name: string): Promise<RepositoryFact | undefined> {
  const { rows } = await run<Row>('select * from {repository} where name = ?', [name]);
  const [row] = rows;
  return row === undefined ? undefined : repositoryOf(row);
}

/** Keeps a batch until it is settled. */
export async function insertBatch({ run }: Statements, batch: ForgeBatch): Promise<void> {
  const values = [batch.id, batch.madeMs, JSON.stringify(batch.measurements)];
  await run('insert into {batch} (id, made_ms, measurements) values (?, ?, ?)', values);
}

async function readFacts(
  statements: Statements,
  name: string,
  closedSinceMs: number,
): Promise<RepositoryFacts | undefined> {
  const repository = await findRepository(statements, name);
  if (repository === undefined) return undefined;
  const items = await statements.run<Row>(
    'select * from {item} where repository = ? and (is_open = 1 or closed_ms >= ? or merged_ms >= ?)',
    [name, repository.forgeNowMs - closedSinceMs, repository.forgeNowMs - closedSinceMs],
  );
  const runs = await statements.run<Row>(`select * from {run} where repository = ? and state <> 'finished'`, [
    name,
  ]);
  return { repository, items: items.rows.map(itemOf), runs: runs.rows.map(runOf) };
}

async function readBatches({ run }: Statements): Promise<readonly ForgeBatch[]> {
  const { rows } = await run<{ id: string; made_ms: number; measurements: string }>(
    'select * from {batch} order by made_ms, id',
  );
  return rows.map(({ id, made_ms, measurements }) => ({
    id,
    madeMs: Number(made_ms),
    measurements: JSON.parse(measurements),
  }));
}
