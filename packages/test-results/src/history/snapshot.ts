/** Statements that read what was there at one moment. */
import type { Kysely } from 'kysely';
import type { History } from './open-history.ts';
import type { HistoryTables } from './tables.ts';

/** Reads as of one moment: a run that somebody forgets meanwhile is there to the end, with its list. */
export async function inSnapshot<Result>(
  { kysely }: Pick<History, 'kysely'>,
  read: (snapshot: Kysely<HistoryTables>) => Promise<Result>,
): Promise<Result> {
  return await kysely
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(read);
}
