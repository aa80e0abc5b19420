/** A run as the summary of a CI job. What reports say is text there, never markup. */

import { markdownCode as code, escapedMarkdown as escaped } from '../terminal/safe-markdown.ts';
import type { ReportedRun } from './run-json.ts';
import { failedTests, flakyTests, historyLines, passRate, summary, testTitle } from './run-lines.ts';

/** So many tests are named: a job summary has a limit of 1 MiB. */
const NAMED = 100;

/** The page. */
export function runMarkdown({ suite, run, coverage, problems, history }: ReportedRun): string {
  const categories = [...run.categories].filter(([, counts]) =>
    Object.values(counts).some((each) => each > 0),
  );
  return [
    `## ${escaped(suite)}: ${run.result}`,
    '',
    '| | passed | failed | error | skipped | pass rate |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...[[`all of ${suite}`, run.results] as const, ...categories].map(
      ([name, counts]) =>
        `| ${escaped(name)} | ${counts.passed} | ${counts.failed} | ${counts.error} | ${counts.skipped} | ${passRate(counts)} |`,
    ),
    '',
    escaped(summary(run)),
    ...(coverage === undefined ? [] : ['', `coverage: ${coverage.covered} of ${coverage.total} lines`]),
    ...historyLines(history).flatMap((line) => ['', line]),
    ...section('Failed', failedTests(run).map(testTitle), run.results.failed + run.results.error),
    ...section('Flaky', flakyTests(run).map(testTitle), run.flaky),
    ...section(
      'Slowest',
      run.slowest.map(({ test, seconds }) => `${seconds.toFixed(2)} s: ${testTitle(test)}`),
      run.slowest.length,
    ),
    ...section('Problems', problems, problems.length),
    '',
  ].join('\n');
}

function section(title: string, texts: readonly string[], all: number): readonly string[] {
  if (all === 0) return [];
  const shown = texts.slice(0, NAMED).map((text) => `- ${code(text)}`);
  const more = all - shown.length;
  return ['', `### ${title}`, '', ...shown, ...(more > 0 ? [`- and ${more} more`] : [])];
}
