import type { Database, Engine, Session } from './database.ts';

/**
 * Whatever a role's transactions are by default: one that has waited for another writer must see what that one wrote, and
 * in REPEATABLE READ the wait itself is the moment whose rows are seen.
 */
const BEGIN: Readonly<Record<Engine, string>> = {
  postgresql: 'start transaction isolation level read committed',
  pglite: 'start transaction isolation level read committed',
  sqlite: 'begin immediate',
  // Whoever has its directory is the only writer.
  duckdb: 'begin transaction',
};

/**
 * Runs a transaction without Kysely: all of it is done, or nothing, also when the process is killed. On SQLite it is the
 * only writer from its begin on.
 *
 * @throws what `work` throws, after everything was undone.
 */
export async function inTransaction<Result>(
  database: Database,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const connection = await database.acquire();
  try {
    await connection.query(BEGIN[database.engine]);
    try {
      const result = await work(connection);
      await connection.query('commit');
      return result;
    } catch (error) {
      // Says nothing of its own: the connection may be gone, and with it the transaction.
      await connection.query('rollback').catch(() => {});
      throw error;
    }
  } finally {
    connection.release();
  }
}
