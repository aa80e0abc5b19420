/** The history of test runs, through the command: what is remembered, shown, cleared and refused. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startReceiver } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { one, pytest, report, reports } from '../fixtures/report-folder.ts';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';

const GOOD = pytest(one('x') + one('y'));
const BAD = pytest(one('x', '<failure/>') + one('y'), '2026-11-01T11:00:00Z');
const RETRIED = pytest(one('x') + one('x') + one('y'), '2026-11-01T12:00:00Z');
/** Newer than what is forgotten. */
const recent = (xml: string): string =>
  xml.replace(/timestamp="[^"]*"/, `timestamp="${new Date(Date.now() - 60_000).toISOString()}"`);
const spool = (folder: string) => ({ EPHEMETRY_SPOOL_DIR: join(folder, 'state', 'spool') });

describe.concurrent('--history', () => {
  it('jobs of a matrix that share a --run-id all count, each once, and that is said', async () => {
    using folder = reports({ 'a.xml': recent(GOOD), 'b.xml': recent(BAD) });
    await using receiver = await startReceiver();
    const line = `--suite hermes --run-id 7 --history h --endpoint ${receiver.url}`;
    const push = (name: string) => report(`${name} ${line}`, folder.path, spool(folder.path));
    expect((await push('a.xml')).stderr).toBe('');
    expect((await push('b.xml')).stderr).toBe(
      'this --run-id was reported before with other reports: each of the 2 counts as a run of its own; collect the reports of one run and report them once\n',
    );
    await push('b.xml');
    expect(receiver.totals().counters['tests_runs_total']).toEqual({
      'branch=unknown,result=failure,suite=hermes': 1,
      'branch=unknown,result=success,suite=hermes': 1,
    });
    expect(receiver.totals()).toMatchObject({ batches: 2, duplicates: 1 });
  });

  it('two runs of a commit that differ are a flip, which the metrics and the list have', async () => {
    using folder = reports({ 'a.xml': recent(GOOD), 'b.xml': recent(BAD) });
    await using receiver = await startReceiver();
    const line = `--suite hermes --commit c0ffee --branch main --history h --endpoint ${receiver.url}`;
    await report(`a.xml ${line}`, folder.path, spool(folder.path));
    const second = await report(`b.xml ${line} --json`, folder.path, spool(folder.path));
    expect(jsonLines(second.stdout)).toMatchObject([
      { history: { rerun: 1, mass: 0, transitions: {}, flaky: 1 } },
    ]);
    const { counters, gauges } = receiver.totals();
    expect(counters['tests_flips_total']).toEqual({ 'branch=default,kind=rerun,suite=hermes': 1 });
    expect(gauges['tests_flaky']).toEqual({ 'suite=hermes': 1 });
    const listed = await runCommand('tests flaky --history h --json', { cwd: folder.path });
    expect(jsonLines(listed.stdout)).toMatchObject([
      {
        suite: 'hermes',
        class_name: 'tests.acp.test_a',
        name: 'x',
        flips: 1,
        commits: 1,
        runs: 2,
        attempts: 2,
      },
    ]);
    const table = await runCommand('tests flaky', {
      cwd: folder.path,
      env: { EPHEMETRY_TESTS_HISTORY: join(folder.path, 'h') },
    });
    expect(table.stdout).toContain('tests.acp.test_a › x\n');
    const past = await runCommand(['tests', 'history', 'tests.acp.test_a › x', '--history', 'h', '--json'], {
      cwd: folder.path,
    });
    expect(jsonLines(past.stdout)).toMatchObject([
      { outcome: 'failed', commit: 'c0ffee', branch: 'default', flaky: false },
      { outcome: 'passed' },
    ]);
    const cleared = await runCommand('tests flaky clear x --history h --suite hermes', { cwd: folder.path });
    expect(cleared).toMatchObject({ code: 0, stdout: 'cleared: hermes: tests.acp.test_a › x\n' });
    expect(await runCommand('tests flaky --history h', { cwd: folder.path })).toMatchObject({
      code: 0,
      stdout: 'no test is flaky\n',
    });
  });

  it('the same run, reported twice, shows the same', async () => {
    using folder = reports({ 'a.xml': recent(RETRIED) });
    await using receiver = await startReceiver();
    const line = `a.xml --commit c0ffee --branch main --history h --endpoint ${receiver.url}`;
    for (const name of ['one', 'two'])
      await report(line, folder.path, { EPHEMETRY_SPOOL_DIR: join(folder.path, name) });
    const [first, second] = receiver.requests.map(({ body }) => body.toString());
    expect(second).toBe(first);
    expect(first).toContain('tests_flaky');
  });

  it.each<[string, string, (spoolDir: string) => readonly [string, Record<string, string>]]>([
    ['a directory', 'h', (spoolDir) => [`--spool-dir ${spoolDir}`, {}]],
    ['a file', 'sqlite:FOLDER/h.sqlite', (spoolDir) => ['', { EPHEMETRY_SPOOL_DIR: spoolDir }]],
    ['a URL of a file', 'sqlite://FOLDER/h.sqlite', (spoolDir) => ['', { EPHEMETRY_SPOOL_DIR: spoolDir }]],
  ])(
    'in a working tree with changes runs are not compared; reports, the spool and a history in %s are no changes',
    async (_, place, spoolOf) => {
      using folder = reports({ 'out/a.xml': recent(GOOD), 'code.py': '' });
      const history = place.replace('FOLDER', folder.path);
      const [option, env] = spoolOf(join(folder.path, 'spool'));
      const git = (...args: readonly string[]) =>
        execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder.path });
      git('init', '--quiet', '--initial-branch', 'main');
      git('add', 'code.py');
      git('commit', '--quiet', '--message', 'first');
      const run = async (xml: string) => {
        writeFileSync(join(folder.path, 'out/a.xml'), recent(xml));
        const ended = await report(`out --json --history ${history} ${option}`, folder.path, {
          OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
          ...env,
        });
        return jsonLines(ended.stdout)[0]?.['history'];
      };
      expect(await run(GOOD)).toMatchObject({ rerun: 0, flaky: null });
      writeFileSync(join(folder.path, 'code.py'), 'changed');
      expect(await run(BAD)).toMatchObject({ rerun: 0, flaky: null });
      writeFileSync(join(folder.path, 'code.py'), '');
      expect(await run(pytest(one('x', '<error/>') + one('y')))).toMatchObject({ rerun: 1, flaky: 1 });
    },
  );

  it('--dry-run leaves the history alone', async () => {
    using folder = reports({ 'a.xml': recent(RETRIED) });
    await report('a.xml --history h --dry-run', folder.path);
    expect(await runCommand('tests flaky --history h', { cwd: folder.path })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^the history cannot be used: there is no .*; `ephemetry tests report --history` makes one$/m,
      ),
    });
  });

  it.each([
    ['mysql://user:secret@host/x', 'mysql:// is not known here. Allowed: postgres://'],
    ['postgres://user:secret@127.0.0.1:9/x', '127.0.0.1:9/x cannot be reached'],
    ['/dev/null/h', 'the history cannot be used: '],
  ])('a history at %s is refused, nothing is sent, and no password is shown', async (place, message) => {
    using folder = reports({ 'a.xml': recent(GOOD) });
    await using receiver = await startReceiver();
    const ended = await report(
      `a.xml --commit c --history ${place} --endpoint ${receiver.url}`,
      folder.path,
      spool(folder.path),
    );
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    expect(ended.stderr).toContain('nothing is sent');
    expect(ended.stderr).not.toContain('secret');
    expect(receiver.requests).toEqual([]);
  });

  it.each([
    ['tests flaky', 2, '--history is missing; allowed: a directory or postgres://'],
    ['tests flaky --history h --window 31', 2, 'allowed: a whole number from 1 to 30'],
    ['tests history', 2, '<test> is missing'],
    ['tests history x --history h', 1, 'no test is called "x"'],
    ['tests flaky clear y --history h', 1, '2 tests are called so'],
  ])('%s ends with %i and says why', async (line, code, message) => {
    using folder = reports({ 'a.xml': recent(pytest(one('y', '<failure/>'))) });
    for (const suite of ['one', 'two'])
      await report(
        `a.xml --suite ${suite} --history h --endpoint http://127.0.0.1:9`,
        folder.path,
        spool(folder.path),
      );
    const ended = await runCommand(line, { cwd: folder.path });
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(message) });
  });
});
