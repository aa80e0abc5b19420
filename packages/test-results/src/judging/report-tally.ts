/**
 * Adds the cases of one report up, in as little memory as counts need. Nothing of it counts before the report was read to
 * its end: then it joins the run, whole.
 */
import { isBad } from '../outcome.ts';
import type { Runner } from '../reading/runner.ts';
import type { TestCase, TestName } from '../test-case.ts';
import { Fingerprints } from './fingerprint.ts';
import { keptName } from './kept-name.ts';
import { type RetryRule, retryRule, type SameId } from './retry-rule.ts';
import { attemptsIn, laterDecides, outcomeIn, stateOf } from './test-state.ts';
import { TestTable } from './test-table.ts';
import { TestTimes } from './test-times.ts';

/** How cases are judged. */
export interface JudgingOptions {
  readonly sameId?: SameId;
  /** Place of a test's category, by the path of its file: 0 where none matches. */
  readonly categoryOf: (file: string) => number;
  /** So many names of tests are kept of a report; beyond them tests are counted without a name. @default 2000 */
  readonly namesLimit?: number;
}

export const NAMES_LIMIT = 2000;

/** The class that jest-junit writes for a file that cannot be run, once as an error and once as a failure. */
const JEST_BROKEN_FILE = 'Test suite failed to run';

/** The cases of one report. */
export class ReportTally {
  readonly runner: Runner;
  readonly rule: RetryRule;
  tests: TestTable = new TestTable();
  readonly times: TestTimes = new TestTimes();
  /** Names of tests that failed or came twice, by their place in `tests`. */
  names: Map<number, TestName> = new Map();
  cases = 0;
  /** Whether a test of another report of the run with the same name is the same test. */
  isJoined: boolean;
  readonly #categoryOf: (file: string) => number;
  readonly #namesLimit: number;
  readonly #fingerprints = new Fingerprints();
  #lastFile = '';
  #lastCategory = 0;
  /** Every case as a test of its own, from the first one on that came twice. */
  #apart: TestTable | undefined;
  /** By file, line and name: where the first case of that place stands in `tests`. */
  readonly #places = new TestTable();
  /** Places whose cases ended differently, by their first case. */
  readonly #retriedAtPlace = new Set<number>();
  /** The first case of the place of each case that is not the first one. */
  readonly #firstOf = new Map<number, number>();
  readonly #mayComeFromEachWorker: boolean;
  readonly #brokenFiles = new TestTable();

  constructor(runner: Runner, options: JudgingOptions) {
    this.runner = runner;
    this.rule = retryRule(runner, options.sameId);
    this.isJoined = this.rule.acrossReports;
    this.#mayComeFromEachWorker = runner === 'pytest' && options.sameId === undefined;
    this.#categoryOf = options.categoryOf;
    this.#namesLimit = options.namesLimit ?? NAMES_LIMIT;
    this.#lastCategory = options.categoryOf('');
  }

  add(test: TestCase): void {
    this.cases += 1;
    if (this.runner === 'jest' && test.className === JEST_BROKEN_FILE) {
      const file = this.#fingerprints.of(test);
      if (this.#brokenFiles.find(file) >= 0) return;
      this.#brokenFiles.add(file, 0);
    }
    const category = this.#categoryOfFile(test.file);
    this.times.add(test.seconds, category, test);
    for (const inner of test.innerAttempts) this.times.add(inner.seconds, category, test);
    const index = this.#place(test, stateOf(test, category));
    if (isBad(test.outcome) || test.innerAttempts.length > 0) this.#remember(index, test);
  }

  /**
   * The report ends: whether cases at one place are attempts is known now. pytest with `--dist=each` runs every test once in each worker: the report claims as many tests as it has
   * cases then, which it does not where cases without content are attempts that failed.
   */
  finish(claimedTests: number): void {
    this.times.finish();
    this.#lastFile = '';
    if (this.#retriedAtPlace.size > 0) this.#joinAtPlaces();
    const apart = this.#apart;
    if (apart === undefined || claimedTests < this.cases || !this.#haveEqualAttempts()) return;
    const names = new Map<number, TestName>();
    for (let index = 0; index < apart.size; index++) {
      const name = this.names.get(this.tests.find(apart.fingerprintAt(index)));
      if (name !== undefined) names.set(index, name);
    }
    this.tests = apart;
    this.isJoined = false;
    this.names = names;
  }

  #haveEqualAttempts(): boolean {
    const first = attemptsIn(this.tests.stateAt(0));
    for (let index = 0; index < this.tests.size; index++)
      if (attemptsIn(this.tests.stateAt(index)) !== first) return false;
    return true;
  }

  #place(test: TestCase, state: number): number {
    const { same, merge } = this.rule;
    if (same === 'none') return this.tests.append(this.#fingerprints.of(test), state);
    if (same === 'place') return this.#placeByLine(test, state);
    const fingerprint = this.#fingerprints.of(test);
    const index = this.tests.find(fingerprint);
    if (index < 0) {
      this.#apart?.append(fingerprint, state);
      return this.tests.add(fingerprint, state);
    }
    const before = this.tests.stateAt(index);
    const merged = merge(before, state, test);
    if (this.#mayComeFromEachWorker && merged !== before) {
      this.#apart ??= this.tests.copy();
      this.#apart.append(fingerprint, state);
    }
    this.tests.set(index, merged);
    this.#remember(index, test);
    return index;
  }

  /** Apart until the end, as a later case may be the first that ends differently. */
  #placeByLine(test: TestCase, state: number): number {
    if (test.file === '' || test.line === '') return this.tests.append(this.#fingerprints.of(test), state);
    // Lines move: what a test is called must be the same in the next run.
    const index = this.tests.append(this.#fingerprints.of(test), state);
    const place = this.#fingerprints.of(test, test.line);
    const known = this.#places.find(place);
    if (known < 0) {
      this.#places.add(place, index);
      return index;
    }
    const first = this.#places.stateAt(known);
    this.#firstOf.set(index, first);
    if (outcomeIn(this.tests.stateAt(first)) !== outcomeIn(state)) this.#retriedAtPlace.add(first);
    return index;
  }

  #joinAtPlaces(): void {
    const joined = new TestTable();
    const names = new Map<number, TestName>();
    const joinedAt = new Map<number, number>();
    for (let index = 0; index < this.tests.size; index++) {
      const state = this.tests.stateAt(index);
      const before = joinedAt.get(this.#firstOf.get(index) ?? index);
      if (before !== undefined) joined.set(before, laterDecides(joined.stateAt(before), state));
      const place = before ?? joined.append(this.tests.fingerprintAt(index), state);
      if (this.#retriedAtPlace.has(index)) joinedAt.set(index, place);
      const name = this.names.get(index);
      if (name !== undefined) names.set(place, name);
    }
    this.tests = joined;
    this.names = names;
  }

  #remember(index: number, test: TestName): void {
    if (this.names.size < this.#namesLimit) this.names.set(index, keptName(test));
  }

  /** Cases of one file stand together. */
  #categoryOfFile(file: string): number {
    if (file === this.#lastFile) return this.#lastCategory;
    this.#lastFile = file;
    this.#lastCategory = this.#categoryOf(file);
    return this.#lastCategory;
  }
}
