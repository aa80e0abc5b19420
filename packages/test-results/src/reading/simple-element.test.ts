/** Test cases without content are read on a way of their own: it must say what the parser says, of any document. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgeRun } from '../judging/judge-run.ts';
import { readReport } from './read-report.ts';
import { SimpleElements } from './simple-element.ts';

const FRAGMENTS = [
  '<testcase classname="tests.test_a" name="one" time="0.5"/>',
  '<testcase classname="tests.test_a" name="two" time="1,000.5" />',
  "<testcase name='a \"quoted\" one' classname='c'></testcase>",
  '<testcase name="a > b" classname="c" file="tests/a.py" line="3"/>',
  '<testcase name="status" status="disabled"/>',
  '<testcase classname="tests.test_a" name="other order" file="x" />',
  '<testcase/>',
  '<testcase name="é \u{1f600}"/>',
  '<testcase name="a &amp; b" classname="c"/>',
  '<testcase name="a &undeclared; b"/>',
  '<testcase name="tab\tand\r\nline"/>',
  '<testcase name="twice" name="twice"/>',
  '<testcase name="__proto__" __proto__="x"/>',
  '<testcase name = "spaces" />',
  '<testcase name="no end"',
  '<testcase name="a < b"/>',
  '<testcase name="unquoted" time=1/>',
  '<testcase name="together"time="1"/>',
  '<testcase name="with content"><failure message="m"/></testcase>',
  '<testcase name="open">',
  '</testcase>',
  '<testcases name="not one"/>',
  '<system-out>text <![CDATA[<testcase name="in text"/>]]></system-out>',
  '<!-- <testcase name="in a comment"/> -->',
  '<?pi <testcase name="in an instruction"/> ?>',
  '<failure message="> <testcase name=\'in a value\'/>"/>',
  '<property name="a" value="',
  '"/>',
  'text > ',
  '& <testcase name="behind a reference"/>',
  ']]>',
  '\n',
  '  ',
  '\u0001',
  '<testsuite name="inner">',
  '</testsuite>',
] as const;

const documents = fc
  .tuple(
    fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 12 }),
    fc.boolean(),
    fc.integer({ min: 1, max: 12 }),
  )
  .map(([fragments, isPytest, pieceBytes]) => ({
    text: `<testsuites name="${isPytest ? 'pytest tests' : 'x'}"><!--${' '.repeat(1100)}--><testsuite name="s">${fragments.join('')}</testsuite></testsuites>`,
    pieceBytes,
  }));

function readInPieces(text: string, size: number) {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  const report = readReport(pieces, { categoryOf: () => 0 });
  const run = judgeRun([{ ...report, path: '', modifiedUnixMs: 0 }], { lost: 0, categories: ['unknown'] });
  const tests = Array.from({ length: run.tests.size }, (_, index) => ({
    ...run.tests.fingerprintAt(index),
    state: run.tests.stateAt(index),
  }));
  // How far one that is malformed was cleaned depends on its pieces.
  if (report.outcome !== 'read') return { outcome: report.outcome };
  const { results, busySeconds, unknownDurations, slowest, names, replacedCharacters } = run;
  return {
    outcome: report.outcome,
    results,
    busySeconds,
    unknownDurations,
    slowest,
    names,
    replacedCharacters,
    tests,
  };
}

it('says what the parser says, for any document in pieces of any size', () => {
  // With two spaces behind its name no test case is simple.
  const forParser = (text: string): string =>
    text.replaceAll('<testcase ', '<testcase  ').replaceAll('<testcase/', '<testcase  /');
  fc.assert(
    fc.property(documents, ({ text, pieceBytes }) => {
      expect(readInPieces(text, pieceBytes)).toEqual(readInPieces(forParser(text), 1000));
      expect(readInPieces(text, 100_000)).toEqual(readInPieces(forParser(text), 1000));
    }),
    { numRuns: 600 },
  );
});

it('white space of a value is no white space between elements, wherever the value is cut', () => {
  const text = `<testsuite>${FRAGMENTS[3].repeat(60)}</testsuite>`;
  for (let size = 1; size < 90; size++) expect(readInPieces(text, size)).toEqual(readInPieces(text, 1000));
});

it.each<[string, number | undefined]>([
  [FRAGMENTS[0], FRAGMENTS[0].length],
  [FRAGMENTS[1], FRAGMENTS[1].length],
  [FRAGMENTS[2], FRAGMENTS[2].length],
  [FRAGMENTS[3], FRAGMENTS[3].length],
  [FRAGMENTS[8], undefined],
  [FRAGMENTS[10], undefined],
  [FRAGMENTS[11], undefined],
  [FRAGMENTS[12], undefined],
  [FRAGMENTS[14], undefined],
  [FRAGMENTS[15], undefined],
  [FRAGMENTS[17], undefined],
  [FRAGMENTS[18], undefined],
])('%s is simple up to %d', (text, end) => {
  expect(new SimpleElements(text, []).read(0)?.end).toBe(end);
});
