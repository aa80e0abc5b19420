/** Runs of different environments are not compared, so what names one must be the same in each of its runs. */
import { expect, test } from 'vitest';
import { readReport } from '../reading/read-report.ts';
import { environmentOf } from './environment.ts';

const MACHINE = { platform: 'linux', arch: 'x64' };
const report = (xml: string) => ({
  ...readReport([Buffer.from(xml)], { categoryOf: () => 0 }),
  path: '',
  modifiedUnixMs: 0,
});
const CASE = '<testcase name="a"/>';
const property = (name: string, value: string): string =>
  `<properties><property name="${name}" value="${value}"/></properties>`;
const PYTEST = report(
  `<testsuites name="pytest tests"><testsuite name="pytest">${property('pytest.version', '9.2.0')}${CASE}</testsuite></testsuites>`,
);
const GO = report(
  `<testsuites><testsuite>${property('go.version', 'go1.26.0 linux/amd64')}${CASE}</testsuite></testsuites>`,
);

test.each([
  ['without a report', [], 'linux x64'],
  ['of pytest with the fragment', [PYTEST, PYTEST], 'linux x64 pytest 9.2.0'],
  ['of two runners, in any order', [PYTEST, GO], 'linux x64 gotestsum go1.26.0 linux/amd64 pytest 9.2.0'],
  ['of two runners, in any order', [GO, PYTEST], 'linux x64 gotestsum go1.26.0 linux/amd64 pytest 9.2.0'],
  ['with a report that is not read', [PYTEST, report('<testsuite>')], 'linux x64 pytest 9.2.0'],
  [
    'of a version of a megabyte',
    [report(`<testsuite>${property('go.version', 'x'.repeat(1e6))}${CASE}</testsuite>`)],
    `linux x64 gotestsum ${'x'.repeat(64)}`,
  ],
])('a run %s has an environment', (_, reports, expected) => {
  expect(environmentOf(reports, MACHINE)).toBe(expected);
});
