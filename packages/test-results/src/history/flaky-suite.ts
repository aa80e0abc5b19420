/** The flaky tests of one suite: those that flipped, and what later runs say of them. */
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
import { type StoredContent, stateIn } from './run-content.ts';
import { PassedLists } from './stored-runs.ts';
import type { HistoryTables } from './tables.ts';

/** Runs are read a page at a time: those of large suites would not fit. */
const RUNS_AT_ONCE = 100;

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

/** A flaky test, with what shows that it is. */
export type FoundFlaky = Candidate & { readonly evidence: Evidence };

/** Reads one suite. */
export class FlakySuite {
  readonly #kysely: Kysely<HistoryTables>;
  readonly #suite: string;
  readonly #since: number;

  constructor(kysely: Kysely<HistoryTables>, suite: string, since: number) {
    this.#kysely = kysely;
    this.#suite = suite;
    this.#since = since;
  }

  /** Those that are flaky now. */
  async flaky(): Promise<readonly FoundFlaky[]> {
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

function byEnvironmentOf(candidates: readonly Candidate[]): ReadonlyMap<string, readonly Candidate[]> {
  const byEnvironment = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const own = byEnvironment.get(candidate.environment) ?? [];
    own.push(candidate);
    byEnvironment.set(candidate.environment, own);
  }
  return byEnvironment;
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
