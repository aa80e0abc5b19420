/** Clusters of failures in a terminal and as JSON, and what is said of input that is wrong. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, temporaryDirectory } from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import { writeEvents } from '../fixtures/run-events.ts';

const directory = temporaryDirectory();
const cwd = directory.path;
const ARGUMENT = "missing 1 required argument: 'to'";

beforeAll(() => {
  writeEvents(cwd, 'before.jsonl', { runs: 60, passed: 50 });
  writeEvents(cwd, 'after.jsonl', { runs: 60, passed: 40, message: ARGUMENT, tool: 'book' });
  writeEvents(cwd, 'more.jsonl', { runs: 30, passed: 30 });
  writeFileSync(join(cwd, 'other.csv'), 'a,b\n1,2\n');
});

afterAll(() => directory.remove());

function triage(...args: readonly string[]): Promise<Ended> {
  return runCommand(['runs', 'triage', ...args], { cwd });
}

test('a cluster is shown with its share, its places and what to do', async () => {
  const { stdout, stderr, code } = await triage('after.jsonl', 'more.jsonl');
  expect([stderr, code]).toEqual(['', 0]);
  expect(stdout).toMatch(/^1 cluster of failures in 180 runs\n/);
  expect(stdout).toMatch(
    /^f1-[0-9a-f]{12} {2}tool_schema_mismatch {2}missing <\*> required argument: <\*> \(book\)$/m,
  );
  expect(stdout).toContain('  40 runs (22.2 %); it ended 40 of them; first seen 2026-02-02T02:40Z');
  expect(stdout).toContain('  scenarios: s1 (20), s2 (20)\n');
  expect(stdout).toContain('  hint: one argument is nearly always the wrong one: "to" in 40 of its 40 runs');
  expect(stdout).toContain(
    "    1. Make it required, or an enum of its allowed values, in the tool's schema.\n",
  );
  expect(stdout).toContain('    more: docs/failures/tool_schema_mismatch.md#schema-one-argument\n');
});

test('against the runs before it says what became of each, and --new leaves what is new', async () => {
  const all = await triage('after.jsonl', '--against', 'before.jsonl', '--json');
  const verdicts = JSON.parse(all.stdout).clusters.map(
    (each: { class: string; compared: { verdict: string } }) => [each.class, each.compared.verdict],
  );
  expect(verdicts).toEqual([
    ['tool_schema_mismatch', 'new'],
    ['tool_timeout', 'gone'],
  ]);
  const { stdout } = await triage('after.jsonl', '--against', 'before.jsonl', '--new');
  expect(stdout).toMatch(/^1 cluster of failures in 120 runs\n/);
  expect(stdout).toContain('  against 0 runs before: +33.3 points (95 %: ');
});

test('one cluster is shown whole, also against a baseline file', async () => {
  const listed = await triage('after.jsonl', '--class', 'tool_schema_mismatch', '--json');
  const [{ cluster }] = JSON.parse(listed.stdout).clusters;
  await runCommand('runs baseline export before.jsonl --to baseline.jsonl', { cwd });
  const args = ['show', cluster, 'after.jsonl', '--against', 'baseline.jsonl'];
  const { stdout, code } = await triage(...args);
  expect(code).toBe(0);
  expect(stdout).toContain('  place 2: to (40)\n');
  expect(stdout).toContain('  2026-02-02T00:00Z  40 of 120  33.3 %\n');
  expect(stdout).toMatch(/ {2}runs: after\.jsonl-s\d-\d+, /);
  const json = await triage(...args, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    cluster,
    values: [[{ value: '1', runs: 40 }], [{ value: 'to', runs: 40 }]],
    compared: { verdict: 'new', baseline_runs: 0 },
    hints: [{ id: 'schema-one-argument' }, { id: 'schema-not-mended' }],
  });
});

test('text from runs moves no cursor', async () => {
  const hostile = { runs: 10, passed: 2, tool: '\u001b[31ma\u202e', message: "no '\u001b[2J' here" };
  writeEvents(cwd, 'hostile.jsonl', hostile);
  const { stdout } = await triage('hostile.jsonl');
  expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
});

describe.concurrent('what is wrong', () => {
  test.each<[readonly string[], number, RegExp]>([
    [['after.jsonl', '--database', './kept'], 2, /files and --database are given; allowed is one of them/],
    [['--against', 'x=1', '--against', 'x=2'], 2, /--against is given more than once/],
    [['--against', 'colour=red'], 2, /--against: .*allowed are project, scenario/],
    [['--database', './nowhere'], 1, /the database cannot be used: .*`ephemetry runs ingest` makes one/],
    [['after.jsonl', '--new'], 2, /--new needs --against, which names the runs before/],
    [['after.jsonl', '--class', 'odd'], 2, /allowed: one of tool_schema_mismatch, tool_timeout/],
    [['after.jsonl', '--step', '2d'], 2, /allowed: one of 1h, 1d, 1w/],
    [['after.jsonl', '--where', 'colour=red'], 2, /allowed are project, scenario/],
    [['show', 'f1-7', 'after.jsonl'], 2, /allowed: f1- and 12 hex digits/],
    [['show', 'f1-000000000000', 'after.jsonl'], 1, /none of 120 runs has the cluster f1-000000000000/],
    [['missing.jsonl'], 1, /missing\.jsonl cannot be read: ENOENT/],
    [['after.jsonl', '--against', 'other.csv'], 1, /other\.csv holds no event: line 1: the line is not JSON/],
  ])('%j: %i', async (args, code, message) => {
    const ended = await triage(...args);
    expect(ended.stderr).toMatch(message);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
  });
});
