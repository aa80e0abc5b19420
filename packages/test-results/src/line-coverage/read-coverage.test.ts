/** Coverage files of every format: lines counted once, percentages not believed, hostile files refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoveredLines } from './covered-lines.ts';
import { readCoverage } from './read-coverage.ts';

const read = (text: string | Uint8Array) => {
  const found = readCoverage([Buffer.from(text)]);
  return found.kind === 'read' ? found.lines.counts : found;
};

const COBERTURA = `<?xml version="1.0" ?><!DOCTYPE coverage SYSTEM 'http://cobertura.sourceforge.net/xml/coverage-04.dtd'>
<coverage line-rate="0.99" lines-covered="99" lines-valid="100"><packages><package name="p" line-rate="1"><classes>
<class name="A" filename="p/A.java"><methods><method name="m"><lines><line number="1" hits="2"/><line number="2" hits="0"/></lines></method></methods>
<lines><line number="1" hits="2"/><line number="2" hits="0"/><line number="3" hits="0" branch="true" condition-coverage="50% (1/2)"/></lines></class>
<class name="A$1" filename="p/A.java"><lines><line number="3" hits="1"/></lines></class></classes></package></packages></coverage>`;

const CLOVER = `<coverage generated="1" clover="3.2.0"><project timestamp="1"><metrics statements="9" coveredstatements="9"/>
<package name="src"><file name="a.js" path="/w/src/a.js"><metrics statements="9" coveredstatements="9"/>
<line num="1" count="1" type="stmt"/><line num="2" count="0" type="cond" truecount="0" falsecount="0"/><line num="3" count="0" type="method"/></file>
<file name="b.js"><line num="1" count="0" type="stmt"/></file></package>
<package name="lib"><file name="b.js"><line num="1" count="1" type="stmt"/></file></package></project></coverage>`;

const JACOCO = `<?xml version="1.0"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="r"><group name="one"><package name="p"><class name="p/A" sourcefilename="A.java"><method name="m" line="3"><counter type="LINE" missed="9" covered="9"/></method></class>
<sourcefile name="A.java"><line nr="3" mi="0" ci="2" mb="0" cb="0"/><line nr="4" mi="3" ci="0" mb="0" cb="0"/><counter type="LINE" missed="1" covered="1"/></sourcefile></package></group>
<group name="two"><package name="p"><sourcefile name="A.java"><line nr="3" mi="1" ci="0" mb="0" cb="0"/></sourcefile></package></group></report>`;

const LCOV = `TN:
SF:a.js
FN:1,f
FNDA:0,f
DA:1,1
DA:2,0,abcdef
DA:3,1.5e+10
BRDA:1,0,0,-
LF:99
LH:99
end_of_record
SF:a.js
DA:2,4
DA:4,-1
end_of_record
`;

const GO = `mode: set
m/a.go:1.2,3.4 2 1
m/a.go:5.2,6.4 3 0
mode: set
m/a.go:5.2,6.4 3 1
m/b.go:1.2,3.4 1 0
`;

// Under branch coverage the file's own percentage is 71.4.
const PYTHON = JSON.stringify({
  meta: { version: '7.10.0', branch_coverage: true },
  files: {
    'a.py': { executed_lines: [1, 2, 3, 4], missing_lines: [5], summary: { percent_covered: 71.4 } },
    __proto__: { executed_lines: [1], missing_lines: [] },
  },
  totals: { covered_lines: 4, num_statements: 5, percent_covered: 71.42857142857143 },
});

describe('readCoverage', () => {
  it.each([
    ['Cobertura', COBERTURA, 2, 3],
    ['Clover', CLOVER, 2, 4],
    ['JaCoCo', JACOCO, 1, 3],
    ['LCOV', LCOV, 3, 4],
    ['Go', GO, 5, 6],
    ['coverage.py', PYTHON, 4, 5],
  ])('%s: each line counts once', (_, text, covered, total) => {
    expect(read(text)).toEqual({ covered, total });
  });

  it.each([COBERTURA, CLOVER, JACOCO, LCOV, GO, PYTHON])(
    'is read alike in pieces of any size, with a mark',
    (text) => {
      const bytes = Buffer.from(`\ufeff${text}`);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 90 }), (size) => {
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_unused, index) =>
            bytes.subarray(index * size, (index + 1) * size),
          );
          const found = readCoverage(pieces);
          expect(found.kind === 'read' && found.lines.counts).toEqual(read(text));
        }),
        { numRuns: 20 },
      );
    },
  );

  it('looks behind white space no further than a file may begin', () => {
    let read = 0;
    function* pieces() {
      for (; read < 1000; read++) yield Buffer.from(' '.repeat(1024));
    }
    expect(readCoverage(pieces())).toMatchObject({ kind: 'empty' });
    expect(read).toBeLessThanOrEqual(64);
  });

  it('does not hold the text of a source, however long it is', () => {
    function* pieces() {
      yield Buffer.from('<coverage><sources><source>');
      for (let mib = 0; mib < 9; mib++) yield Buffer.alloc(1024 * 1024, 'a');
      yield Buffer.from(`</source></sources>${COBERTURA.slice(COBERTURA.indexOf('<packages'))}`);
    }
    expect(readCoverage(pieces())).toMatchObject({ kind: 'refused' });
  });

  it('holds no more of a source than a path may have', () => {
    const sources = `<sources><source> /w/src </source><source>/w/${'a'.repeat(1024 * 1024)}</source></sources>`;
    const found = readCoverage([Buffer.from(COBERTURA.replace('<packages>', `${sources}<packages>`))]);
    expect(found.kind === 'read' && found.sources.map(({ length }) => length)).toEqual([6, 4096]);
  });

  it('XML may be in another encoding', () => {
    const text = `<?xml version="1.0" encoding="utf-16"?>${COBERTURA.slice(COBERTURA.indexOf('<coverage'))}`;
    expect(read(Buffer.from(`\ufeff${text}`, 'utf16le'))).toEqual({ covered: 2, total: 3 });
  });

  it('the same lines of several files count once, and one that was executed somewhere is covered', () => {
    const together = new CoveredLines();
    for (const text of [
      'SF:a\nDA:1,0\nDA:2,1\nend_of_record\n',
      'SF:a\nDA:1,1\nend_of_record\nSF:b\nDA:1,0\nend_of_record\n',
    ]) {
      const found = readCoverage([Buffer.from(text)]);
      if (found.kind === 'read') together.join(found.lines);
    }
    expect(together.counts).toEqual({ covered: 2, total: 3 });
  });

  it.each([
    ['nothing', '', 'empty'],
    ['no line', '<coverage/>', 'empty'],
    ['no line of LCOV', 'TN:\n', 'empty'],
    ['a test report', '<testsuite/>', 'foreign'],
    ['other JSON', '{"total": {"lines": {"pct": 80}}}', 'foreign'],
    ['prose', 'coverage: 80 % of statements', 'foreign'],
    ['XML that is cut off', COBERTURA.slice(0, -20), 'malformed'],
    ['LCOV that is cut off', LCOV.slice(0, 60), 'malformed'],
    ['Go that is cut off', GO.slice(0, -1), 'malformed'],
    ['JSON that is cut off', PYTHON.slice(0, -1), 'malformed'],
    ['an entity', '<!DOCTYPE coverage [<!ENTITY a "b">]><coverage/>', 'refused'],
    ['hits that are none', COBERTURA.replace('hits="2"', 'hits="many"'), 'malformed'],
    ['hits that are missing', COBERTURA.replace('hits="2"', ''), 'malformed'],
    ['a line without a number', JACOCO.replace('nr="3"', 'nr="x"'), 'malformed'],
    ['a line of LCOV without a file', 'TN:\nDA:1,1\n', 'malformed'],
    ['a line of LCOV without hits', 'SF:a\nDA:1\nend_of_record\n', 'malformed'],
    ['a block of Go that is none', 'mode: set\nm/a.go:1 1 1\n', 'malformed'],
    ['a file of coverage.py without lines', '{"meta": {}, "files": {"a": {}}}', 'malformed'],
    [
      'lines of coverage.py that are none',
      '{"meta": {}, "files": {"a": {"executed_lines": ["1"], "missing_lines": []}}}',
      'malformed',
    ],
    ['a line of 2 MiB', `SF:${'a'.repeat(2 * 1024 * 1024)}`, 'refused'],
    ['bytes', Buffer.from([0xff, 0x00, 0x01, 0x02]), 'malformed'],
  ])('%s is not read', (_, text, kind) => {
    expect(read(text)).toMatchObject({ kind });
  });
});
