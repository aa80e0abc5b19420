/** Opens the store of agent runs: a directory with DuckDB, or PostgreSQL that machines share. */
import { join } from 'node:path';
import { type Database, describeFault, openDatabase, parsePlace, type Refusal } from '@ephemetry/store';
import { kyselyOn } from '@ephemetry/store/kysely';
import type { Kysely } from 'kysely';
import { MIGRATIONS, type RunTables } from './tables.ts';

/** An open store. */
export interface RunStore {
  readonly database: Database;
  readonly kysely: Kysely<RunTables>;
  /** Its place, without a password. */
  readonly shown: string;
  readonly close: () => Promise<void>;
}

/** How it is opened. */
export interface OpenRunStoreOptions {
  /** Of the program, for whoever reads what ran. */
  readonly version: string;
  /** Whether a store that is not there is made. @default true */
  readonly mayCreate?: boolean;
  /** How long to wait for another writer of a server. @default 10000 */
  readonly waitMs?: number;
  /** How long to wait for whoever has the directory. @default 10000 */
  readonly lockWaitMs?: number;
  /** Directories that SQL may write files to. @default none */
  readonly reachable?: readonly string[];
}

const PLACE = { name: 'runs', directoryEngine: 'duckdb', engines: ['postgresql', 'duckdb'] } as const;

/**
 * Opens a store. Of a directory one process at a time is the owner.
 *
 * @param place a directory, `duckdb:DIRECTORY`, or `postgres://user@host:port/database`
 * @returns a refusal that says what is wrong with the place, and what to do
 *
 * @example
 * ```ts
 * import { openRunStore, reportRuns } from '@ephemetry/run-telemetry/store';
 *
 * const store = await openRunStore('./runs', { version: '1.0.0' });
 * if (!('kysely' in store)) throw new Error(store.message);
 * console.log(await reportRuns(store, { by: ['model'] }));
 * await store.close();
 * ```
 */
export async function openRunStore(place: string, options: OpenRunStoreOptions): Promise<RunStore | Refusal> {
  const opened = await openDatabase(place, { ...options, ...PLACE, migrations: MIGRATIONS });
  if (opened.kind !== 'open') return opened;
  const { database, shown } = opened;
  return { database, kysely: kyselyOn<RunTables>(database), shown, close: () => database.close() };
}

/** Where others leave batches while somebody has the store; undefined for a server, which lets several write. */
export function inboxOf(place: string): string | undefined {
  const parsed = parsePlace(place, PLACE);
  return parsed.kind === 'duckdb' && 'shown' in parsed ? join(parsed.directory, 'inbox') : undefined;
}

/** What the database says of a question that it refused; undefined for a mistake of this program. */
export function runStoreFault(error: unknown, { shown }: Pick<RunStore, 'shown'>): Refusal | undefined {
  return describeFault(error, shown);
}
