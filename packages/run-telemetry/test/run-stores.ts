/** Stores of runs as the tests of this package open them: closed after the test, and told apart by nothing but their place. */
import { type Kysely, sql } from 'kysely';
import { onTestFinished } from 'vitest';
import { openRunStore, type RunStore } from '../src/store/open-run-store.ts';
import { DERIVED_TABLES, type RunTables } from '../src/store/tables.ts';

/** Opens what must open, and closes it after the test. */
export async function openHere(place: string): Promise<RunStore> {
  const opened = await openRunStore(place, { version: '1.2.3' });
  if (!('kysely' in opened)) throw new Error(`${opened.kind}: ${opened.message}`);
  onTestFinished(opened.close);
  return opened;
}

/** All rows of the derived tables, in an order of their own. */
export async function derivedRows(
  kysely: Kysely<RunTables>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables: Record<string, readonly string[]> = {};
  for (const table of DERIVED_TABLES) {
    const { rows } = await sql<object>`select * from ${sql.table(table)}`.execute(kysely);
    tables[table] = rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
  }
  return tables;
}
