/** Asks the history which tests are flaky now, with the evidence. */
import { type Interval, wilsonInterval } from '@ephemetry/statistics';
import type { Kysely } from 'kysely';
import { FlakySuite, type FoundFlaky } from './flaky-suite.ts';
import type { Evidence } from './flaky-tests.ts';
import { FLAKY_WINDOW_DAYS } from './limits.ts';
import type { History } from './open-history.ts';
import { inSnapshot } from './snapshot.ts';
import type { HistoryTables } from './tables.ts';

/** A test that is flaky in one environment. */
export interface FlakyTest extends Evidence {
  readonly suite: string;
  readonly environment: string;
  /** Empty where more tests failed than names are kept of. Hostile wherever it is shown. */
  readonly file: string;
  readonly className: string;
  readonly name: string;
  /** Of `flips` among `commits`, with 95 % confidence. */
  readonly interval: Interval;
}

/** What is asked. */
export interface FlakyQuestion {
  /** @default all suites */
  readonly suite?: string;
  /** @default 14 */
  readonly windowDays?: number;
  readonly now?: () => number;
}

/** Tests that are flaky now, the worst first; and the suites of which that cannot be known. */
export interface FlakyAnswer {
  readonly tests: readonly FlakyTest[];
  /** No commit ran twice, and no test was retried: nothing could be seen. */
  readonly unseen: readonly string[];
}

const DAY_MS = 86_400_000;
/** Reads them. @throws the engine's error, see `historyFault` */
export async function readFlaky(history: History, question: FlakyQuestion = {}): Promise<FlakyAnswer> {
  return await inSnapshot(history, (snapshot) => flakyIn(snapshot, question));
}

async function flakyIn(
  kysely: Kysely<HistoryTables>,
  { suite, windowDays = FLAKY_WINDOW_DAYS, now = Date.now }: FlakyQuestion,
): Promise<FlakyAnswer> {
  const since = Math.floor(now() - windowDays * DAY_MS);
  const suites = suite === undefined ? await suitesOf(kysely) : [suite];
  const tests: FlakyTest[] = [];
  const unseen: string[] = [];
  for (const each of suites) {
    const reader = new FlakySuite(kysely, each, since);
    const found = await reader.flaky();
    tests.push(...(await withNames(kysely, each, found)));
    if (found.length === 0 && !(await couldBeSeen(kysely, each, since))) unseen.push(each);
  }
  return { tests: tests.toSorted(worstFirst), unseen };
}

/** How many there are; undefined when nothing could be seen. */
export async function countFlaky(
  kysely: Kysely<HistoryTables>,
  suite: string,
  nowUnixMs: number,
  windowDays: number = FLAKY_WINDOW_DAYS,
): Promise<number | undefined> {
  const since = Math.floor(nowUnixMs - windowDays * DAY_MS);
  const count = await new FlakySuite(kysely, suite, since).countFlaky();
  return count > 0 || (await couldBeSeen(kysely, suite, since)) ? count : undefined;
}

async function suitesOf(kysely: Kysely<HistoryTables>): Promise<readonly string[]> {
  const rows = await kysely.selectFrom('run').select('suite').distinct().orderBy('suite').execute();
  return rows.map(({ suite }) => suite);
}

/** Whether a test was retried, or a commit ran twice in one environment. */
async function couldBeSeen(kysely: Kysely<HistoryTables>, suite: string, since: number): Promise<boolean> {
  const runs = kysely.selectFrom('run').where('suite', '=', suite).where('ended_at', '>=', since);
  const retried = await runs.select('number').where('retried', '>', 0).limit(1).execute();
  if (retried.length > 0) return true;
  const twice = await runs
    .select('commit_id')
    .where('commit_id', 'is not', null)
    .groupBy(['environment', 'commit_id'])
    .having((having) => having(having.fn.countAll(), '>', 1))
    .limit(1)
    .execute();
  return twice.length > 0;
}

async function withNames(
  kysely: Kysely<HistoryTables>,
  suite: string,
  found: readonly FoundFlaky[],
): Promise<readonly FlakyTest[]> {
  if (found.length === 0) return [];
  const rows = await kysely
    .selectFrom('test')
    .select(['fingerprint', 'file', 'class_name', 'name'])
    .where('suite', '=', suite)
    .execute();
  const byFingerprint = new Map(rows.map((row) => [row.fingerprint, row]));
  return found.map(({ fingerprint, environment, evidence }) => {
    const { file = '', class_name: className = '', name = '' } = byFingerprint.get(fingerprint) ?? {};
    const interval = wilsonInterval(evidence.flips, evidence.commits);
    return { suite, environment, file, className, name, ...evidence, interval };
  });
}

/** By what the share of commits is at least. */
function worstFirst(a: FlakyTest, b: FlakyTest): number {
  return b.interval.low - a.interval.low || b.flips - a.flips || compare(titleOf(a), titleOf(b));
}

function titleOf({ suite, environment, file, className, name }: FlakyTest): string {
  return [suite, file, className, name, environment].join('\0');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
