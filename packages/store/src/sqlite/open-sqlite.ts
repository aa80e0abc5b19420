import type { Database, Session } from '../database.ts';
import { Refused } from '../refusal.ts';
import { createTurns } from '../turns.ts';
import type { SqliteModule } from './load-sqlite.ts';
import { createSqliteSession } from './sqlite-session.ts';

/** What is opened. */
export interface SqliteOptions {
  /** Of a file that `prepareSqliteFile` looked at. */
  readonly path: string;
  readonly waitMs: number;
}

/** Marks our files, so that those of another program are not taken for them: "ephm". */
const APPLICATION_ID = 0x6570686d;

/**
 * Opens a file of `node:sqlite`, in milliseconds. Readers and one writer at a time work beside each other (write-ahead
 * log); what was committed is on the disk.
 *
 * @throws Refused for a file of another program; SQLite's error.
 */
export async function openSqlite(
  { DatabaseSync }: SqliteModule,
  { path, waitMs }: SqliteOptions,
): Promise<Database> {
  const sqlite = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
  const session = createSqliteSession(sqlite, { path, waitMs });
  const close = async (): Promise<void> => {
    if (sqlite.isOpen) sqlite.close();
  };
  try {
    await assertOurs(session, path);
    await session.script('pragma journal_mode = wal; pragma synchronous = full; pragma trusted_schema = off');
  } catch (error) {
    await close();
    throw error;
  }
  const turns = createTurns();
  return {
    engine: 'sqlite',
    schema: undefined,
    waitMs,
    acquire: async () => ({ ...session, release: await turns.take(waitMs) }),
    close,
  };
}

async function assertOurs(session: Session, path: string): Promise<void> {
  const { rows } = await session.query<{ id: number; tables: number }>(
    'select application_id as id, (select count(*) from sqlite_schema) as tables from pragma_application_id',
  );
  const [{ id = 0, tables = 0 } = {}] = rows;
  if (id === APPLICATION_ID) return;
  if (id === 0 && tables === 0) return await session.script(`pragma application_id = ${APPLICATION_ID}`);
  const message = `${path} is an SQLite database of another program. Name another file.`;
  throw new Refused({ kind: 'not-a-database', message });
}
