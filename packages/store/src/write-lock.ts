/** One writer at a time: SQLite has no other way, PostgreSQL is asked for it. */
import { createHash } from 'node:crypto';
import type { Database } from './database.ts';

/** What a transaction runs after its begin, so that it waits for those that write, and others wait for it. */
export function waitForWriters({
  engine,
  schema,
  waitMs,
}: Pick<Database, 'engine' | 'schema' | 'waitMs'>): readonly string[] {
  // SQLite has waited in `begin immediate`; of DuckDB's directory one process is the owner.
  if (engine === 'sqlite' || engine === 'duckdb') return [];
  return [
    `set local lock_timeout = ${Math.max(1, Math.round(waitMs))}`,
    `select pg_advisory_xact_lock(${lockKey(schema ?? '')})`,
  ];
}

/** Of 64 bits, as PostgreSQL takes it. Programs that use other schemas do not wait for each other. */
function lockKey(schema: string): bigint {
  return createHash('sha256').update(`ephemetry store ${schema}`).digest().readBigInt64BE();
}
