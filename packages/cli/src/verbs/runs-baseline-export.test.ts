/** A baseline in one file: it compares as its events do, or is refused with the reason. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, temporaryDirectory } from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import { writeEvents } from '../fixtures/run-events.ts';

const directory = temporaryDirectory();
const cwd = directory.path;
const at = (name: string): string => join(cwd, name);

beforeAll(async () => {
  writeEvents(cwd, 'before.jsonl', { runs: 60, passed: 50 });
  writeEvents(cwd, 'worse.jsonl', { runs: 60, passed: 20 });
  mkdirSync(at('folder'));
  const ended = await runCommand('runs baseline export before.jsonl --to baseline.jsonl', { cwd });
  expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

afterAll(() => directory.remove());

function compare(baseline: string, ...args: readonly string[]): Promise<Ended> {
  const line = ['runs', 'compare', '--baseline', `@${baseline}`, '--current', '@worse.jsonl', ...args];
  return runCommand(line, { cwd });
}

test('a comparison with it is the comparison with its events', async () => {
  const [file, events] = await Promise.all([
    compare('baseline.jsonl', '--json'),
    compare('before.jsonl', '--json'),
  ]);
  expect(file.code).toBe(4);
  expect(file.stdout).toBe(events.stdout);
});

test('it goes to standard output, and is a part of the runs where that is asked for', async () => {
  const whole = await runCommand('runs baseline export before.jsonl', { cwd });
  expect(whole.stdout).toBe(readFileSync(at('baseline.jsonl'), 'utf8'));
  const part = await runCommand('runs baseline export before.jsonl --where scenario=s1', { cwd });
  expect(JSON.parse(part.stdout.split('\n')[0] ?? '')).toMatchObject({ runs: 60, statistics: 's1' });
});

test('an export again replaces the file whole, and leaves nothing beside it', async () => {
  writeFileSync(at('again.jsonl'), 'old\n');
  const ended = await runCommand('runs baseline export worse.jsonl before.jsonl --to again.jsonl', { cwd });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(at('again.jsonl'), 'utf8').split('\n')).toHaveLength(242);
  expect(readdirSync(cwd).filter((name) => name.includes('.tmp'))).toEqual([]);
});

describe.concurrent('what is refused', () => {
  const text = (): string => readFileSync(at('baseline.jsonl'), 'utf8');
  const changed = (from: string, to: string) => (): string => text().replace(from, to);
  test.each<[string, () => string, readonly string[], RegExp]>([
    [
      'changed.jsonl',
      changed('"success":false', '"success":true'),
      [],
      /changed\.jsonl: the digest of its runs is/,
    ],
    [
      'cut.jsonl',
      () => text().slice(0, 9000),
      [],
      /cut\.jsonl: the file says that it has 120 runs, but has \d+: it is cut off/,
    ],
    [
      'newer.jsonl',
      changed('"statistics":"s1"', '"statistics":"s2"'),
      [],
      /version of the statistics is "s2"; allowed is "s1"/,
    ],
    [
      'other.jsonl',
      () => '{"format":"parquet"}\n',
      [],
      /other\.jsonl holds no event: line 1: v must be 1, but is missing/,
    ],
    [
      'rule.jsonl',
      text,
      ['--success', 'outcome'],
      /rule\.jsonl was exported without --success, and is read with --success outcome/,
    ],
  ])('%s', async (name, content, args, message) => {
    writeFileSync(at(name), content());
    const ended = await compare(name, ...args);
    expect(ended.stderr).toMatch(message);
    expect([ended.code, ended.stdout]).toEqual([1, '']);
  });

  test.each<[string, number, RegExp]>([
    ['before.jsonl --to folder', 1, /nothing is written \(.*\); --to names a file in a directory/],
    ['before.jsonl --to no/such/file', 1, /nothing is written \(ENOENT/],
    ['before.jsonl --where scenario=s9', 1, /nothing is written: none of 120 runs is selected/],
    ['missing.jsonl', 1, /missing\.jsonl cannot be read: ENOENT/],
    ['', 2, /<file> is missing/],
  ])('export %s', async (line, code, message) => {
    const ended = await runCommand(`runs baseline export ${line}`, { cwd });
    expect(ended.stderr).toMatch(message);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
  });
});
