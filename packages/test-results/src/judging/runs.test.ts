/** Laws: a generator writes runs in several shapes and knows the truth of each. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isBad, noCounts, OUTCOMES, type Outcome } from '../outcome.ts';
import { readReport } from '../reading/read-report.ts';
import { judgeRun, type RunReport } from './judge-run.ts';

/** A test and how each of its attempts ended; all but the last one failed or passed. */
interface Truth {
  readonly name: string;
  readonly attempts: readonly Outcome[];
}

const attempts: fc.Arbitrary<readonly Outcome[]> = fc
  .tuple(
    fc.array(fc.constantFrom<Outcome>('failed', 'error'), { maxLength: 3 }),
    fc.constantFrom<Outcome>(...OUTCOMES),
  )
  .map(([before, last]) => (last === 'skipped' ? [last] : [...before, last]));

const truths: fc.Arbitrary<readonly Truth[]> = fc
  .array(attempts, { maxLength: 12 })
  .map((all) => all.map((each, index) => ({ name: `test_${index}`, attempts: each })));

const RESULT: Readonly<Record<Outcome, string>> = {
  passed: '',
  failed: '<failure message="&lt;a&gt;"><![CDATA[ output ]]></failure>',
  error: '<error/>',
  skipped: '<skipped/>',
};

const caseOf = (name: string, inside: string) =>
  `<testcase classname="c" name="${name}" time="0.1">${inside}<system-out>&amp; <!-- x --></system-out></testcase>`;

/** How runners write a test that was tried several times. */
const SHAPES: Readonly<Record<string, (truth: Truth) => string>> = {
  // pytest-rerunfailures: attempts that failed are cases without a result.
  pytest: ({ name, attempts: all }) =>
    all.map((each, at) => caseOf(name, at < all.length - 1 ? '' : RESULT[each])).join(''),
  surefire: ({ name, attempts: all }) => {
    const last = all.at(-1) ?? 'passed';
    const word = isBad(last) ? 'rerun' : 'flaky';
    const before = all.slice(0, -1).map((each) => `<${word}${each === 'error' ? 'Error' : 'Failure'}/>`);
    return caseOf(name, RESULT[last] + before.join(''));
  },
  gotestsum: ({ name, attempts: all }) => all.map((each) => caseOf(name, RESULT[each])).join(''),
};

const HEAD: Readonly<Record<string, string>> = {
  pytest: '<testsuite name="pytest" tests="1">',
  surefire: '<testsuite name="s" xsi:noNamespaceSchemaLocation="https://maven.apache.org/surefire.xsd">',
  gotestsum: '<testsuite name="p"><properties><property name="go.version" value="1"/></properties>',
};

const run = fc.record({
  shape: fc.constantFrom('pytest', 'surefire', 'gotestsum'),
  truths,
  reports: fc.integer({ min: 1, max: 4 }),
  depth: fc.integer({ min: 0, max: 5 }),
  damaged: fc.array(
    fc.constantFrom('<testsuite><testcase name="x"/>', '<html/>', '', '<!DOCTYPE a [<!ENTITY b "c">]><a/>'),
    { maxLength: 3 },
  ),
  encoding: fc.constantFrom<BufferEncoding>('utf8', 'utf16le'),
  piece: fc.integer({ min: 1, max: 64 }),
  isReversed: fc.boolean(),
});

function pieces(text: string, encoding: BufferEncoding, size: number): readonly Uint8Array[] {
  const bytes = Buffer.from(`\ufeff${text}`, encoding);
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

it('counts, retries and flaky tests are the truth for any split, order, nesting, encoding and pieces', () => {
  fc.assert(
    fc.property(
      run,
      ({ shape, truths: all, reports: parts, depth, damaged, encoding, piece, isReversed }) => {
        const split = Array.from({ length: parts }, (_, part) =>
          all.filter((_truth, index) => index % parts === part),
        );
        const texts = split.map((part) => {
          const inside = part.map((truth) => SHAPES[shape]?.(truth) ?? '').join('');
          return `<testsuites>${HEAD[shape]}${'<testsuite>'.repeat(depth)}${inside}${'</testsuite>'.repeat(depth)}</testsuite></testsuites>`;
        });
        const reports: RunReport[] = [...texts, ...damaged].map((text, index) => ({
          ...readReport(pieces(text, encoding, piece), { categoryOf: () => 0 }),
          path: `${index}.xml`,
          modifiedUnixMs: 0,
        }));
        const judged = judgeRun(isReversed ? reports.toReversed() : reports, {
          lost: 0,
          categories: ['unknown'],
        });
        const counts = noCounts();
        for (const { attempts: each } of all) counts[each.at(-1) ?? 'passed'] += 1;
        expect(judged.results).toEqual(counts);
        expect(judged.categories.get('unknown')).toEqual(counts);
        expect(judged.retried).toBe(all.filter(({ attempts: each }) => each.length > 1).length);
        expect(judged.flaky).toBe(
          all.filter(({ attempts: each }) => each.length > 1 && each.at(-1) === 'passed').length,
        );
        expect(judged.reports.read).toBe(split.filter(({ length }) => length > 0).length);
      },
    ),
    { numRuns: 150 },
  );
});
