/** An open database, whichever engine answers. Queries are SQL; `@ephemetry/store/kysely` builds them. */
import type { Columns } from './column-values.ts';

/** Which engine answers. PGlite is PostgreSQL inside of the process. */
export type Engine = 'postgresql' | 'sqlite' | 'pglite' | 'duckdb';

/** What one statement gave. */
export interface QueryResult<Row> {
  readonly rows: Row[];
  /** Of a statement that inserts, updates or deletes; undefined of any other. */
  readonly affectedRows: number | undefined;
}

/** Statements that run one after another, in one session of the engine. */
export interface Statements {
  /** Runs one statement. Parameters are `$1`, and `?` on SQLite. */
  query<Row>(text: string, parameters?: readonly unknown[]): Promise<QueryResult<Row>>;
  /** Runs several statements, separated by semicolons, that take no parameters and give no rows. */
  script(text: string): Promise<void>;
}

/** A session of an engine. */
export interface Session extends Statements {
  /**
   * Inserts many rows at once into a table of this database's schema. Every column of the table is named, in the table's order.
   */
  append(table: string, columns: Columns): Promise<void>;
}

/** A session that is the caller's until it is released. */
export interface Connection extends Session {
  release(): void;
}

/**
 * An open database. Embedded engines have one connection: whoever wants it waits for its turn.
 *
 * A program that is killed leaves each transaction whole or undone, on every engine.
 */
export interface Database {
  readonly engine: Engine;
  /** Where the tables are: a schema of PostgreSQL or PGlite. SQLite and DuckDB have none. */
  readonly schema: string | undefined;
  /** How long a statement waits for another writer, and a caller for the connection. */
  readonly waitMs: number;
  /** @throws when the database cannot be reached, or the connection is not free in time. */
  acquire(): Promise<Connection>;
  /** Closes it; again does nothing. A server that does not answer is not waited for. */
  close(): Promise<void>;
}
