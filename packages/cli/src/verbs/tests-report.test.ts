import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { startReceiver } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { one, pytest, report, reports } from '../fixtures/report-folder.ts';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';

describe.concurrent('ephemetry tests report', () => {
  it('prints the run as one object', async () => {
    using folder = reports({
      'a.xml': pytest(one('x') + one('y', '<failure/>')),
      'b/c.xml': pytest(one('y')),
    });
    const ended = await report(
      '. --suite hermes --dry-run --json --branch main --commit c0ffee',
      folder.path,
    );
    expect(ended.code).toBe(0);
    expect(jsonLines(ended.stdout)).toEqual([
      {
        suite: 'hermes',
        commit: 'c0ffee',
        branch: 'main',
        run: {
          result: 'success',
          started_at: '2026-11-01T10:00:00.000Z',
          wall_seconds: 2.5,
          busy_seconds: 1.5,
          unknown_durations: 0,
        },
        results: { passed: 2, failed: 0, error: 0, skipped: 0 },
        categories: { unknown: { passed: 2, failed: 0, error: 0, skipped: 0 } },
        retried: 1,
        flaky: 1,
        reports: { read: 2, empty: 0, hollow: 0, malformed: 0, refused: 0, foreign: 0, lost: 0 },
        coverage: null,
        problems: [],
      },
    ]);
  });

  it('a mark without its report is a lost report, and the run is incomplete', async () => {
    using folder = reports({ 'a.xml': pytest(one('x')), 'b.xml.started': '' });
    const ended = await report('. --dry-run --json', folder.path);
    expect(ended.code).toBe(1);
    expect(jsonLines(ended.stdout)).toMatchObject([
      { run: { result: 'incomplete' }, reports: { read: 1, lost: 1 } },
    ]);
  });

  it('reports that --expect asks for and that are not there are lost', async () => {
    using folder = reports({ 'a.xml': pytest(one('x')) });
    const ended = await report('a.xml --expect 3 --dry-run --json', folder.path);
    expect(jsonLines(ended.stdout)).toMatchObject([{ run: { result: 'incomplete' }, reports: { lost: 2 } }]);
  });

  it.each([
    ['<testsuite>', 'malformed'],
    ['<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>', 'refused'],
    ['<coverage/>', 'foreign'],
    ['<testsuite tests="2"/>', 'hollow'],
  ])('%s is named on standard error, exit code 1, and the others count', async (text, outcome) => {
    using folder = reports({ 'a.xml': pytest(one('x')), 'bad.xml': text });
    const ended = await report('. --dry-run', folder.path);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining(`bad.xml is ${outcome}: `) });
    expect(ended.stdout).toContain('unknown        1       0      0        0  100.0 % of 1');
    expect((await report('. --dry-run --fail-on lost', folder.path)).code).toBe(0);
  });

  it.each([
    ['', '<path> is missing'],
    ['a.xml --fail-on nothing', 'allowed: some of read, empty, hollow'],
    ['a.xml --runner jasmin', 'allowed: one of pytest'],
    ['a.xml --expect 0', 'allowed: a whole number from 1'],
    ['a.xml --suite ../x', 'allowed: letters, digits and . _ -'],
    ['a.xml --suite unknown', 'and not unknown'],
  ])('refuses "%s"', async (line, message) => {
    using folder = reports({});
    expect(await report(line, folder.path)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    });
  });

  it.each([
    ['--run-id', 'allowed: a text that is not empty'],
    ['--commit', 'allowed: a text that is not empty'],
    ['--branch', 'allowed: a text that is not empty'],
    ['--default-branch', 'allowed: a text that is not empty'],
    ['--environment', 'allowed: a text that is not empty'],
    ['--coverage', 'allowed: the path of a file'],
    ['<path>', 'allowed: the path of a file'],
  ])('an unset variable behind %s is told, and nothing is counted', async (option, message) => {
    using folder = reports({ 'a.xml': pytest(one('x')) });
    const given = option === '<path>' ? [''] : ['a.xml', option, ''];
    const ended = await runCommand(['tests', 'report', ...given, '--dry-run'], { cwd: folder.path });
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  it('sends nothing when there is no report', async () => {
    using folder = reports({});
    const ended = await report('*.xml', folder.path, { EPHEMETRY_SPOOL_DIR: join(folder.path, 'spool') });
    expect(ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('there is no report'),
    });
  });

  it('shows names of tests without what they would do to a terminal or a page', async () => {
    using folder = reports({
      'a.xml': pytest(one('&#27;]0;x&#7;|<b>[a](javascript:x)'.replace('<b>', '&lt;b&gt;'), '<failure/>')),
    });
    const table = await report('a.xml --dry-run', folder.path);
    expect(table.stdout).toContain('\ufffd]0;x\ufffd|<b>');
    const page = await report('a.xml --dry-run --format markdown', folder.path);
    expect(page.stdout).toContain('- `tests.acp.test_a › \ufffd]0;x\ufffd|<b>[a](javascript:x)`\n');
  });

  it('shows names of tests in a page as code, in which nothing is a link, a mention or markup', async () => {
    using folder = reports({
      'a.xml': pytest(
        one('https://evil.example/ www.evil.example @all a@evil.example', '<failure/>') +
          one('`x` ``', '<failure/>') +
          one('``` <b>'.replace('<', '&lt;'), '<failure/>'),
      ),
    });
    const page = await report('a.xml --dry-run --format markdown', folder.path);
    expect(page.stdout).toContain(
      '- `tests.acp.test_a › https://evil.example/ www.evil.example @all a@evil.example`\n',
    );
    expect(page.stdout).toContain('- ``` tests.acp.test_a › `x` `` ```\n');
    expect(page.stdout).toContain('- ````tests.acp.test_a › ``` <b>````\n');
  });

  it.each([
    ['in 1980, as an archive says', new Date('1980-01-01T00:00:00Z'), 0],
    ['two hours before, as the clock of a zone that is not told says', new Date(Date.now() - 7_260_000), 1],
  ])(
    'of a report whose file was written %s, the run ended when it is plausible',
    async (_, written, isFile) => {
      const start = Date.now() - 60_000;
      using folder = reports({ 'a.xml': pytest(one('x'), new Date(start).toISOString()) });
      utimesSync(join(folder.path, 'a.xml'), written, written);
      await using receiver = await startReceiver();
      await report(`a.xml --branch main --endpoint ${receiver.url}`, folder.path, {
        EPHEMETRY_SPOOL_DIR: join(folder.path, 'spool'),
      });
      const { 'suite=unknown': ended = 0 } =
        receiver.totals().gauges['tests_last_run_timestamp_seconds'] ?? {};
      expect(ended).toBeCloseTo((isFile === 1 ? written.getTime() : start + 2500) / 1000, 1);
    },
  );

  it('the same run, pushed twice, is the same batch', async () => {
    using folder = reports({ 'a.xml': pytest(one('x')) });
    await using receiver = await startReceiver();
    const line = `a.xml --suite hermes --branch main --endpoint ${receiver.url}`;
    for (const spool of ['one', 'two'])
      await report(line, folder.path, { EPHEMETRY_SPOOL_DIR: join(folder.path, spool) });
    const bodies = receiver.requests.map(({ body }) => body.toString());
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toBe(bodies[0]);
  });

  it.each<[string, Record<string, string>, number]>([
    ['two runs', {}, 0],
    ['one run where the CI system names it', { GITHUB_ACTIONS: 'true', GITHUB_RUN_ID: '1' }, 1],
  ])('no report of 900, pushed twice, is %s', async (_what, env, duplicates) => {
    using folder = reports({ 'reports/none.txt': '' });
    await using receiver = await startReceiver();
    const line = `reports --expect 900 --endpoint ${receiver.url}`;
    for (const spool of ['one', 'two'])
      await report(line, folder.path, { EPHEMETRY_SPOOL_DIR: join(folder.path, spool), ...env });
    expect(receiver.totals()).toMatchObject({ batches: 2 - duplicates, duplicates });
  });
});

describe.concurrent('coverage of a run', () => {
  const LCOV = 'SF:a.js\nDA:1,1\nDA:2,0\nend_of_record\n';

  it('is the lines of all files, each once', async () => {
    using folder = reports({
      'a.xml': pytest(one('x')),
      // Where its file is, coverage that tells other lines of it is of the same file.
      'a.js': '',
      'c/1.info': LCOV,
      'c/2.info': LCOV.replace('2,0', '3,1'),
    });
    await using receiver = await startReceiver();
    const ended = await report(
      `a.xml --json --coverage c/1.info --coverage "c/2.*" --endpoint ${receiver.url}`.replaceAll('"', ''),
      folder.path,
      { EPHEMETRY_SPOOL_DIR: join(folder.path, 'spool') },
    );
    expect(ended.code).toBe(0);
    expect(jsonLines(ended.stdout)).toMatchObject([{ coverage: { covered: 2, total: 3 }, problems: [] }]);
    expect(receiver.totals().gauges['tests_coverage_lines']).toEqual({
      'state=covered,suite=unknown': 2,
      'state=total,suite=unknown': 3,
    });
  });

  it('a file that cannot be read leaves none, is named, and the run counts', async () => {
    using folder = reports({ 'a.xml': pytest(one('x')), '1.info': LCOV, '2.info': LCOV.slice(0, 15) });
    await using receiver = await startReceiver();
    const ended = await report(
      `a.xml --coverage 1.info --coverage 2.info --coverage 3.info --endpoint ${receiver.url}`,
      folder.path,
      {
        EPHEMETRY_SPOOL_DIR: join(folder.path, 'spool'),
      },
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('2.info is malformed: it is cut off');
    expect(ended.stderr).toContain('3.info is lost');
    const { gauges, counters } = receiver.totals();
    expect(Object.keys(gauges)).not.toContain('tests_coverage_lines');
    expect(counters['tests_runs_total']).toEqual({ 'branch=unknown,result=success,suite=unknown': 1 });
  });
});
