import { describe, expect, it } from 'vitest';
import { countsOf, readText, runOf } from '../fixtures/read-text.ts';
import { readReport } from './read-report.ts';

const CASE = '<testcase classname="a.B" name="c" time="1"/>';
const suite = (inside: string, attributes = 'name="s"') => `<testsuite ${attributes}>${inside}</testsuite>`;

describe('counts from test cases', () => {
  it('believes no attribute that claims totals', () => {
    expect(countsOf(suite(CASE, 'tests="29" failures="11" errors="7" skipped="2"'))).toEqual([1, 0, 0, 0]);
  });
  it('finds cases at any depth', () => {
    const deep = `${'<testsuite>'.repeat(300)}${CASE}${'</testsuite>'.repeat(300)}`;
    expect(countsOf(`<testsuites>${CASE}${deep}</testsuites>`)).toEqual([2, 0, 0, 0]);
  });
  it.each([
    ['<skipped/><failure/>', [0, 1, 0, 0]],
    ['<failure/><error/><skipped/>', [0, 0, 1, 0]],
    ['<failure/><failure/>', [0, 1, 0, 0]],
    ['<skipped/>', [0, 0, 0, 1]],
    ['<system-out><failure/></system-out>', [1, 0, 0, 0]],
    ['<system-out>text &amp; <![CDATA[<failure/>]]></system-out>', [1, 0, 0, 0]],
  ])('of the results %s the worst one counts', (inside, counts) => {
    expect(countsOf(suite(`<testcase name="a">${inside}</testcase>`))).toEqual(counts);
  });
  it.each(['disabled', 'notrun', 'ignored', 'skipped', 'NotRun'])(
    'a case with the status %s is skipped',
    (status) => {
      expect(countsOf(suite(`<testcase name="a" status="${status}"/>`))).toEqual([0, 0, 0, 1]);
    },
  );
  it('a failure beats a status that says skipped', () => {
    expect(countsOf(suite('<testcase name="a" status="skipped"><failure/></testcase>'))).toEqual([
      0, 1, 0, 0,
    ]);
  });
  it('an error directly in a suite is one errored test', () => {
    expect(countsOf(suite(`<error message="collection"/>${CASE}`))).toEqual([1, 0, 1, 0]);
  });
  it('reads elements with a namespace prefix', () => {
    expect(
      countsOf('<j:testsuite xmlns:j="x"><j:testcase name="a"><j:failure/></j:testcase></j:testsuite>'),
    ).toEqual([0, 1, 0, 0]);
  });
});

describe('times of a run', () => {
  it('nextest says them at the root', () => {
    const root =
      '<testsuites name="nextest-run" tests="1" timestamp="2026-01-01T10:00:00.000+00:00" time="2.5">';
    const run = runOf([`${root}${suite(CASE)}</testsuites>`]);
    expect([run.startUnixMs, run.wallSeconds]).toEqual([Date.UTC(2026, 0, 1, 10), 2.5]);
  });
});

describe('files of tests', () => {
  const named = (file: string, root?: string) => {
    const text = suite(`<testcase name="a" file="${file}"><failure/></testcase>`);
    const { tally } = readText(text, root === undefined ? {} : { root });
    return [tally?.names.get(0)?.file, tally?.tests.fingerprintAt(0)];
  };
  it('are named alike in every checkout', () => {
    const [file, fingerprint] = named('tests/a.php');
    expect(file).toBe('tests/a.php');
    expect(named('/w/one/tests/a.php', '/w/one')).toEqual([file, fingerprint]);
    expect(named('/w/two/tests/a.php', '/w/two')).toEqual([file, fingerprint]);
    expect(named('/w/twofold/a.php', '/w/two')[0]).toBe('/w/twofold/a.php');
  });
  it('of a suite are those of its cases', () => {
    const text = suite('<testcase name="a"><failure/></testcase>', 'name="s" file="/w/one/tests/a.php"');
    expect(readText(text, { root: '/w/one' }).tally?.names.get(0)?.file).toBe('tests/a.php');
  });
});

describe('what becomes of a report', () => {
  it.each([
    ['', 'malformed'],
    ['nonsense', 'malformed'],
    [`<testsuite>${CASE}`, 'malformed'],
    [`<testsuite>${CASE}</testsuites>`, 'malformed'],
    ['<testsuite><testcase name="a" name="b"/></testsuite>', 'malformed'],
    ['<testsuite><testcase name="<![CDATA[x]]>"/></testsuite>', 'malformed'],
    [`<testsuite>${CASE}<system-out><![CDATA[ cut`, 'malformed'],
    [`<testsuite>${CASE}</testsuite><testsuite/>`, 'malformed'],
    ['<testsuite>&unknown;</testsuite>', 'malformed'],
    ['<?xml version="1.0" encoding="klingon"?><testsuite/>', 'malformed'],
    [`<!DOCTYPE x [<!ENTITY a "b">]><testsuite>${CASE}</testsuite>`, 'refused'],
    [`<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><testsuite>${CASE}</testsuite>`, 'refused'],
    [`<!DOCTYPE testsuite SYSTEM "file:///etc/passwd"><testsuite>${CASE}</testsuite>`, 'read'],
    [`<!DOCTYPE x [<!-- <!ENTITY --><!ELEMENT x (#PCDATA)>]><testsuite>${CASE}</testsuite>`, 'read'],
    ['<coverage/>', 'foreign'],
    ['<html><body><p>Not found</p></body></html>', 'foreign'],
    ['<testsuites tests="0"/>', 'empty'],
    ['<testsuites><testsuite tests="3"/></testsuites>', 'hollow'],
  ])('%s is %s', (text, outcome) => {
    const report = readText(text);
    expect(report.outcome).toBe(outcome);
    expect(report.tally === undefined).toBe(outcome !== 'read');
  });
  it('a report that is cut off counts for nothing', () => {
    const run = runOf([suite(CASE), suite(CASE.repeat(5)).slice(0, -3)]);
    expect([run.results.passed, run.reports.malformed, run.result]).toEqual([1, 1, 'incomplete']);
  });
});

describe('encodings', () => {
  const text = suite('<testcase name="größe–é"><failure/></testcase>');
  const bytes = (label: string, content: Buffer) =>
    Buffer.concat([Buffer.from(`<?xml version="1.0" encoding="${label}"?>`), content]);
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16LE with a mark', Buffer.from(`\ufeff<?xml version="1.0" encoding="utf-16"?>${text}`, 'utf16le')],
    ['UTF-16LE without a mark', Buffer.from(text, 'utf16le')],
    ['UTF-16BE with a mark', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['UTF-32LE with a mark', utf32(`\ufeff${text}`)],
    ['windows-1252', bytes('windows-1252', Buffer.from(text.replace('–', '\x96'), 'latin1'))],
    [
      'ISO-8859-1 in single quotes',
      Buffer.from(`<?xml version='1.0' encoding='ISO-8859-1'?>${text.replace('–', '\x96')}`, 'latin1'),
    ],
  ])('%s', (_label, content) => {
    const report = readReport([content], { categoryOf: () => 0 });
    expect(report.outcome).toBe('read');
    expect([...(report.tally?.names.values() ?? [])]).toMatchObject([{ name: 'größe–é' }]);
    const bitwise = readReport(
      [...content].map((byte) => Uint8Array.of(byte)),
      { categoryOf: () => 0 },
    );
    expect([...(bitwise.tally?.names.values() ?? [])]).toMatchObject([{ name: 'größe–é' }]);
  });
  it('characters that XML forbids are replaced and counted', () => {
    const report = readText(
      suite('<testcase name="a\x00b&#27;c&#xD800;d&#9;"><failure/><![CDATA[\x1b[31m]]></testcase>'),
    );
    expect([report.outcome, report.replacedCharacters]).toEqual(['read', 4]);
    expect([...(report.tally?.names.values() ?? [])]).toMatchObject([{ name: 'a\ufffdb\ufffdc\ufffdd\t' }]);
  });
});

describe('hostile documents', () => {
  it('holds no output, however long it is', () => {
    const line = Buffer.from('x'.repeat(1 << 20));
    function* pieces() {
      yield Buffer.from('<testsuite><testcase name="a"><system-out><![CDATA[');
      for (let mib = 0; mib < 96; mib++) yield line;
      yield Buffer.from(`]]></system-out><!--`);
      for (let mib = 0; mib < 32; mib++) yield line;
      yield Buffer.from(`--></testcase></testsuite>`);
    }
    const before = process.memoryUsage().rss;
    expect(readReport(pieces(), { categoryOf: () => 0 }).tally?.cases).toBe(1);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });
  it('refuses a tag of 100 MB', () => {
    function* pieces() {
      yield Buffer.from('<testsuite><testcase name="');
      for (let mib = 0; mib < 100; mib++) yield Buffer.from('x'.repeat(1 << 20));
      yield Buffer.from('"/></testsuite>');
    }
    expect(readReport(pieces(), { categoryOf: () => 0 })).toMatchObject({ outcome: 'refused' });
  });
  it.each([
    ['a name of an element', '<testsuite><', 'refused', 9],
    ['a name of an end tag', '<testsuite></', 'refused', 9],
    ['a reference without an end', '<testsuite>&', 'malformed', 1],
    ['a reference in the text', '<testsuite><system-out>a &amp; b & c', 'malformed', 1],
    ['a reference behind a reference', '<testsuite name="&#65;&', 'malformed', 1],
  ])('does not read %s to its end', (_what, start, outcome, leastMib) => {
    let mib = 0;
    function* pieces() {
      yield Buffer.from(start);
      for (; mib < 64; mib++) yield Buffer.from('a'.repeat(1 << 20));
      yield Buffer.from(';/></testsuite>');
    }
    expect(readReport(pieces(), { categoryOf: () => 0 })).toMatchObject({ outcome });
    expect(mib).toBeLessThanOrEqual(leastMib);
  });
  it('a reference or a name that is cut anywhere is read', () => {
    const text = suite('<testcase name="a&amp;b&#65;"><failure>&lt;&gt; x &quot;</failure></testcase >');
    for (let size = 1; size < 40; size++) {
      const cut = Buffer.from(text);
      const count = Math.ceil(cut.length / size);
      const parts = Array.from({ length: count }, (_, at) => cut.subarray(at * size, (at + 1) * size));
      const { outcome, tally } = readReport(parts, { categoryOf: () => 0 });
      expect([outcome, tally?.names.get(0)?.name]).toEqual(['read', 'a&bA']);
    }
  });
  it('text without a space, however long, is no name', () => {
    const base64 = 'x'.repeat(12 << 20);
    expect(
      readText(suite(`<testcase name="a"><system-out>a/b>c;${base64}</system-out></testcase>`)).outcome,
    ).toBe('read');
  });
  it('reads a case of 200,000 attempts in time for each of them', () => {
    const attempts = '<flakyFailure time="1"/>'.repeat(200_000);
    const run = runOf([suite(`<testcase name="a">${attempts}</testcase>`)]);
    expect([run.results.passed, run.flaky, run.busySeconds]).toEqual([1, 1, 200_000]);
  });
  it('refuses a million nested elements', () => {
    expect(readText(`<testsuite>${'<a>'.repeat(1_000_000)}`)).toMatchObject({ outcome: 'refused' });
  });
  it('refuses the billion laughs before they begin', () => {
    const laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><testsuite>&b;</testsuite>';
    expect(readText(laughs)).toMatchObject({ outcome: 'refused', detail: 'it declares an entity' });
  });
});

function utf32(text: string): Buffer {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(points.length * 4);
  for (const [index, point] of points.entries()) bytes.writeUInt32LE(point, index * 4);
  return bytes;
}
