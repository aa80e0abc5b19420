/** Runs, written as how each of their tests went. */
import { judgeRun, type Run } from '../../src/judging/judge-run.ts';
import { readReport } from '../../src/reading/read-report.ts';

/** How each test went: `+` passed, `-` failed, `s` skipped, `-+` failed and then passed. */
export type Went = Readonly<Record<string, string>>;

const INSIDE: Readonly<Record<string, string>> = { '+': '', '-': '<failure/>', s: '<skipped/>' };

/** A run of pytest in which tests went so; names with `tools.` in front are in that category. */
export function runOf(went: Went): Run {
  const cases = Object.entries(went).flatMap(([name, attempts]) =>
    [...attempts].map((each) => {
      const file = name.startsWith('tools.') ? 'tests.tools.test_b' : 'tests.test_a';
      return `<testcase classname="${file}" name="${name}" time="0.1">${INSIDE[each] ?? ''}</testcase>`;
    }),
  );
  const xml = `<testsuites name="pytest tests"><testsuite name="pytest">${cases.join('')}</testsuite></testsuites>`;
  const categoryOf = (file: string): number => (file.includes('/tools/') ? 1 : 0);
  const report = readReport([Buffer.from(xml)], { categoryOf });
  return judgeRun([{ ...report, path: 'a.xml', modifiedUnixMs: 0 }], { lost: 0, categories: CATEGORIES });
}

export const CATEGORIES: readonly string[] = ['unknown', 'tools'];
