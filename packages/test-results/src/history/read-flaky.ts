/** Asks the history which tests are flaky now, with the evidence. */
import { type Interval, wilsonInterval } from '@ephemetry/statistics';
import type { Kysely } from 'kysely';
import { attemptsIn } from '../judging/test-state.ts';
import {
  type Evidence,
  evidenceOf,
  type FirstSeen,
  type Flip,
  laterThan,
  QUIET_RUNS,
  type TestRun,
} from './flaky-tests.ts';
import { verdictOf } from './flips.ts';
import { FLAKY_WINDOW_DAYS } from './limits.ts';
import type { History } from './open-history.ts';
import { type StoredContent, stateIn } from './run-content.ts';
import { inSnapshot } from './snapshot.ts';
import { PassedLists } from './stored-runs.ts';
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
/** Runs are read a page at a time: those of large suites would not fit. */
const RUNS_AT_ONCE = 100;

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
    const reader = new SuiteReader(kysely, each, since);
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
  const count = await new SuiteReader(kysely, suite, since).countFlaky();
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

/** A test in one environment, while it is looked at. */
interface Candidate {
  readonly key: bigint;
  readonly fingerprint: string;
  readonly environment: string;
  /** Runs that ended before are no evidence; undefined when it was never cleared. */
  readonly clearedUnixMs: number | undefined;
  readonly flips: Flip[];
  readonly runs: TestRun[];
}

type Found = Candidate & { readonly evidence: Evidence };

function byEnvironmentOf(candidates: readonly Candidate[]): ReadonlyMap<string, readonly Candidate[]> {
  const byEnvironment = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const own = byEnvironment.get(candidate.environment) ?? [];
    own.push(candidate);
    byEnvironment.set(candidate.environment, own);
  }
  return byEnvironment;
}

/** Reads one suite. */
class SuiteReader {
  readonly #kysely: Kysely<HistoryTables>;
  readonly #suite: string;
  readonly #since: number;

  constructor(kysely: Kysely<HistoryTables>, suite: string, since: number) {
    this.#kysely = kysely;
    this.#suite = suite;
    this.#since = since;
  }

  async flaky(): Promise<readonly Found[]> {
    const all = await this.#candidates();
    if (all.length === 0) return [];
    const firstSeen = await this.#firstSeen();
    const candidates = await this.#withoutQuiet(all, firstSeen);
    if (candidates.length === 0) return [];
    await this.#addRuns(candidates);
    return candidates.flatMap((candidate) => {
      const evidence = evidenceOf(candidate.flips, candidate.runs, firstSeen);
      return evidence === undefined ? [] : [{ ...candidate, evidence }];
    });
  }

  /** As many as {@link flaky} finds: a report waits for it, and others for the report. */
  async countFlaky(): Promise<number> {
    const all = await this.#candidates();
    return all.length === 0 ? 0 : (await this.#withoutQuiet(all, await this.#firstSeen())).length;
  }

  /**
   * Leaves out those that ran often enough since their last flip. Where a whole suite was retried they are thousands: of each
   * no run is looked at but those since then, from the newest on, until it is decided.
   */
  async #withoutQuiet(candidates: readonly Candidate[], firstSeen: FirstSeen): Promise<readonly Candidate[]> {
    let undecided = candidates.map((candidate) => ({
      ...candidate,
      ...laterThan(candidate.flips, firstSeen),
      quietRuns: 0,
      candidate,
    }));
    const quiet = new Set<Candidate>();
    const lists = new PassedLists(this.#kysely);
    let before = Number.MAX_SAFE_INTEGER;
    while (undecided.length > 0) {
      const rows = await this.#runsIn(undecided)
        .where('number', '<', before)
        .where('number', '>', least(undecided.map(({ last }) => last.runNumber)))
        .orderBy('number', 'desc')
        .limit(RUNS_AT_ONCE)
        .execute();
      for (const row of rows) {
        before = row.number;
        const run = { runNumber: row.number, commit: row.commit_id ?? undefined };
        const asked = undecided.filter((each) => each.environment === row.environment && each.isLater(run));
        if (asked.length === 0) continue;
        const content = await lists.contentOf(row);
        for (const each of asked) {
          if (evidenceIn(each, row, content) === undefined) continue;
          each.quietRuns += 1;
          if (each.quietRuns >= QUIET_RUNS) quiet.add(each.candidate);
        }
        undecided = undecided.filter(
          ({ candidate, last }) => !quiet.has(candidate) && last.runNumber < row.number - 1,
        );
      }
      if (rows.length < RUNS_AT_ONCE) break;
    }
    return candidates.filter((candidate) => !quiet.has(candidate));
  }

  /** Runs of the window in the environments of these. */
  #runsIn(candidates: Iterable<{ readonly environment: string }>) {
    const environments = new Set([...candidates].map(({ environment }) => environment));
    return this.#kysely
      .selectFrom('run')
      .select(['number', 'environment', 'commit_id', 'ended_at', 'list_number', 'differences'])
      .where('suite', '=', this.#suite)
      .where('ended_at', '>=', this.#since)
      .where('environment', 'in', [...environments]);
  }

  async #candidates(): Promise<readonly Candidate[]> {
    const rows = await this.#kysely
      .selectFrom('flip')
      .leftJoin('cleared', (join) =>
        join.onRef('cleared.suite', '=', 'flip.suite').onRef('cleared.fingerprint', '=', 'flip.fingerprint'),
      )
      .select(['flip.environment', 'flip.fingerprint', 'flip.commit_id', 'flip.run_number', 'flip.at'])
      .select('cleared.at as cleared_at')
      .where('flip.suite', '=', this.#suite)
      .where('flip.at', '>=', this.#since)
      .where((where) =>
        where.or([where('cleared.at', 'is', null), where('flip.at', '>', where.ref('cleared.at'))]),
      )
      .orderBy('flip.run_number')
      .execute();
    const byTest = new Map<string, Candidate>();
    for (const { environment, fingerprint, commit_id, run_number, at, cleared_at } of rows) {
      const id = `${fingerprint} ${environment}`;
      const key = BigInt(`0x${fingerprint}`);
      const candidate = byTest.get(id) ?? {
        key,
        fingerprint,
        environment,
        clearedUnixMs: cleared_at ?? undefined,
        flips: [],
        runs: [],
      };
      candidate.flips.push({ runNumber: run_number, commit: commit_id ?? undefined, unixMs: at });
      byTest.set(id, candidate);
    }
    return [...byTest.values()];
  }

  async #addRuns(candidates: readonly Candidate[]): Promise<void> {
    const byEnvironment = byEnvironmentOf(candidates);
    const lists = new PassedLists(this.#kysely);
    let last = 0;
    for (;;) {
      const rows = await this.#runsIn(candidates)
        .where('number', '>', last)
        .orderBy('number')
        .limit(RUNS_AT_ONCE)
        .execute();
      for (const row of rows) {
        const content = await lists.contentOf(row);
        for (const candidate of byEnvironment.get(row.environment) ?? []) {
          const state = evidenceIn(candidate, row, content);
          if (state === undefined) continue;
          const commit = row.commit_id ?? undefined;
          candidate.runs.push({ runNumber: row.number, commit, attempts: attemptsIn(state) });
        }
        last = row.number;
      }
      if (rows.length < RUNS_AT_ONCE) return;
    }
  }

  async #firstSeen(): Promise<FirstSeen> {
    const rows = await this.#kysely
      .selectFrom('run')
      .select((select) => ['commit_id', select.fn.min('number').as('first')])
      .where('suite', '=', this.#suite)
      .where('commit_id', 'is not', null)
      .groupBy('commit_id')
      .execute();
    const byCommit = new Map(rows.map(({ commit_id, first }) => [commit_id ?? '', Number(first)]));
    return (commit) => byCommit.get(commit) ?? 0;
  }
}

/** What a run says of a test; undefined when it is no evidence. */
function evidenceIn(
  { key, clearedUnixMs }: Pick<Candidate, 'key' | 'clearedUnixMs'>,
  { ended_at: endUnixMs }: { readonly ended_at: number },
  content: StoredContent,
): number | undefined {
  if (clearedUnixMs !== undefined && endUnixMs <= clearedUnixMs) return undefined;
  const state = stateIn(content, key);
  return verdictOf(state) === undefined ? undefined : state;
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((smallest, number) => Math.min(smallest, number));
}

async function withNames(
  kysely: Kysely<HistoryTables>,
  suite: string,
  found: readonly Found[],
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
