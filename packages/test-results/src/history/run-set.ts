/** Runs of one name, such as the jobs of a matrix: each is a run of its own, and whoever records one is told of the others. */
import type { Kysely } from 'kysely';
import type { HistoryTables } from './tables.ts';

interface SetMember {
  readonly identity: string;
  readonly set?: string;
}

/** A run of a set is found by the beginning of its name. */
export function storedId({ set, identity }: SetMember): string {
  return set === undefined ? identity : `${set}/${identity}`;
}

/** How many others of the same set are recorded. */
export async function othersOf(kysely: Kysely<HistoryTables>, given: SetMember): Promise<number> {
  if (given.set === undefined) return 0;
  const { count } = await kysely
    .selectFrom('run')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('id', 'like', `${given.set}/%`)
    .where('id', '!=', storedId(given))
    .executeTakeFirstOrThrow();
  return Number(count);
}
