/** A run as the summary of a CI job. What reports say is text there, never markup. */

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

/**
 * One line of code, in which nothing is markup, a link or a mention. Outside of code a page makes a link of every URL and
 * address, however its characters are escaped.
 *
 * @see https://spec.commonmark.org/0.31.2/#code-spans
 */
function code(text: string): string {
  const line = oneLine(text);
  const runs = line.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + runs.reduce((longest, { length }) => Math.max(longest, length), 0));
  const space = /^[` ]|[` ]$/.test(line) ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

/** One line of what we wrote, or a name of the configuration: no HTML, no links, no tables. */
function escaped(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]()#+!|~@]/g, '\\$&')
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function oneLine(text: string): string {
  return text.slice(0, 300).replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
