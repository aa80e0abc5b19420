/** A run for people: the tests that failed and the flaky ones first, then counts. */
import type { HistoryFindings, NotableTest, OutcomeCounts, Run } from '@ephemetry/test-results';
import { count } from '../terminal/counted.ts';
import { type Column, textTable } from '../terminal/text-table.ts';
import type { ReportedRun } from './run-json.ts';

/** So many tests are named. */
const NAMED = 50;

const COLUMNS: readonly Column[] = [
  { title: 'CATEGORY', align: 'left' },
  ...['PASSED', 'FAILED', 'ERROR', 'SKIPPED', 'PASS RATE'].map(
    (title) => ({ title, align: 'right' }) as const,
  ),
];

/** The lines of a terminal. */
export function runLines({ suite, run, coverage, history }: ReportedRun): readonly string[] {
  return [
    ...named('failed', failedTests(run), run.results.failed + run.results.error),
    ...named('flaky', flakyTests(run), run.flaky),
    ...textTable(COLUMNS, countRows(suite, run)),
    '',
    summary(run),
    ...(coverage === undefined ? [] : [`coverage: ${coverage.covered} of ${coverage.total} lines`]),
    ...historyLines(history),
  ];
}

/** Tests that failed in the end. */
export function failedTests({ notable }: Run): readonly NotableTest[] {
  return notable.filter(({ outcome }) => outcome === 'failed' || outcome === 'error');
}

/** Tests that passed and failed. */
export function flakyTests({ notable }: Run): readonly NotableTest[] {
  return notable.filter(({ isFlaky }) => isFlaky);
}

/** `tests.acp.test_a › test_flaky`. */
export function testTitle({
  file,
  className,
  name,
}: Pick<NotableTest, 'file' | 'className' | 'name'>): string {
  const where = className === '' ? file : className;
  return where === '' ? name : `${where} › ${name}`;
}

/** How the run ended, in one line. */
export function summary({ result, retried, flaky, wallSeconds, busySeconds, reports }: Run): string {
  const all = Object.values(reports).reduce((sum, each) => sum + each, 0);
  return [
    `run: ${result}`,
    `${reports.read + reports.empty} of ${count(all, 'report', 'reports')} read`,
    `${retried} retried`,
    `${flaky} flaky`,
    wallSeconds === undefined ? 'wall time unknown' : `${wallSeconds.toFixed(1)} s`,
    `${busySeconds.toFixed(1)} s in tests`,
  ].join(', ');
}

/** What the run shows beside earlier ones, in one line. */
export function historyLines(history: HistoryFindings | undefined): readonly string[] {
  if (history === undefined) return [];
  const { rerun, mass, transitions, flaky } = history;
  const sum = (kind: 'broken' | 'fixed'): number =>
    Object.values(transitions).reduce((all, each) => all + each[kind], 0);
  const words = [
    flaky === undefined ? 'flaky tests unknown' : `${count(flaky, 'test is', 'tests are')} flaky now`,
    `${rerun} flipped on this commit`,
    ...(mass > 0 ? [`${mass} flipped together: the environment`] : []),
    `${sum('broken')} broken, ${sum('fixed')} fixed`,
  ];
  return [`history: ${words.join(', ')}`];
}

/** The share of tests that passed, of those that ran. */
export function passRate({ passed, failed, error }: OutcomeCounts): string {
  const ran = passed + failed + error;
  return ran === 0 ? '-' : `${(Math.floor((passed / ran) * 1000) / 10).toFixed(1)} % of ${ran}`;
}

/** The suite, then its categories that have tests. */
function countRows(suite: string, run: Run): readonly (readonly string[])[] {
  const categories = [...run.categories].filter(([, counts]) =>
    Object.values(counts).some((each) => each > 0),
  );
  const isPlain = categories.length === 1 && categories[0]?.[0] === 'unknown';
  return [
    row(suite, run.results),
    ...(isPlain ? [] : categories.map(([name, counts]) => row(`  ${name}`, counts))),
  ];
}

function row(name: string, counts: OutcomeCounts): readonly string[] {
  const { passed, failed, error, skipped } = counts;
  return [name, ...[passed, failed, error, skipped].map(String), passRate(counts)];
}

function named(word: string, tests: readonly NotableTest[], all: number): readonly string[] {
  if (all === 0) return [];
  const shown = tests.slice(0, NAMED).map((test) => {
    const attempts = test.attempts > 1 ? ` (${test.attempts} attempts)` : '';
    return `  ${shortened(testTitle(test))}${attempts}`;
  });
  const more = all - shown.length;
  return [`${word}:`, ...shown, ...(more > 0 ? [`  and ${more} more`] : []), ''];
}

function shortened(title: string): string {
  return title.length <= 300 ? title : `${title.slice(0, 300)}…`;
}
