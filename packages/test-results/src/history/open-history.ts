/** Opens the history of test runs: a directory with node:sqlite, or PostgreSQL that machines share. */
import { type Database, describeFault, openDatabase, type Refusal } from '@ephemetry/store';
import { kyselyOn } from '@ephemetry/store/kysely';
import type { Kysely } from 'kysely';
import { type HistoryTables, MIGRATIONS } from './tables.ts';

/** An open history. */
export interface History {
  readonly database: Database;
  readonly kysely: Kysely<HistoryTables>;
  /** Its place, without a password. */
  readonly shown: string;
  readonly close: () => Promise<void>;
}

/** How it is opened. */
export interface OpenHistoryOptions {
  /** Of the program, for whoever reads what ran. */
  readonly version: string;
  /** Whether a history that is not there is made. @default true */
  readonly mayCreate?: boolean;
}

/**
 * Opens a history.
 *
 * @param place a directory, `sqlite:FILE`, or `postgres://user@host:port/database`
 * @returns a refusal that says what is wrong with the place, and what to do
 *
 * @example
 * ```ts
 * import { openHistory, readFlaky } from '@ephemetry/test-results/history';
 *
 * const history = await openHistory('./history', { version: '1.0.0' });
 * if (!('kysely' in history)) throw new Error(history.message);
 * console.log(await readFlaky(history, { suite: 'app' }));
 * await history.close();
 * ```
 */
export async function openHistory(
  place: string,
  { version, mayCreate = true }: OpenHistoryOptions,
): Promise<History | Refusal> {
  const opened = await openDatabase(place, { name: 'tests', migrations: MIGRATIONS, version, mayCreate });
  if (opened.kind !== 'open') return opened;
  const { database, shown } = opened;
  return { database, kysely: kyselyOn<HistoryTables>(database), shown, close: () => database.close() };
}

/** What the database says of a question that it refused; undefined for a mistake of this program. */
export function historyFault(error: unknown, { shown }: Pick<History, 'shown'>): Refusal | undefined {
  return describeFault(error, shown);
}
