import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { readText } from '../fixtures/read-text.ts';
import { readReport } from '../reading/read-report.ts';
import { NAME_LIMIT_CHARACTERS } from './kept-name.ts';

const MIB = 1024 * 1024;
const OUTPUT = 'output '.repeat(9000);

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

/** Pieces of 64 KiB, each with a case. */
function* pieces(count: number, outcome: (index: number) => string, seconds: (index: number) => number) {
  yield Buffer.from('<testsuite name="s">');
  for (let index = 0; index < count; index++)
    yield Buffer.from(
      `<testcase classname="tests.acp.test_a" file="tests/acp/test_a.py" name="test_with_a_name_${index}" time="${seconds(index)}">${outcome(index)}</testcase>`,
    );
  yield Buffer.from('</testsuite>');
}

describe('names that are kept of a report', () => {
  it('do not keep the output of the tests that failed', () => {
    const before = heapBytes();
    const failing = pieces(
      500,
      () => `<failure>${OUTPUT}</failure>`,
      () => 1,
    );
    const { tally } = readReport(failing, { categoryOf: () => 0 });
    expect(heapBytes() - before).toBeLessThan(8 * MIB);
    expect(tally?.names.get(499)?.name).toBe('test_with_a_name_499');
  });
  it('do not keep the output of the slowest tests', () => {
    const before = heapBytes();
    const tallies = Array.from({ length: 40 }, () => {
      const slow = pieces(
        10,
        () => `<system-out>${OUTPUT}</system-out>`,
        (index) => 10 + index,
      );
      return readReport(slow, { categoryOf: () => 0 }).tally;
    });
    expect(heapBytes() - before).toBeLessThan(8 * MIB);
    expect(tallies[39]?.times.slowest[0]?.test.name).toBe('test_with_a_name_9');
  });
  it('are none of properties, however many there are', () => {
    const name = 'x'.repeat(1000);
    const before = heapBytes();
    let held = 0;
    function* properties() {
      yield Buffer.from('<testsuite><properties>');
      for (let index = 0; index < 32_000; index++) yield Buffer.from(`<property name="${index} ${name}"/>`);
      held = heapBytes() - before;
      yield Buffer.from('</properties><testcase name="a"/></testsuite>');
    }
    expect(readReport(properties(), { categoryOf: () => 0 }).tally?.cases).toBe(1);
    expect(held).toBeLessThan(8 * MIB);
  });
  it('are cut, and tests whose names differ behind the cut are still two', () => {
    const long = 'x'.repeat(100_000);
    const cases = ['a', 'b'].map((end) => `<testcase name="${long}${end}" time="1"><failure/></testcase>`);
    const { tally } = readText(`<testsuite name="${long}">${cases.join('')}</testsuite>`);
    expect(tally?.tests.size).toBe(2);
    const cut = 'x'.repeat(NAME_LIMIT_CHARACTERS);
    expect(tally?.names.get(0)).toEqual({ file: '', className: cut, name: cut });
    expect(tally?.times.slowest[0]?.test.name).toBe(cut);
  });
  it('a reason why a report is not read is cut', () => {
    expect(readText(`<${'x'.repeat(100_000)}/>`).detail?.length).toBeLessThan(1000);
  });
});
