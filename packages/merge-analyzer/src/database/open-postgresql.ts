import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { type AnalyzerDatabase, type SchemaNames, schemaNames } from './analyzer-database.ts';
import { createConnections } from './connections.ts';
import { listen } from './listen.ts';
import type { OwnTables } from './own-tables.ts';

/** How to reach a PostgreSQL server. */
export interface PostgresqlOptions extends SchemaNames {
  /** `postgres://user:password@host:port/database`; what it leaves out comes from the `PG*` variables. */
  readonly url: string;
  /** How long to wait for a connection. @default 10000 */
  readonly connectTimeoutMs?: number;
  /**
   * How long a question may stay without an answer before the server is asked, over another connection, whether it
   * is at work on it. It may work on it for as long as it wants; if it does not, or nobody answers, the connection is
   * given up. @default 10000
   */
  readonly silenceLimitMs?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_LIMIT_MS = 10_000;
/** What a server has to say goodbye. */
const GOODBYE_MS = 100;

/**
 * Opens a PostgreSQL server, 14 or newer, or a PgBouncer in front of one. Connects with the first query; a lost
 * connection is replaced with the next one.
 *
 * @example
 * ```ts
 * const database = openPostgresql({ url: 'postgres://localhost/orchestrator' });
 * await database.close();
 * ```
 */
export function openPostgresql(options: PostgresqlOptions): AnalyzerDatabase {
  const { url, connectTimeoutMs = CONNECT_TIMEOUT_MS, silenceLimitMs = SILENCE_LIMIT_MS } = options;
  const connections = createConnections({ url, connectTimeoutMs, silenceLimitMs });
  const kysely = new Kysely<OwnTables>({ dialect: new PostgresDialect({ pool: connections.pool }) });
  const notify = (channel: string): Promise<unknown> => sql`select pg_notify(${channel}, '')`.execute(kysely);
  let closing: Promise<void> | undefined;
  return {
    engine: 'postgresql',
    kysely,
    ...schemaNames(options),
    listen: (channel, listener) => listen(connections, notify, silenceLimitMs, channel, listener),
    cutConnections: () => connections.cutAll(),
    close: () => {
      closing ??= Promise.race([kysely.destroy(), sleep(GOODBYE_MS)]).finally(() => connections.cutAll());
      return closing;
    },
  };
}
