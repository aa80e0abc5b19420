/** Writes reports as pytest writes them. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const AT_ONCE = 1000;

/** One report of so many tests, of 130 to 160 bytes each. @returns its size in bytes */
export function writeReport(path: string, tests: number, firstTest = 0): number {
  return writeFile(path, tests, function* () {
    for (let at = 0; at < tests; at += AT_ONCE) {
      let text = '';
      for (let test = firstTest + at; test < firstTest + Math.min(tests, at + AT_ONCE); test++)
        text += `<testcase classname="tests.area_${Math.floor(test / 400) % 50}.test_module_${Math.floor(test / 19)}.TestThing" name="test_something_that_works_well[parameter-${test}]" time="${(((test * 7919) % 2000) / 1000).toFixed(3)}" />`;
      yield text;
    }
  });
}

/** One report with one test that printed so much. */
export function writeOutput(path: string, bytes: number): void {
  const line = `${'output of a test '.repeat(60)}\n`.repeat(1000);
  writeFile(path, 1, function* () {
    yield '<testcase classname="tests.test_a" name="test_talks" time="1"><system-out><![CDATA[';
    for (let left = bytes; left > 0; left -= line.length) yield line;
    yield ']]></system-out></testcase>';
  });
}

/** A folder of reports, one for each file of tests. */
export function writeReports(folder: string, reports: number, tests: number): readonly string[] {
  mkdirSync(folder);
  const each = Math.ceil(tests / reports);
  return Array.from({ length: reports }, (_, index) => {
    const path = join(folder, `${index}.xml`);
    writeReport(path, Math.min(each, tests - index * each), index * each);
    return path;
  });
}

function writeFile(path: string, tests: number, cases: () => Generator<string>): number {
  const descriptor = openSync(path, 'w');
  let bytes = writeSync(
    descriptor,
    `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="${tests}" time="1280.5" timestamp="2026-11-01T10:00:00.123456+00:00" hostname="host">`,
  );
  for (const text of cases()) bytes += writeSync(descriptor, text);
  bytes += writeSync(descriptor, '</testsuite></testsuites>');
  closeSync(descriptor);
  return bytes;
}
