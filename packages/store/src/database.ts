/** An open database, whichever engine answers. Queries are SQL; `@ephemetry/store/kysely` builds them. */

/** Which engine answers. PGlite is PostgreSQL inside of the process. */
export type Engine = 'postgresql' | 'sqlite' | 'pglite';

/** What one statement gave. */
export interface QueryResult<Row> {
  readonly rows: Row[];
  /** Of a statement that inserts, updates or deletes; undefined of any other. */
  readonly affectedRows: number | undefined;
}

/** Statements that run one after another, in one session of the engine. */
export interface Session {
  /** Runs one statement. Parameters are `$1` on PostgreSQL and PGlite, `?` on SQLite. */
  query<Row>(text: string, parameters?: readonly unknown[]): Promise<QueryResult<Row>>;
  /** Runs several statements, separated by semicolons, that take no parameters and give no rows. */
  script(text: string): Promise<void>;
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
  /** Where the tables are: a schema of PostgreSQL or PGlite. SQLite has none. */
  readonly schema: string | undefined;
  /** How long a statement waits for another writer, and a caller for the connection. */
  readonly waitMs: number;
  /** @throws when the database cannot be reached, or the connection is not free in time. */
  acquire(): Promise<Connection>;
  /** Closes it; again does nothing. A server that does not answer is not waited for. */
  close(): Promise<void>;
}
