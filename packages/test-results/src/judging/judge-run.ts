/** Reports of one run into what the run says. Pure: the same reports give the same run, in whatever order they come. */
import { isBad, noCounts, type OutcomeCounts, REPORT_OUTCOMES, type ReportOutcome } from '../outcome.ts';
import type { ReadReport } from '../reading/report-reading.ts';
import type { TestName } from '../test-case.ts';
import type { Durations } from './durations.ts';
import type { ReportTally } from './report-tally.ts';
import { attemptsIn, categoryIn, isFlakyIn, laterDecides, outcomeIn } from './test-state.ts';
import { type RunTests, TestTable } from './test-table.ts';
import { type SlowTest, withSlow } from './test-times.ts';

/** How the run as a whole ended. */
export type RunResult = 'success' | 'failure' | 'incomplete';

/** A report and when its file was written, which orders reports that tell no time. */
export interface RunReport extends ReadReport {
  /** Shown where it is not read. */
  readonly path: string;
  readonly modifiedUnixMs: number;
}

/** What is known of a run beside its reports. */
export interface RunFacts {
  /** Reports that were begun and never completed. */
  readonly lost: number;
  /** How many reports there must be. @default as many as there are */
  readonly expected?: number;
  /** Names of categories by their place, see `categoryNames`. */
  readonly categories: readonly string[];
}

/** A test that people should look at. */
export interface NotableTest extends TestName {
  readonly outcome: 'failed' | 'error' | 'passed' | 'skipped';
  readonly category: string;
  readonly attempts: number;
  readonly isFlaky: boolean;
}

/** What a run says. */
export interface Run {
  readonly result: RunResult;
  /** From the first start in a report; absent when a report that was read tells no time. */
  readonly startUnixMs?: number;
  readonly endUnixMs?: number;
  readonly wallSeconds?: number;
  readonly busySeconds: number;
  readonly unknownDurations: number;
  readonly results: OutcomeCounts;
  /** Every category, also those without a test. */
  readonly categories: ReadonlyMap<string, OutcomeCounts>;
  /** Tests with more than one attempt. */
  readonly retried: number;
  /** Tests that both passed and failed in this run. */
  readonly flaky: number;
  readonly reports: { readonly [Name in ReportOutcome]: number };
  /** Tests that failed or are flaky, as far as names were kept. */
  readonly notable: readonly NotableTest[];
  readonly slowest: readonly SlowTest[];
  /** Times of all attempts, by report. */
  readonly durations: readonly Durations[];
  readonly replacedCharacters: number;
  /** Every test, for whoever compares runs. */
  readonly tests: RunTests;
  /** Names of tests that did not simply pass, by their place in `tests`, as far as names were kept. */
  readonly names: ReadonlyMap<number, TestName>;
}

/** Judges a run. */
export function judgeRun(given: readonly RunReport[], facts: RunFacts): Run {
  const reports = given.toSorted(byTime);
  const tallies = reports.flatMap(({ tally }) => (tally === undefined ? [] : [tally]));
  const times = tallies.map((tally) => tally.times);
  const { table, names } = joined(tallies);
  const counted = count(table, names, facts.categories);
  const outcomes = countReports(reports, facts);
  return {
    result: resultOf(counted.results, outcomes),
    ...timesOf(reports),
    busySeconds: times.reduce((sum, { busySeconds }) => sum + busySeconds, 0),
    unknownDurations: times.reduce((sum, { unknown }) => sum + unknown, 0),
    ...counted,
    reports: outcomes,
    slowest: times
      .flatMap(({ slowest }) => slowest)
      .reduce<readonly SlowTest[]>((all, { test, seconds }) => withSlow(all, seconds, test), []),
    durations: times.map(({ durations }) => durations),
    tests: table,
    names,
    replacedCharacters: reports.reduce((sum, { replacedCharacters }) => sum + replacedCharacters, 0),
  };
}

/** By the suite's time, then the file's; the path decides between equal ones. */
function byTime(a: RunReport, b: RunReport): number {
  const start = (a.startUnixMs ?? a.modifiedUnixMs) - (b.startUnixMs ?? b.modifiedUnixMs);
  if (start !== 0) return start;
  const modified = a.modifiedUnixMs - b.modifiedUnixMs;
  return modified === 0 ? (a.path < b.path ? -1 : 1) : modified;
}

interface Joined {
  readonly table: TestTable;
  readonly names: ReadonlyMap<number, TestName>;
}

/** The tests of all reports: those that are second attempts of one another once. */
function joined(tallies: readonly ReportTally[]): Joined {
  const [only] = tallies;
  if (only !== undefined && tallies.length === 1) return { table: only.tests, names: only.names };
  const table = new TestTable();
  const names = new Map<number, TestName>();
  for (const { tests, isJoined, names: own } of tallies)
    for (let index = 0; index < tests.size; index++) {
      const place = join(table, tests, index, isJoined);
      const name = own.get(index);
      if (name !== undefined) names.set(place, name);
    }
  return { table, names };
}

function join(table: TestTable, from: TestTable, index: number, isShared: boolean): number {
  const fingerprint = from.fingerprintAt(index);
  const state = from.stateAt(index);
  if (!isShared) return table.append(fingerprint, state);
  const found = table.find(fingerprint);
  if (found < 0) return table.add(fingerprint, state);
  table.set(found, laterDecides(table.stateAt(found), state));
  return found;
}

type Counted = Pick<Run, 'results' | 'categories' | 'retried' | 'flaky' | 'notable'>;

function count(
  table: TestTable,
  names: ReadonlyMap<number, TestName>,
  categories: readonly string[],
): Counted {
  const results = noCounts();
  const byCategory = categories.map(() => noCounts());
  const notable: NotableTest[] = [];
  let retried = 0;
  let flaky = 0;
  for (let index = 0; index < table.size; index++) {
    const state = table.stateAt(index);
    const outcome = outcomeIn(state);
    const isFlaky = isFlakyIn(state);
    const place = categoryIn(state);
    results[outcome] += 1;
    const ofCategory = byCategory[place];
    if (ofCategory !== undefined) ofCategory[outcome] += 1;
    if (attemptsIn(state) > 1) retried += 1;
    if (isFlaky) flaky += 1;
    const name = isFlaky || isBad(outcome) ? names.get(index) : undefined;
    if (name !== undefined)
      notable.push({
        ...name,
        outcome,
        isFlaky,
        attempts: attemptsIn(state),
        category: categories[place] ?? '',
      });
  }
  const named = categories.map((name, place) => [name, byCategory[place] ?? noCounts()] as const);
  return { results, categories: new Map(named), retried, flaky, notable };
}

function countReports(reports: readonly RunReport[], { lost, expected = 0 }: RunFacts): Run['reports'] {
  const counts = Object.fromEntries(
    REPORT_OUTCOMES.map((outcome) => [
      outcome,
      reports.filter((report) => report.outcome === outcome).length,
    ]),
  );
  const { read = 0, empty = 0, hollow = 0, malformed = 0, refused = 0, foreign = 0 } = counts;
  const missing = Math.max(lost, expected - reports.length);
  return { read, empty, hollow, malformed, refused, foreign, lost: missing };
}

/** A run that lacks a report is incomplete, whatever the others say. */
function resultOf({ failed, error }: OutcomeCounts, reports: Run['reports']): RunResult {
  const { hollow, malformed, refused, lost, read, empty } = reports;
  if (hollow + malformed + refused + lost > 0 || read + empty === 0) return 'incomplete';
  return failed + error > 0 ? 'failure' : 'success';
}

function timesOf(reports: readonly RunReport[]): Pick<Run, 'startUnixMs' | 'endUnixMs' | 'wallSeconds'> {
  const read = reports.filter(({ outcome }) => outcome === 'read');
  const starts = read.flatMap(({ startUnixMs }) => (startUnixMs === undefined ? [] : [startUnixMs]));
  const ends = read.flatMap(({ endUnixMs }) => (endUnixMs === undefined ? [] : [endUnixMs]));
  if (read.length === 0 || starts.length < read.length) return {};
  const startUnixMs = starts.reduce((least, start) => Math.min(least, start));
  const endUnixMs = ends.reduce((most, end) => Math.max(most, end), startUnixMs);
  return { startUnixMs, endUnixMs, wallSeconds: (endUnixMs - startUnixMs) / 1000 };
}
