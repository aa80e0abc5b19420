import type { Kysely, Transaction } from 'kysely';
import { CompiledQuery } from 'kysely';
import type { Database } from '../database.ts';
import { waitForWriters } from '../write-lock.ts';

/**
 * Runs a transaction beside which nobody else writes: what it reads first still holds when it writes. All of it is
 * done, or nothing, also when the process is killed. Another writer is waited for, until the database's `waitMs` are over.
 *
 * @throws what `work` throws, after everything was undone; and the engine's error when another writer takes too long.
 */
export async function writeTransaction<Tables, Result>(
  database: Database,
  kysely: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<Result> {
  // A role may have another default, in which the wait for others is the moment whose rows are seen.
  const committed = kysely.transaction().setIsolationLevel('read committed');
  return await committed.execute(async (transaction) => {
    for (const statement of waitForWriters(database)) {
      await transaction.executeQuery(CompiledQuery.raw(statement));
    }
    return await work(transaction);
  });
}
