import type { Kysely } from 'kysely';
import type { Database, Session } from '../database.ts';
import { inTransaction } from '../transaction.ts';
import { waitForWriters } from '../write-lock.ts';
import { kyselyOn } from './kysely-on.ts';

/** A transaction as both: queries that Kysely builds, and rows in such numbers that it should not. */
export interface Writing<Tables> {
  readonly kysely: Kysely<Tables>;
  readonly session: Session;
}

/**
 * Runs a transaction beside which nobody else writes, as `writeTransaction` does, for programs that insert many rows at once.
 *
 * @throws what `work` throws, after everything was undone; and the engine's error when another writer takes too long.
 */
export async function writeSession<Tables, Result>(
  database: Database,
  work: (writing: Writing<Tables>) => Promise<Result>,
): Promise<Result> {
  return await inTransaction(database, async (session) => {
    for (const statement of waitForWriters(database)) await session.query(statement);
    const within: Database = {
      ...database,
      acquire: async () => ({ ...session, release: () => {} }),
      close: async () => {},
    };
    return await work({ kysely: kyselyOn<Tables>(within), session });
  });
}
