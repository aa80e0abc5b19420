import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startReceiver } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { REMEMBERED_LIMIT, rememberName } from '../configuration/remembered-names.ts';
import { one, pytest, report, reports } from '../fixtures/report-folder.ts';
import { jsonLines } from '../fixtures/run-command.ts';

const DECLARED = `suites: { hermes: { categories: { acp: 'tests/acp/**', tools: ['tests/tools/**', 'lib/**'] } } }\n`;
const OTHER = `suites: { hermes: { categories: { OTHER: '**' } } }\n`;
const TWO_PARTS = pytest(
  `${one('x')}<testcase classname="tests.tools.test_b" name="y"/><testcase classname="tests.test_c" name="z"/>`,
);
const counts = (passed: number) => ({ passed, failed: 0, error: 0, skipped: 0 });

/** A spool with what is remembered beside it, inside the folder. */
const spoolIn = (folder: string) => ({ EPHEMETRY_SPOOL_DIR: join(folder, 'state', 'spool') });

/** Beside that spool: every place has a name. */
function fullNames(folder: string): string {
  const names = join(folder, 'state', 'spool', 'names');
  for (let index = 0; index < REMEMBERED_LIMIT; index += 1) rememberName('suite', `n${index}`, names);
  return names;
}

function remembered(names: string): readonly string[] {
  const place = join(names, 'suite');
  return readdirSync(place).map((slot) => readFileSync(join(place, slot), 'utf8'));
}

/** The suites of the runs that arrived. */
function suitesAt(receiver: Awaited<ReturnType<typeof startReceiver>>): readonly string[] {
  const sets = Object.keys(receiver.totals().counters['tests_runs_total'] ?? {});
  return sets.map((set) => /suite=(.*)$/.exec(set)?.[1] ?? '');
}

describe.concurrent('suites and categories of ephemetry.yaml', () => {
  it('tests are counted by the categories whose patterns their files match', async () => {
    using folder = reports({ 'a.xml': TWO_PARTS, 'ephemetry.yaml': DECLARED });
    const ended = await report('a.xml --suite hermes --dry-run --json', folder.path);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const [run] = jsonLines(ended.stdout);
    expect(run?.['suite']).toBe('hermes');
    expect(run?.['categories']).toEqual({ unknown: counts(1), acp: counts(1), tools: counts(1) });
  });

  it('a run of which no report can be read leaves the results of the last run as they are', async () => {
    using folder = reports({ 'a.xml': '<testsuite>' });
    await using receiver = await startReceiver();
    const ended = await report(`a.xml --branch main --endpoint ${receiver.url}`, folder.path);
    expect(ended.code).toBe(1);
    const { gauges, counters } = receiver.totals();
    expect(Object.keys(counters)).toContain('tests_runs_total');
    expect(Object.keys(gauges).filter((name) => name.startsWith('tests_last_run'))).toEqual([
      'tests_last_run_missing_reports',
    ]);
  });

  it.each<[string, string, Record<string, string>]>([
    ['--config', '--config deploy/e.yaml', { EPHEMETRY_CONFIG: 'other.yaml' }],
    ['EPHEMETRY_CONFIG', '', { EPHEMETRY_CONFIG: 'deploy/e.yaml' }],
  ])('%s names the file instead of the one in the working directory', async (_what, line, env) => {
    using folder = reports({
      'a.xml': pytest(one('x')),
      'deploy/e.yaml': DECLARED,
      'other.yaml': OTHER,
      'ephemetry.yaml': OTHER,
    });
    const ended = await report(`a.xml --suite hermes --dry-run --json ${line}`, folder.path, env);
    expect(jsonLines(ended.stdout)[0]?.['categories']).toEqual({
      unknown: counts(0),
      acp: counts(1),
      tools: counts(0),
    });
  });

  it('the last run has every declared label set, at 0 too, and no other', async () => {
    using folder = reports({ 'a.xml': pytest(one('x', '<failure/>')), 'ephemetry.yaml': DECLARED });
    await using receiver = await startReceiver();
    const line = `a.xml --suite hermes --branch main --endpoint ${receiver.url}`;
    const ended = await report(line, folder.path, spoolIn(folder.path));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const sets = ['unknown', 'acp', 'tools'].flatMap((category) =>
      ['passed', 'failed', 'error', 'skipped'].map((outcome) => [
        `category=${category},outcome=${outcome},suite=hermes`,
        category === 'acp' && outcome === 'failed' ? 1 : 0,
      ]),
    );
    expect(receiver.totals().gauges['tests_last_run_results']).toEqual(Object.fromEntries(sets));
    expect(receiver.totals().counters['tests_results_total']).toEqual({
      'branch=default,category=acp,outcome=failed,suite=hermes': 1,
    });
  });

  it('the wall time of a last run that has none is said, so that no older one lasts', async () => {
    using folder = reports({
      'a.xml': pytest(one('x')),
      'b.xml': pytest(one('x')).replace(/ timestamp="[^"]*"/g, ''),
      'ephemetry.yaml': DECLARED,
    });
    await using receiver = await startReceiver();
    const wall = (): unknown => receiver.totals().gauges['tests_last_run_wall_seconds'];
    const line = `--suite hermes --branch main --endpoint ${receiver.url}`;
    await report(`a.xml ${line}`, folder.path, spoolIn(folder.path));
    expect(wall()).toEqual({ 'suite=hermes': expect.any(Number) });
    expect(wall()).not.toEqual({ 'suite=hermes': Number.NaN });
    await report(`b.xml ${line}`, folder.path, spoolIn(folder.path));
    expect(wall()).toEqual({ 'suite=hermes': Number.NaN });
  });

  it('a declared suite takes none of the remembered places', async () => {
    using folder = reports({ 'a.xml': pytest(one('x')), 'ephemetry.yaml': DECLARED });
    await using receiver = await startReceiver();
    const names = fullNames(folder.path);
    const line = `a.xml --suite hermes --endpoint ${receiver.url}`;
    expect((await report(line, folder.path, spoolIn(folder.path))).stderr).toBe('');
    expect(suitesAt(receiver)).toEqual(['hermes']);
    expect(remembered(names)).not.toContain('hermes');
  });

  it.each([
    ['is wrong', 'suites: []\n', /ephemetry\.yaml:1: suites is an empty list; allowed: /],
    ['is not there', undefined, /no\.yaml cannot be read \(ENOENT.*\); named by --config/],
  ])('a file that %s is refused before a report is read', async (_what, text, message) => {
    using folder = reports({ 'a.xml': '<testsuite>', ...(text && { 'ephemetry.yaml': text }) });
    await using receiver = await startReceiver();
    const line = `a.xml --suite app --endpoint ${receiver.url}${text ? '' : ' --config no.yaml'}`;
    const ended = await report(line, folder.path, spoolIn(folder.path));
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
    expect(ended.stderr).not.toContain('malformed');
    expect(receiver.requests).toEqual([]);
    expect(existsSync(join(folder.path, 'state'))).toBe(false);
  });
});

describe.concurrent('suites that no file declares', () => {
  it('are remembered, in the spool that --spool-dir names', async () => {
    using folder = reports({ 'a.xml': pytest(one('x')), 'ephemetry.yaml': DECLARED });
    await using receiver = await startReceiver();
    const line = `a.xml --suite app --spool-dir state/spool --endpoint ${receiver.url}`;
    expect(await report(line, folder.path)).toMatchObject({ code: 0, stderr: '' });
    expect(suitesAt(receiver)).toEqual(['app']);
    expect(remembered(join(folder.path, 'state', 'spool', 'names'))).toEqual(['app']);
  });

  it('beyond 64 are recorded as unknown, which is said, and the others stay', async () => {
    using folder = reports({ 'a.xml': pytest(one('x')) });
    await using receiver = await startReceiver();
    const names = fullNames(folder.path);
    const push = (suite: string) =>
      report(`a.xml --suite ${suite} --json --endpoint ${receiver.url}`, folder.path, spoolIn(folder.path));
    const late = await push('late');
    expect(late).toMatchObject({
      code: 0,
      stderr: `suite "late" is recorded as unknown: 64 names are remembered in ${names}/suite; declare it in ephemetry.yaml\n`,
    });
    expect(jsonLines(late.stdout)).toMatchObject([{ suite: 'unknown' }]);
    expect(suitesAt(receiver)).toEqual(['unknown']);
    expect(receiver.requests.some(({ body }) => body.includes('late'))).toBe(false);
    expect((await push('n63')).stderr).toBe('');
    expect(suitesAt(receiver)).toEqual(['unknown', 'n63']);
  });

  it('beyond 64 are runs of their own: none is taken for another', async () => {
    using folder = reports({ 'a.xml': pytest(one('x')) });
    await using receiver = await startReceiver();
    fullNames(folder.path);
    for (const suite of ['late', 'later'])
      await report(
        `a.xml --suite ${suite} --run-id 1 --endpoint ${receiver.url}`,
        folder.path,
        spoolIn(folder.path),
      );
    expect(receiver.totals()).toMatchObject({ batches: 2, duplicates: 0 });
  });

  it.each<[string, string, Record<string, string>]>([
    ['--dry-run', '--dry-run', {}],
    ['telemetry that is switched off', '', { OTEL_SDK_DISABLED: 'true' }],
  ])('%s remembers none', async (_what, line, env) => {
    using folder = reports({ 'a.xml': pytest(one('x')) });
    const ended = await report(`a.xml --suite app ${line}`, folder.path, {
      ...spoolIn(folder.path),
      ...env,
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(folder.path, 'state', 'spool', 'names'))).toBe(false);
  });

  it('a run without a report remembers none', async () => {
    using folder = reports({});
    await report('*.xml --suite app', folder.path, spoolIn(folder.path));
    expect(existsSync(join(folder.path, 'state'))).toBe(false);
  });

  it('--dry-run says what would be unknown', async () => {
    using folder = reports({ 'a.xml': pytest(one('x')) });
    const names = fullNames(folder.path);
    const ended = await report('a.xml --suite late --dry-run --json', folder.path, spoolIn(folder.path));
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('"late" is recorded as unknown'),
    });
    expect(jsonLines(ended.stdout)).toMatchObject([{ suite: 'unknown' }]);
    expect(remembered(names)).not.toContain('late');
  });
});
