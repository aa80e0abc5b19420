import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type AnalyzerDatabase, type Listener, type SchemaNames, schemaNames } from './analyzer-database.ts';
import type { OwnTables } from './own-tables.ts';

/** How to reach a PostgreSQL server. */
export interface PostgresqlOptions extends SchemaNames {
  /** `postgres://user:password@host:port/database`; what it leaves out comes from the `PG*` variables. */
  readonly url: string;
  /** How long to wait for a connection. @default 10000 */
  readonly connectTimeoutMs?: number;
}

/** A frozen analyzer holds the lock no longer than this: the server ends its transaction. */
const IDLE_TRANSACTION_LIMIT_MS = 60_000;
/** One for the analysis, one for a question beside it. */
const POOL_SIZE = 2;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Opens a PostgreSQL server, 14 or newer. Connects with the first query; a lost connection is replaced with
 * the next one.
 *
 * @example
 * ```ts
 * const database = openPostgresql({ url: 'postgres://localhost/orchestrator' });
 * await database.close();
 * ```
 */
export function openPostgresql(options: PostgresqlOptions): AnalyzerDatabase {
  const { url, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const connection = {
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_LIMIT_MS,
    application_name: 'ephemetry-merge-analyzer',
  };
  const pool = new pg.Pool({ ...connection, max: POOL_SIZE });
  // An idle connection that the server closed: the pool replaces it, and the next query says if it cannot.
  pool.on('error', () => {});
  const kysely = new Kysely<OwnTables>({
    dialect: new PostgresDialect({ pool }),
  });
  let closing: Promise<void> | undefined;
  return {
    engine: 'postgresql',
    kysely,
    ...schemaNames(options),
    listen: (channel, listener) => listen(new pg.Client(connection), channel, listener),
    close: () => {
      closing ??= kysely.destroy();
      return closing;
    },
  };
}

/** Notifications need a connection that stays, so not one of the pool's. */
async function listen(client: pg.Client, channel: string, listener: Listener): Promise<() => Promise<void>> {
  let isStopped = false;
  const lose = (error?: Error): void => {
    if (isStopped) return;
    isStopped = true;
    listener.onLost(error);
    client.end().catch(() => {});
  };
  client.on('error', lose);
  client.on('end', () => lose());
  client.on('notification', () => listener.onNotification());
  try {
    await client.connect();
    await client.query(`listen ${pg.escapeIdentifier(channel)}`);
  } catch (error) {
    isStopped = true;
    client.end().catch(() => {});
    throw error;
  }
  return async () => {
    isStopped = true;
    await client.end();
  };
}
