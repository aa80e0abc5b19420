/** What time it is for a history. */
import type { Database } from '@ephemetry/store';
import { type Kysely, sql } from 'kysely';
import type { HistoryTables } from './tables.ts';

/**
 * The clock that every program with this history shares: a server's where there is one, as one runner with a wrong clock must not
 * age the runs of all others.
 */
export async function clockOf(
  kysely: Kysely<HistoryTables>,
  { engine }: Pick<Database, 'engine'>,
): Promise<number> {
  if (engine !== 'postgresql') return Date.now();
  const { rows } = await sql<{ ms: number }>`select
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms`.execute(kysely);
  return Number(rows[0]?.ms ?? Date.now());
}
