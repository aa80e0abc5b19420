/** Statements on one SQLite connection. Each runs at once and blocks, except for the wait for another writer. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Columns, quotedName, rowsOf } from '../column-values.ts';
import type { QueryResult, Session } from '../database.ts';

/** SQLite's result codes. @see https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;

/** Another program has been writing for too long. */
export class SqliteBusy extends Error {
  override readonly name = 'SqliteBusy';

  constructor(path: string, waitMs: number, options: ErrorOptions) {
    super(
      `${path} was being written by another program for ${waitMs} ms. Wait until it has ended, then try again.`,
      options,
    );
  }
}

/** As many as a program repeats. */
const PREPARED_LIMIT = 100;
/** How long a turn of another writer takes, about: two that wait do not ask in step. */
const RETRY_MS = { least: 1, most: 25 };

/** How a session waits. */
export interface SqliteSessionOptions {
  readonly path: string;
  readonly waitMs: number;
  /** @default Math.random */
  readonly random?: () => number;
}

/** A session on a connection, which stays its owner's. */
export function createSqliteSession(sqlite: DatabaseSync, options: SqliteSessionOptions): Session {
  const prepared = new Map<string, Prepared>();
  const prepare = (text: string): Prepared => {
    const known = prepared.get(text);
    if (known !== undefined) return known;
    const compiled = sqlite.prepare(text);
    const statement = { compiled, givesRows: compiled.columns().length > 0 };
    if (prepared.size >= PREPARED_LIMIT) prepared.delete(prepared.keys().next().value ?? '');
    prepared.set(text, statement);
    return statement;
  };
  return {
    query: (text, parameters = []) =>
      whenFree(sqlite, options, () => runStatement(prepare(text), parameters)),
    script: (text) => whenFree(sqlite, options, () => sqlite.exec(text)),
    append: (table, columns) => whenFree(sqlite, options, () => insertRows(prepare, table, columns)),
  };
}

/** One statement for all rows: in a transaction they are written together. */
function insertRows(prepare: (text: string) => Prepared, table: string, columns: Columns): void {
  const named = Object.entries(columns);
  const names = named.map(([name]) => quotedName(name)).join(', ');
  const places = named.map(() => '?').join(', ');
  const { compiled } = prepare(`insert into ${quotedName(table)} (${names}) values (${places})`);
  for (let row = 0; row < rowsOf(columns); row += 1)
    compiled.run(...named.map(([, { values }]) => values[row] ?? null));
}

/** A statement that is compiled once for all its runs. */
interface Prepared {
  readonly compiled: StatementSync;
  readonly givesRows: boolean;
}

function runStatement<Row>(
  { compiled, givesRows }: Prepared,
  parameters: readonly unknown[],
): QueryResult<Row> {
  const values = parameters.map(bindable);
  if (!givesRows) return { rows: [], affectedRows: Number(compiled.run(...values).changes) };
  // Of what shape the rows are is the caller's knowledge: Kysely's types, or those of a statement of ours.
  const rows = compiled.all(...values) as Row[];
  return { rows, affectedRows: rows.length };
}

/** @throws TypeError for what SQLite has no type for. */
function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(
    `SQLite stores text, numbers, bytes and null, not ${typeof value === 'object' ? 'an object' : typeof value}`,
  );
}

/**
 * Asks again while another program writes: SQLite itself would block the whole program as long. Within a transaction
 * nothing is asked again: what ran before would be lost.
 */
async function whenFree<Result>(
  sqlite: DatabaseSync,
  { path, waitMs, random = Math.random }: SqliteSessionOptions,
  run: () => Result,
): Promise<Result> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const isTransaction = sqlite.isTransaction;
    try {
      return run();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (isTransaction || performance.now() >= deadline)
        throw new SqliteBusy(path, waitMs, { cause: error });
    }
    await sleep(RETRY_MS.least + random() * (RETRY_MS.most - RETRY_MS.least));
  }
}

function isBusy(error: unknown): boolean {
  return sqliteCode(error) === SQLITE_BUSY;
}

/** The primary result code of an error of SQLite. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}
