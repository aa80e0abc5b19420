/** Finds tests in the history by what people type, clears them, and tells how they went. */
import { writeTransaction } from '@ephemetry/store/kysely';
import type { Kysely } from 'kysely';
import { attemptsIn, isFlakyIn, outcomeIn } from '../judging/test-state.ts';
import type { Outcome } from '../outcome.ts';
import type { TestName } from '../test-case.ts';
import { clockOf } from './clock.ts';
import type { History } from './open-history.ts';
import { stateIn } from './run-content.ts';
import { inSnapshot } from './snapshot.ts';
import { PassedLists } from './stored-runs.ts';
import type { HistoryTables } from './tables.ts';

/** A test that did not simply pass in some run that is kept. */
export interface NamedTest extends TestName {
  readonly suite: string;
  readonly fingerprint: string;
}

/**
 * Finds tests by their name, or by their class or file and name with `.`, `::` or ` › ` between.
 *
 * @param suite undefined for all
 */
export async function findTests(
  { kysely }: History,
  wanted: string,
  suite: string | undefined,
): Promise<readonly NamedTest[]> {
  let rows = kysely.selectFrom('test').select(['suite', 'fingerprint', 'file', 'class_name', 'name']);
  if (suite !== undefined) rows = rows.where('suite', '=', suite);
  const found = await rows.orderBy('suite').orderBy('file').orderBy('class_name').orderBy('name').execute();
  return found
    .map(({ class_name: className, ...rest }) => ({ ...rest, className }))
    .filter((test) => isCalled(test, wanted));
}

function isCalled({ file, className, name }: TestName, wanted: string): boolean {
  if (wanted === name) return true;
  const places = [className, file].filter((place) => place !== '');
  return places.some((place) => ['.', '::', ' › '].some((between) => wanted === `${place}${between}${name}`));
}

/** What showed until now that a test is flaky does not count any more. */
export async function clearFlaky(
  { database, kysely }: History,
  { suite, fingerprint }: NamedTest,
  now?: () => number,
): Promise<void> {
  await writeTransaction(database, kysely, async (transaction) => {
    const at = Math.round(now?.() ?? (await clockOf(transaction, database)));
    await transaction
      .insertInto('cleared')
      .values({ suite, fingerprint, at })
      .onConflict((conflict) => conflict.columns(['suite', 'fingerprint']).doUpdateSet({ at }))
      .execute();
  });
}

/** How a test went in one run. */
export interface TestPast {
  readonly endUnixMs: number;
  readonly environment: string;
  /** Undefined where it is not known, or files had been changed since. */
  readonly commit: string | undefined;
  readonly branch: string;
  readonly outcome: Outcome;
  readonly attempts: number;
  /** Whether it passed and failed in this run. */
  readonly isFlaky: boolean;
}

/** Runs that a test was in, the newest first. */
export async function readTestHistory(
  history: History,
  test: NamedTest,
  limit: number,
): Promise<readonly TestPast[]> {
  return await inSnapshot(history, (snapshot) => pastIn(snapshot, test, limit));
}

async function pastIn(
  kysely: Kysely<HistoryTables>,
  { suite, fingerprint }: NamedTest,
  limit: number,
): Promise<readonly TestPast[]> {
  const key = BigInt(`0x${fingerprint}`);
  const lists = new PassedLists(kysely);
  const past: TestPast[] = [];
  let before = Number.MAX_SAFE_INTEGER;
  while (past.length < limit) {
    const rows = await kysely
      .selectFrom('run')
      .select(['number', 'ended_at', 'environment', 'commit_id', 'branch', 'list_number', 'differences'])
      .where('suite', '=', suite)
      .where('number', '<', before)
      .orderBy('number', 'desc')
      .limit(RUNS_AT_ONCE)
      .execute();
    for (const row of rows) {
      before = row.number;
      const state = stateIn(await lists.contentOf(row), key);
      if (state === undefined) continue;
      past.push({
        endUnixMs: row.ended_at,
        environment: row.environment,
        commit: row.commit_id ?? undefined,
        branch: row.branch,
        outcome: outcomeIn(state),
        attempts: attemptsIn(state),
        isFlaky: isFlakyIn(state),
      });
    }
    if (rows.length < RUNS_AT_ONCE) break;
  }
  return past.slice(0, limit);
}

const RUNS_AT_ONCE = 100;
