/**
 * What a history forgets: runs older than 30 days, and the oldest commits where it grows beyond its limit. With one run that is
 * recorded a few old ones go: a clock that is wrong for an hour must not empty the history.
 */
import { type Kysely, sql } from 'kysely';
import { KEPT_DAYS } from './limits.ts';
import type { HistoryTables } from './tables.ts';

const DAY_MS = 86_400_000;
/** Old runs that go with one that is recorded: more than are recorded meanwhile, wherever more than 30 days are kept. */
const OLD_RUNS_AT_ONCE = 20;

/** What was forgotten. */
export interface Forgotten {
  readonly oldRuns: number;
  /** Runs of the oldest commits, which had no room any more. */
  readonly runsBeyondLimit: number;
}

/**
 * Forgets, all but one run.
 *
 * @param kept number of the run that stays in any case
 */
export async function forgetRuns(
  kysely: Kysely<HistoryTables>,
  { kept, now, limitBytes }: { readonly kept: number; readonly now: number; readonly limitBytes: number },
): Promise<Forgotten> {
  const oldest = await kysely
    .selectFrom('run')
    .select('number')
    .where('ended_at', '<', now - KEPT_DAYS * DAY_MS)
    .where('number', '!=', kept)
    .orderBy('ended_at')
    .limit(OLD_RUNS_AT_ONCE)
    .execute();
  for (const { number } of oldest) await kysely.deleteFrom('run').where('number', '=', number).execute();
  if (oldest.length > 0) await forgetUnused(kysely);
  let runsBeyondLimit = 0;
  while ((await sizeOf(kysely)) > limitBytes) {
    const deleted = await forgetOldestCommit(kysely, kept);
    if (deleted === 0) break;
    runsBeyondLimit += deleted;
    await forgetUnused(kysely);
  }
  return { oldRuns: oldest.length, runsBeyondLimit };
}

/** All runs of it, in whatever suite; a run of an unknown commit goes alone. */
async function forgetOldestCommit(kysely: Kysely<HistoryTables>, kept: number): Promise<number> {
  const oldest = await kysely
    .selectFrom('run')
    .select(['number', 'commit_id', 'suite'])
    .where('number', '!=', kept)
    .orderBy('number')
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return 0;
  const { number, commit_id: commit, suite } = oldest;
  const runs = kysely.deleteFrom('run').where('number', '!=', kept);
  const ofCommit =
    commit === null
      ? runs.where('number', '=', number)
      : runs.where('suite', '=', suite).where('commit_id', '=', commit);
  return Number((await ofCommit.executeTakeFirst()).numDeletedRows);
}

/** Lists that no run differs from, and names of tests that simply passed in all runs that are left. */
async function forgetUnused(kysely: Kysely<HistoryTables>): Promise<void> {
  await kysely
    .deleteFrom('passed_list')
    .where('number', 'not in', kysely.selectFrom('run').select('list_number'))
    .execute();
  await sql`delete from ${sql.table('test')} where seen_at < coalesce(
    (select min(ended_at) from ${sql.table('run')}), 0)`.execute(kysely);
  await sql`delete from ${sql.table('cleared')} where at < coalesce(
    (select min(ended_at) from ${sql.table('run')}), 0)`.execute(kysely);
}

/** Of what is stored, without the pages that an engine keeps beside it. */
async function sizeOf(kysely: Kysely<HistoryTables>): Promise<number> {
  let bytes = 0;
  for (const table of ['run', 'passed_list', 'test'] as const) {
    const { sum } = await kysely
      .selectFrom(table)
      .select((select) => select.fn.sum<number | null>('bytes').as('sum'))
      .executeTakeFirstOrThrow();
    bytes += Number(sum ?? 0);
  }
  return bytes;
}
