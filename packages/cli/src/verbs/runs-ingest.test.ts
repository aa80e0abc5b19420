/** Events go into the database once, and reports and comparisons read them from there. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, mountSmallDisk, temporaryDirectory } from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import { writeEvents } from '../fixtures/run-events.ts';

const directory = temporaryDirectory();
const cwd = directory.path;

afterAll(() => directory.remove());

function runs(verb: string, ...args: readonly string[]): Promise<Ended> {
  return runCommand(['runs', verb, '--database', './kept', ...args], { cwd });
}

beforeAll(async () => {
  writeEvents(cwd, 'before.jsonl', { runs: 60, passed: 50 });
  writeEvents(cwd, 'after.jsonl', { runs: 60, passed: 20 });
  const before = await runs('ingest', 'before.jsonl', '--project', 'shop', '--tag', 'release=1.3');
  expect(before).toMatchObject({ code: 0, stderr: '', stdout: '360 events of 120 new runs taken in\n' });
  const after = await runs('ingest', 'after.jsonl', '--project', 'shop', '--tag', 'release=1.4', '--json');
  expect(JSON.parse(after.stdout)).toMatchObject({ events: 360, runs: 120, duplicates: 0, waiting: 0 });
});

test('the same file again adds nothing', async () => {
  const again = await runs('ingest', 'before.jsonl', '--project', 'shop', '--tag', 'release=1.3');
  expect(again.stdout).toBe('0 events of 0 new runs taken in; 360 came again\n');
});

test('a comparison of the database says what one of the files says', async () => {
  const [stored, files] = await Promise.all([
    runs('compare', '--baseline', 'tag.release=1.3', '--current', 'project=shop&tag.release=1.4'),
    runCommand('runs compare --baseline @before.jsonl --current @after.jsonl', { cwd }),
  ]);
  expect(stored.stdout).toMatch(/^degraded: success of all runs -50\.0 points/);
  expect(stored).toMatchObject({ code: 4, stdout: files.stdout, stderr: '' });
});

test('a report slices by what it is told', async () => {
  const { stdout, code } = await runs(
    'report',
    '--by',
    'tag.release,scenario',
    '--where',
    'project=shop',
    '--json',
  );
  expect(code).toBe(0);
  const { rows } = JSON.parse(stdout);
  expect(rows.map((row: { values: object; selection: string }) => [row.values, row.selection])).toEqual([
    [{ 'tag.release': '1.3', scenario: 's1' }, 'project=shop&tag.release=1.3&scenario=s1'],
    [{ 'tag.release': '1.3', scenario: 's2' }, 'project=shop&tag.release=1.3&scenario=s2'],
    [{ 'tag.release': '1.4', scenario: 's1' }, 'project=shop&tag.release=1.4&scenario=s1'],
    [{ 'tag.release': '1.4', scenario: 's2' }, 'project=shop&tag.release=1.4&scenario=s2'],
  ]);
  expect(rows[0]).toMatchObject({
    runs: 60,
    success: { value: 50 / 60, n: 60, hits: 50, unknown: 0 },
    tokens: { sum: null, n: 0, unknown: 60 },
    tool_failure: { n: 60, hits: 10 },
    failures: { tool_timeout: 10 },
  });
  const text = await runs('report', '--by', 'tag.release');
  expect(text.stdout).toMatch(/^TAG\.RELEASE +RUNS .*\n1\.3 +120 +0 +83\.3 %/);
});

test('a secret is masked before anything is written', async () => {
  const message = 'denied for sk-abcdefghijklmnopqrstuvwx at https://ada:geheim@db.example/x';
  writeEvents(cwd, 'secret.jsonl', { runs: 1, passed: 0, message });
  const ended = await runCommand(['runs', 'ingest', 'secret.jsonl', '--database', './secret'], { cwd });
  expect(ended.stdout).toBe('6 events of 2 new runs taken in; 2 secrets were masked\n');
  const kept = readFileSync(join(cwd, 'secret/runs.duckdb'), 'latin1');
  expect(kept).not.toMatch(/sk-abcdefghijkl|geheim/);
});

test('a file in the inbox that is no batch is said by whoever sets it aside', async () => {
  writeEvents(cwd, 'one.jsonl', { runs: 1, passed: 1 });
  const args = ['--database', './inboxed'];
  await runCommand(['runs', 'ingest', 'one.jsonl', ...args], { cwd });
  mkdirSync(join(cwd, 'inboxed/inbox'));
  for (const verb of [['quality'], ['ingest', 'one.jsonl']]) {
    writeFileSync(join(cwd, 'inboxed/inbox/x.jsonl'), 'nonsense');
    const ended = await runCommand(['runs', ...verb, ...args], { cwd });
    expect(ended.stderr).toMatch(/inbox\/x\.refused was in the inbox and is no batch: its first line is not/);
    expect(ended.code).toBe(verb[0] === 'ingest' ? 1 : 0);
  }
  expect((await runCommand(['runs', 'quality', ...args], { cwd })).stderr).toBe('');
});

const disk = mountSmallDisk(8);
const unavailable = 'unavailable' in disk ? disk.unavailable : undefined;
if (!('unavailable' in disk)) afterAll(disk.remove);

test.skipIf(unavailable)(`a disk that is full is said in words${unavailable ?? ''}`, async () => {
  if ('unavailable' in disk) return;
  writeEvents(cwd, 'many.jsonl', { runs: 3_000, passed: 0, message: `failed for ${'long '.repeat(200)}` });
  const ended = await runCommand(['runs', 'ingest', 'many.jsonl', '--database', join(disk.path, 'kept')], {
    cwd,
  });
  expect(ended.stderr).toMatch(/^the database cannot be used: .* cannot be read or written: /);
  expect([ended.code, ended.stdout]).toEqual([1, '']);
});

describe.concurrent('input that is wrong', () => {
  test('is named by line and field, and the others count', async () => {
    writeFileSync(join(cwd, 'partly.jsonl'), '');
    writeEvents(cwd, 'partly.jsonl', { runs: 1, passed: 1 }, ['nonsense', '{"v":1,"run_id":"r","seq":-1}']);
    appendFileSync(join(cwd, 'partly.jsonl'), '{"v":1,"run_id":"r"');
    const { stdout, stderr, code } = await runCommand(
      ['runs', 'ingest', 'partly.jsonl', 'missing.jsonl', '--database', './partly'],
      { cwd },
    );
    expect(stdout).toBe('6 events of 2 new runs taken in; 3 lines were not taken\n');
    expect(stderr).toContain('partly.jsonl:7: the line is not JSON, or is cut off: "nonsense"\n');
    expect(stderr).toContain('partly.jsonl:8: seq must be a whole number of 0 or more, but is -1\n');
    expect(stderr).toContain('partly.jsonl:9: the line is not JSON, or is cut off');
    expect(stderr).toContain('missing.jsonl cannot be read: ENOENT\n');
    expect(code).toBe(1);
  });

  test.each<[readonly string[], RegExp, number]>([
    [
      ['report', '--database', './nowhere'],
      /there is no database at .*nowhere; `ephemetry runs ingest` makes one/,
      1,
    ],
    [
      ['report', '--database', 'sqlite:x'],
      /it is not kept in SQLite\. Allowed: postgres:\/\/user@host:port\/database, duckdb:DIRECTORY, or/,
      2,
    ],
    [['report', '--database', 'mysql://h/x'], /a database at mysql:\/\/ is not known here/, 2],
    [['report', '--by', 'colour'], /allowed: project, scenario.*"colour" is none/, 2],
    [['report', '--step', '1y'], /such as 1h, 1d or 1w/, 2],
    [['ingest', 'x', '--tag', 'release'], /allowed: name=value/, 2],
    [['ingest'], /<file> is missing/, 2],
  ])('%j', async (args, message, code) => {
    const ended = await runCommand(['runs', ...args], { cwd });
    expect(ended.stderr).toMatch(message);
    expect(ended.code).toBe(code);
  });
});
