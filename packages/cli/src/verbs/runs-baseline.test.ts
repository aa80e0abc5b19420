/** Baselines in the database, what is known of one run, and how good it is. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, temporaryDirectory } from '@ephemetry/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import { writeEvents } from '../fixtures/run-events.ts';

const directory = temporaryDirectory();
const cwd = directory.path;

afterAll(() => directory.remove());

function runs(...args: readonly string[]): Promise<Ended> {
  return runCommand(['runs', ...args], { cwd, env: { EPHEMETRY_RUNS_DATABASE: './kept' } });
}

beforeAll(async () => {
  writeEvents(cwd, 'before.jsonl', { runs: 60, passed: 50 });
  writeEvents(cwd, 'after.jsonl', { runs: 60, passed: 20 });
  await runs('ingest', 'before.jsonl', '--tag', 'release=1.3');
  await runs('ingest', 'after.jsonl', '--tag', 'release=1.4');
});

test('a baseline is frozen, compared with by its name, and says what changed since', async () => {
  const created = await runs(
    'baseline',
    'create',
    'r1.3',
    '--from-selection',
    'tag.release=1.3',
    '--note',
    'old',
  );
  expect(created.stdout).toMatch(/^r1\.3: 120 runs, sha256:[0-9a-f]{32}\n$/);
  const compared = await runs('compare', '--baseline', 'r1.3', '--current', 'tag.release=1.4');
  expect(compared).toMatchObject({ code: 4, stderr: '' });
  expect(compared.stdout).toMatch(/^degraded: success of all runs -50\.0 points/);
  const again = await runs('baseline', 'create', 'r1.3');
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('there is a baseline r1.3') });
  const late = { v: 1, run_id: 'before.jsonl-s1-0', seq: 9, event_type: 'note', timestamp: 1_770_000_400 };
  writeFileSync(join(cwd, 'late.jsonl'), JSON.stringify(late));
  expect((await runs('ingest', 'late.jsonl')).stdout).toBe(
    '1 event of 0 new runs taken in; 1 runs changed after their end\n',
  );
  const listed = await runs('baseline', 'list', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject({
    name: 'r1.3',
    runs: 120,
    revised: 1,
    selection: 'tag.release=1.3',
    note: 'old',
    statistics: 's1',
  });
  const warned = await runs('compare', '--baseline', 'r1.3', '--current', 'tag.release=1.4');
  expect(warned.stderr).toBe('1 run of r1.3 changed after it was made; they count as they are now\n');
  expect((await runs('baseline', 'delete', 'r1.3')).stdout).toBe('r1.3 is deleted; its runs stay\n');
  const gone = await runs('compare', '--baseline', 'r1.3', '--current', 'tag.release=1.4');
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no baseline r1.3; ') });
  const empty = await runs('baseline', 'create', 'none', '--from-selection', 'project=none');
  expect(empty).toMatchObject({ code: 1, stderr: 'nothing is created: no run is selected\n' });
});

test('a run is shown with its events, and beside another one where they part', async () => {
  const { stdout } = await runs('show', 'after.jsonl-s1-59');
  expect(stdout).toMatch(/^run +after\.jsonl-s1-59\nproject +unknown\nscenario +s1\n/);
  expect(stdout).toMatch(/\nfailure +tool_timeout f1-/);
  expect(stdout).toMatch(/ 1 {2}2026-\S+ {2}tool\.call +error +\{"tool":"search"/);
  const beside = await runs('show', 'after.jsonl-s1-0', '--beside', 'after.jsonl-s1-59');
  expect(beside.stdout).toMatch(/\n\* +search ok +search error f1-/);
  const json = await runs('show', 'after.jsonl-s1-0', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    success: true,
    revision: 0,
    conflicts: [],
    events: [{ seq: 0 }, { seq: 1 }, { seq: 2 }],
  });
  expect(await runs('show', 'nobody')).toMatchObject({ code: 1, stderr: 'there is no run nobody\n' });
});

test('what came twice, contradicts or was refused is shown', async () => {
  writeEvents(cwd, 'bad.jsonl', { runs: 1, passed: 1 }, ['nonsense']);
  const conflict = { v: 1, run_id: 'bad.jsonl-s1-0', seq: 1, event_type: 'note', timestamp: 1_770_000_400 };
  appendFileSync(join(cwd, 'bad.jsonl'), JSON.stringify(conflict));
  await runs('ingest', 'bad.jsonl', '--project', 'bad');
  await runs('ingest', 'bad.jsonl', '--project', 'bad');
  const { stdout } = await runs('quality', '--where', 'project=bad', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    runs: 2,
    events: 6,
    kinds: {
      duplicates: { count: 7, runs: 2 },
      conflicts: { count: 1, runs: 1 },
      tokens_unknown: { count: 2 },
    },
    refused: 2,
    refused_lines: [{ source: 'bad.jsonl', line: 7, field: 'line' }, { line: 7 }],
  });
  const text = await runs('quality', '--where', 'project=bad');
  expect(text.stdout).toMatch(/^6 events of 2 runs; 2 lines were not taken\n/);
  expect(text.stdout).toContain('bad.jsonl:7: the line is not JSON');
});
