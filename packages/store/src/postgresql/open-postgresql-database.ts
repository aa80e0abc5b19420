import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database.ts';
import { createConnections } from './connections.ts';
import { listen } from './listen.ts';
import type { Listener, Subscription } from './listener.ts';

/** How to reach a PostgreSQL server. */
export interface PostgresqlDatabaseOptions {
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
  /** What administrators see in `pg_stat_activity`, before a word that is unique. @default 'ephemetry' */
  readonly applicationName?: string;
  /** How `bigint` and `numeric` are read. @default 'number' */
  readonly largeNumbers?: 'text' | 'number';
  /** Where the tables are. @default the role's search path */
  readonly schema?: string;
  /** How long a transaction of {@link Database} waits for another writer. @default 10000 */
  readonly waitMs?: number;
}

/** A server, or a PgBouncer in front of one. */
export interface PostgresqlDatabase extends Database {
  /**
   * Listens on a channel until the subscription is stopped or the connection is lost.
   *
   * @throws when the connection cannot be made.
   */
  listen(channel: string, listener: Listener): Promise<Subscription>;
  /** Breaks every connection at once, without the server: what runs on them rejects. The next query makes new ones. */
  cutConnections(): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_LIMIT_MS = 10_000;
const WAIT_MS = 10_000;
/** What a server has to say goodbye. */
const GOODBYE_MS = 100;

/**
 * Opens a PostgreSQL server, 14 or newer, or a PgBouncer in front of one. Connects with the first query; a lost
 * connection is replaced with the next one.
 *
 * @example
 * ```ts
 * import { openPostgresqlDatabase } from '@ephemetry/store/postgresql';
 *
 * const database = openPostgresqlDatabase({ url: 'postgres://localhost/history' });
 * await database.close();
 * ```
 */
export function openPostgresqlDatabase(options: PostgresqlDatabaseOptions): PostgresqlDatabase {
  const { silenceLimitMs = SILENCE_LIMIT_MS } = options;
  const connections = createConnections({
    url: options.url,
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    silenceLimitMs,
    applicationName: options.applicationName ?? 'ephemetry',
    largeNumbers: options.largeNumbers ?? 'number',
    schema: options.schema,
  });
  const notify = async (channel: string): Promise<void> => {
    const connection = await connections.acquire();
    await connection.query(`select pg_notify($1, '')`, [channel]).finally(() => connection.release());
  };
  let closing: Promise<void> | undefined;
  return {
    engine: 'postgresql',
    schema: options.schema,
    waitMs: options.waitMs ?? WAIT_MS,
    acquire: () => connections.acquire(),
    listen: (channel, listener) => listen(connections, notify, silenceLimitMs, channel, listener),
    cutConnections: () => connections.cutAll(),
    close: () => {
      closing ??= Promise.race([connections.end(), sleep(GOODBYE_MS)]).finally(() => connections.cutAll());
      return closing;
    },
  };
}
