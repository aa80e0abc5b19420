/** Clusters of the database, and what a team says of them. */
import { type Ended, temporaryDirectory } from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import { writeEvents } from '../fixtures/run-events.ts';

const directory = temporaryDirectory();
const cwd = directory.path;
let cluster = '';

afterAll(() => directory.remove());

function runs(line: string, ...args: readonly string[]): Promise<Ended> {
  return runCommand(['runs', ...line.split(' '), '--database', './kept', ...args], { cwd });
}

beforeAll(async () => {
  writeEvents(cwd, 'before.jsonl', { runs: 60, passed: 60 });
  writeEvents(cwd, 'after.jsonl', { runs: 60, passed: 40 });
  await runs('ingest before.jsonl --project shop --tag release=1.3');
  await runs('ingest after.jsonl --project shop --tag release=1.4');
  const listed = await runs('triage --where project=shop --json');
  cluster = JSON.parse(listed.stdout).clusters[0].cluster;
});

test('clusters of the database are those of its files', async () => {
  const [stored, files] = await Promise.all([
    runs('triage --where tag.release=1.4 --against tag.release=1.3 --new'),
    runCommand('runs triage after.jsonl --against before.jsonl --new', { cwd }),
  ]);
  expect(stored.stdout).toContain(`${cluster}  tool_timeout  new  timed out after <*> (search)`);
  expect(stored).toMatchObject({ code: 0, stdout: files.stdout, stderr: '' });
  const file = await runs('triage --where tag.release=1.4 --against @before.jsonl --new');
  expect(file.stdout).toBe(files.stdout);
});

test('what is said of a cluster is kept, changed and taken back', async () => {
  const first = await runs(
    `triage set ${cluster} --owner search-team`,
    '--note',
    'slow on Mondays',
    '--json',
  );
  const owned = {
    note: 'slow on Mondays',
    owner: 'search-team',
    muted_until: null,
    link: null,
    merged_into: null,
  };
  expect(JSON.parse(first.stdout)).toEqual(owned);
  await runs('rebuild');
  const shown = await runs(`triage show ${cluster}`);
  expect(shown.stdout).toContain('  note: slow on Mondays; owner: search-team\n');
  const second = await runs(
    `triage set ${cluster} --link http://x/7 --merge-into f1-000000000000 --json`,
    '--note',
    '',
  );
  expect(JSON.parse(second.stdout)).toEqual({
    ...owned,
    note: null,
    link: 'http://x/7',
    merged_into: 'f1-000000000000',
  });
  const listed = await runs('triage --json');
  expect(JSON.parse(listed.stdout).clusters[0]).toMatchObject({ cluster, state: { owner: 'search-team' } });
});

test('a muted cluster is counted and not listed, until its time is over', async () => {
  await runs(`triage set ${cluster} --mute-until 2999-01-01`);
  expect((await runs('triage')).stdout).toBe('0 clusters of failures in 240 runs; 1 muted\n');
  await runs(`triage set ${cluster} --mute-until 2026-01-01T12:00:00Z`);
  const listed = await runs('triage');
  expect(listed.stdout).toMatch(/^1 cluster of failures in 240 runs\n/);
  expect(listed.stdout).toContain('muted until 2026-01-01T12:00Z');
});

describe.concurrent('what is wrong', () => {
  test.each<[readonly string[], number, RegExp]>([
    [
      ['f1-000000000000', '--note', 'x'],
      1,
      /nothing is kept: no run of the database has the cluster f1-0{12}/,
    ],
    [['f1-000000000000'], 2, /nothing is to be kept; allowed: --note, --owner/],
    [['f1-7', '--note', 'x'], 2, /allowed: f1- and 12 hex digits/],
    [['f1-000000000000', '--merge-into', 'x'], 2, /allowed: f1- and 12 hex digits/],
    [['f1-000000000000', '--mute-until', 'monday'], 2, /allowed: a day or a time with its zone/],
    [['f1-000000000000', '--mute-until', '2026-02-31T12:00'], 2, /allowed: a day or a time with its zone/],
    [['f1-000000000000', '--note', 'x'.repeat(1001)], 2, /allowed: 1000 characters, and these are 1001/],
  ])('set %j: %i', async (args, code, message) => {
    const ended = await runCommand(['runs', 'triage', 'set', ...args, '--database', './kept'], { cwd });
    expect(ended.stderr).toMatch(message);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
  });
});
