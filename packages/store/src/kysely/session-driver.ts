/** Runs what Kysely builds in sessions of an open database, whichever engine it is. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  IdentifierNode,
  type QueryCompiler,
  type QueryResult,
  RawNode,
  type TransactionSettings,
} from 'kysely';
import type { Connection, Database, Engine } from '../database.ts';

/** Waits for its turn where the engine has one connection. */
export class SessionDriver implements Driver {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SessionConnection> {
    return new SessionConnection(await this.#database.acquire());
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await run(connection, beginOf(this.#database.engine, settings));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await run(connection, 'commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // Says nothing of its own: SQLite has undone it already when its disk is full, and a connection may be gone.
    await run(connection, 'rollback').catch(() => {});
  }

  async savepoint(connection: DatabaseConnection, name: string, compile: Compile): Promise<void> {
    await runNamed(connection, 'savepoint', name, compile);
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string, compile: Compile): Promise<void> {
    await runNamed(connection, 'rollback to', name, compile);
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string, compile: Compile): Promise<void> {
    await runNamed(connection, 'release', name, compile);
  }

  async releaseConnection(connection: SessionConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#database.close();
  }
}

type Compile = QueryCompiler['compileQuery'];

class SessionConnection implements DatabaseConnection {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, affectedRows } = await this.#connection.query<Row>(sql, parameters);
    return affectedRows === undefined ? { rows } : { rows, numAffectedRows: BigInt(affectedRows) };
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for a generator; there is nothing to give.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new TypeError('rows are not streamed: ask for a page of them at a time');
  }

  release(): void {
    this.#connection.release();
  }
}

function beginOf(engine: Engine, settings: TransactionSettings): string {
  // DuckDB has one isolation level: each transaction sees the moment of its first statement.
  if (engine === 'duckdb')
    return `begin transaction${settings.accessMode === 'read only' ? ' read only' : ''}`;
  return engine === 'sqlite' ? beginSqlite(settings) : begin(settings);
}

/**
 * Takes the right to write at once: a transaction that begins to write in its middle is refused without a wait when
 * somebody wrote in between.
 *
 * @see https://www.sqlite.org/lang_transaction.html
 */
function beginSqlite({ accessMode }: TransactionSettings): string {
  return accessMode === 'read only' ? 'begin' : 'begin immediate';
}

function begin({ isolationLevel, accessMode }: TransactionSettings): string {
  if (isolationLevel === undefined && accessMode === undefined) return 'begin';
  const level = isolationLevel === undefined ? '' : ` isolation level ${isolationLevel}`;
  return `start transaction${level}${accessMode === undefined ? '' : ` ${accessMode}`}`;
}

async function run(connection: DatabaseConnection, statement: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(statement));
}

async function runNamed(
  connection: DatabaseConnection,
  command: string,
  name: string,
  compile: Compile,
): Promise<void> {
  const node = RawNode.create([`${command} `, ''], [IdentifierNode.create(name)]);
  await connection.executeQuery(compile(node, { queryId: name }));
}
