/** Makes test cases of the elements of a report, and looks for the signs of its runner before the first case. */
import { cutFree } from '../judging/kept-name.ts';
import type { ReportTally } from '../judging/report-tally.ts';
import type { Outcome } from '../outcome.ts';
import type { InnerAttempt, TestCase } from '../test-case.ts';
import { FilesOfCases, type OpenSuite } from './files-of-cases.ts';
import { parseSeconds } from './parse-seconds.ts';
import type { ReadReport } from './report-reading.ts';
import { type Runner, runnerOf, SIGN_PROPERTIES, START_PROPERTY, VERSION_PROPERTIES } from './runner.ts';
import { SuiteTimes } from './suite-times.ts';

type Attributes = Readonly<Record<string, string>>;

/** A case that is open, and how deep. */
interface OpenCase {
  readonly attributes: Attributes;
  readonly depth: number;
  outcome: Outcome;
  isEmpty: boolean;
  isTeardownError: boolean;
  /** Undefined as long as there is none, which is so of most. */
  innerAttempts: InnerAttempt[] | undefined;
}

const NO_ATTEMPTS: readonly InnerAttempt[] = [];
const SKIPPED_STATUS = new Set(['disabled', 'notrun', 'ignored', 'skipped']);
const INNER: Readonly<Record<string, Pick<InnerAttempt, 'kind' | 'outcome'>>> = {
  flakyFailure: { kind: 'flaky', outcome: 'failed' },
  flakyError: { kind: 'flaky', outcome: 'error' },
  rerunFailure: { kind: 'rerun', outcome: 'failed' },
  rerunError: { kind: 'rerun', outcome: 'error' },
};
/** `go1.26.0 linux/amd64` is one. */
const VERSION_CHARACTERS = 64;
/** Of several results the worst one counts. */
const WEIGHT: Readonly<Record<Outcome, number>> = { passed: 0, skipped: 1, failed: 2, error: 3 };
const RESULTS: Readonly<Record<string, Outcome>> = { error: 'error', failure: 'failed', skipped: 'skipped' };

/** Reads the elements of one report. */
export class CaseReader {
  readonly #createTally: (runner: Runner) => ReportTally;
  /** What paths of files begin with in this checkout; empty where nobody knows. */
  readonly #root: string;
  #tally: ReportTally | undefined;
  #depth = 0;
  readonly #suites: { readonly suite: OpenSuite; readonly depth: number }[] = [];
  readonly #cases: OpenCase[] = [];
  /** Signs of the runner. */
  readonly #names: string[] = [];
  readonly #attributes = new Set<string>();
  readonly #properties = new Set<string>();
  #schema = '';
  #runnerVersion = '';
  #claimedTests = 0;
  readonly #files = new FilesOfCases();
  readonly #times = new SuiteTimes();

  /** @param root the folder that paths of files are relative to. @default they stay as they are */
  constructor(createTally: (runner: Runner) => ReportTally, root = '') {
    this.#createTally = createTally;
    this.#root = root === '' || root.endsWith('/') ? root : `${root}/`;
  }

  /** Whether a report may begin with this element. */
  isRoot(name: string): boolean {
    const local = localName(name);
    return local === 'testsuites' || local === 'testsuite';
  }

  open(name: string, attributes: Attributes): void {
    const depth = ++this.#depth;
    const open = this.#cases.at(-1);
    const local = localName(name);
    if (local === 'testcase') this.#openCase(attributes, depth);
    else if (open !== undefined) {
      if (open.depth === depth - 1) addResult(open, local, attributes);
    } else if (local === 'testsuite' || local === 'testsuites') this.#openSuite(attributes, depth);
    else if (local === 'property') this.#readProperty(attributes);
    else if ((local === 'error' || local === 'failure') && this.#suites.at(-1)?.depth === depth - 1)
      this.#addSuiteError(local);
  }

  simpleCase(attributes: Attributes): boolean {
    if (this.#cases.length > 0) return false;
    this.#add(this.#caseOf(openCase(attributes, this.#depth + 1)));
    return true;
  }

  close(): void {
    const depth = this.#depth--;
    const open = this.#cases.at(-1);
    if (open?.depth === depth) {
      this.#cases.pop();
      this.#add(this.#caseOf(open));
    } else if (this.#suites.at(-1)?.depth === depth) this.#suites.pop();
  }

  /** What was read, at the end of a report that is well-formed. */
  finish(): Omit<ReadReport, 'replacedCharacters'> {
    if (this.#tally === undefined)
      return this.#claimedTests > 0
        ? { outcome: 'hollow', detail: 'it claims tests and holds none' }
        : { outcome: 'empty', detail: 'it holds no test' };
    this.#tally.finish(this.#claimedTests);
    const version = this.#runnerVersion === '' ? {} : { runnerVersion: this.#runnerVersion };
    return { outcome: 'read', tally: this.#tally, ...version, ...this.#times.of(this.#tally.runner) };
  }

  #openCase(attributes: Attributes, depth: number): void {
    this.#cases.push(openCase(attributes, depth));
  }

  #caseOf({ attributes, outcome, isEmpty, isTeardownError, innerAttempts }: OpenCase): TestCase {
    const className = attributes['classname'] ?? attributes['class'] ?? '';
    const name = attributes['name'] ?? '';
    const suite = this.#suites.at(-1)?.suite;
    return {
      file: this.#files.fileOf(this.#tallyNow().runner, this.#fileIn(attributes), { className, name }, suite),
      className: className === '' ? (suite?.name ?? '') : className,
      name,
      line: attributes['line'] ?? attributes['lineno'] ?? '',
      outcome,
      isEmpty,
      isTeardownError,
      seconds: parseSeconds(attributes['time'] ?? attributes['duration']),
      innerAttempts: innerAttempts ?? NO_ATTEMPTS,
    };
  }

  #openSuite(attributes: Attributes, depth: number): void {
    this.#readSigns(attributes);
    const claimed = Number(attributes['tests']);
    if (claimed > this.#claimedTests) this.#claimedTests = claimed;
    const name = attributes['name'] ?? '';
    const file = this.#fileIn(attributes) ?? this.#suites.at(-1)?.suite.file ?? '';
    this.#suites.push({ suite: { name, file }, depth });
    this.#times.add(attributes['timestamp'], attributes['time']);
  }

  /** As it is called in every checkout: a test is the same one wherever its run was. */
  #fileIn(attributes: Attributes): string | undefined {
    const file = attributes['file'] ?? attributes['filepath'];
    return this.#root !== '' && file?.startsWith(this.#root) ? file.slice(this.#root.length) : file;
  }

  #readSigns(attributes: Attributes): void {
    if (this.#tally !== undefined || this.#names.length >= 2) return;
    this.#names.push(attributes['name'] ?? '');
    for (const key of Object.keys(attributes)) {
      this.#attributes.add(key);
      if (key.endsWith('SchemaLocation')) this.#schema += attributes[key] ?? '';
    }
  }

  #readProperty({ name = '', value = '' }: Attributes): void {
    // Of all others there may be any number.
    if (SIGN_PROPERTIES.has(name)) this.#properties.add(name);
    if (name === START_PROPERTY) this.#times.tell(value);
    if (VERSION_PROPERTIES.has(name)) this.#runnerVersion = cutFree(value.slice(0, VERSION_CHARACTERS));
  }

  /** What went wrong outside of any test of a suite is one test with an error. */
  #addSuiteError(local: 'error' | 'failure'): void {
    const suite = this.#suites.at(-1)?.suite;
    this.#add({
      file: suite?.file ?? '',
      className: suite?.name ?? '',
      name: `(${local} outside of any test)`,
      line: '',
      outcome: local === 'error' ? 'error' : 'failed',
      isEmpty: false,
      isTeardownError: false,
      seconds: undefined,
      innerAttempts: NO_ATTEMPTS,
    });
  }

  #add(test: TestCase): void {
    this.#tallyNow().add(test);
  }

  #tallyNow(): ReportTally {
    this.#tally ??= this.#createTally(
      runnerOf({
        names: this.#names,
        attributes: this.#attributes,
        schema: this.#schema,
        properties: this.#properties,
      }),
    );
    return this.#tally;
  }
}

function openCase(attributes: Attributes, depth: number): OpenCase {
  const status = attributes['status'];
  const isSkipped = status !== undefined && SKIPPED_STATUS.has(status.toLowerCase());
  return {
    attributes,
    depth,
    outcome: isSkipped ? 'skipped' : 'passed',
    isEmpty: !isSkipped,
    isTeardownError: false,
    innerAttempts: undefined,
  };
}

function addResult(open: OpenCase, local: string, attributes: Attributes): void {
  const result = RESULTS[local];
  if (result !== undefined) {
    open.isEmpty = false;
    if (WEIGHT[result] > WEIGHT[open.outcome]) open.outcome = result;
    if (result === 'error' && /teardown/.test(attributes['message']?.slice(0, 64) ?? ''))
      open.isTeardownError = true;
    return;
  }
  const inner = INNER[local];
  if (inner === undefined) return;
  open.innerAttempts ??= [];
  open.innerAttempts.push({ ...inner, seconds: parseSeconds(attributes['time']) });
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
