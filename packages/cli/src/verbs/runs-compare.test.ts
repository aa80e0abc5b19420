/** The gate: its exit codes, what it prints, and what it says of input that is wrong. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, temporaryDirectory } from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import { writeEvents } from '../fixtures/run-events.ts';

const directory = temporaryDirectory();
const cwd = directory.path;
const RED = '\u001b[31m';

beforeAll(() => {
  writeEvents(cwd, 'before.jsonl', { runs: 60, passed: 50 });
  writeEvents(cwd, 'worse.jsonl', { runs: 60, passed: 20 });
  writeEvents(cwd, 'same.jsonl', { runs: 60, passed: 49 });
  writeEvents(cwd, 'few.jsonl', { runs: 5, passed: 1 });
  writeEvents(cwd, 'ids.jsonl', { runs: 60, passed: 20, prefix: 'before.jsonl' });
  writeEvents(cwd, 'new.jsonl', { runs: 60, passed: 50, message: 'seat is taken' });
  writeFileSync(join(cwd, 'empty.jsonl'), '');
  writeFileSync(join(cwd, 'other.csv'), 'a,b\n1,2\n');
  mkdirSync(join(cwd, 'folder.jsonl'));
  execFileSync('mkfifo', [join(cwd, 'pipe.jsonl')]);
});

afterAll(() => directory.remove());

function compare(current: string, ...args: readonly string[]): Promise<Ended> {
  return runCommand(['runs', 'compare', '--baseline', '@before.jsonl', '--current', `@${current}`, ...args], {
    cwd,
  });
}

describe.concurrent('exit codes', () => {
  test.each<[string, readonly string[], number, RegExp]>([
    ['worse.jsonl', [], 4, /^degraded: success of all runs -50\.0 points/],
    ['worse.jsonl', ['--fail-on', 'none'], 0, /^degraded/],
    [
      'worse.jsonl',
      ['--gate', 'duration'],
      0,
      /^no difference shown: duration 1 times .*, from 40 s of 120 /,
    ],
    ['worse.jsonl', ['--floor', 'success=60', '--gate', 'success'], 0, /^no difference shown/],
    [
      'same.jsonl',
      [],
      0,
      /^no difference shown: success -1\.7 points .* would have been found four times in five/,
    ],
    ['same.jsonl', ['--detectable', '5'], 5, /^no difference shown/],
    ['same.jsonl', ['--detectable', '40'], 0, /^no difference shown/],
    ['same.jsonl', ['--fail-on', 'inconclusive'], 5, /^no difference shown/],
    ['new.jsonl', [], 0, /^no difference shown/],
    [
      'new.jsonl',
      ['--fail-on', 'new-failure'],
      4,
      /new {2}\+16\.7 points, 0 -> 20 runs {2}tool_rejected: seat is taken \(search\)/,
    ],
    ['few.jsonl', [], 5, /^too few runs/],
    ['empty.jsonl', [], 5, /^not comparable/],
    ['ids.jsonl', [], 5, /^not comparable: .*; 120 current runs have the id of a baseline run/],
    ['empty.jsonl', ['--fail-on', 'none'], 0, /^not comparable/],
    ['worse.jsonl', ['--where', 'scenario=s9'], 5, /^not comparable/],
  ])('%s %j: %i', async (current, args, code, said) => {
    const ended = await compare(current, ...args);
    expect(ended.stdout).toMatch(said);
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(code);
  });
});

test('a drop is explained by what failed, and shown with runs that part', async () => {
  const { stdout } = await compare('worse.jsonl');
  expect(stdout).toContain('  -50.0 points  timed out after <*> (search)\n');
  expect(stdout).toMatch(/s1: before\.jsonl-s1-0 passed, worse\.jsonl-s1-20 failed, they part at step 1/);
});

test('the JSON is one object, as its schema says', async () => {
  const { stdout, code } = await compare('worse.jsonl', '--json');
  const object = JSON.parse(stdout);
  expect(code).toBe(4);
  expect(object).toMatchObject({
    verdict: 'degraded',
    statistics: 's1',
    baseline: { runs: 120, digest: expect.stringMatching(/^sha256:[0-9a-f]{32}$/) },
    strata: 'scenario and model',
    clusters: { more: [{ class: 'tool_timeout', baseline_runs: 20, current_runs: 80 }] },
  });
  const whole = object.slices.find(
    (slice: { metric: string; dimension: string }) => slice.metric === 'success' && slice.dimension === 'all',
  );
  expect(whole).toMatchObject({ verdict: 'degraded', strata: 2, explained: [{ change: whole.change }] });
  const again = await compare('worse.jsonl', '--format', 'json');
  expect(again.stdout).toBe(stdout);
});

test('the markdown is a comment, with the command that repeats it', async () => {
  const { stdout } = await compare('worse.jsonl', '--format', 'markdown');
  expect(stdout).toMatch(/^## Agent runs: degraded\n/);
  expect(stdout).toContain('| success | all runs | degraded | 83.3 % | 33.3 % | -50.0 points |');
  expect(stdout).toContain('- -50.0 points: `timed out after <*> (search)`');
  expect(stdout).toContain('`ephemetry runs compare --baseline @before.jsonl --current @worse.jsonl`');
});

test('the command that repeats a comparison has all that changes the answer', async () => {
  const options = [
    ['--where', 'scenario=s1&tool=search'],
    ['--by', 'model,model*tool'],
    ['--gate', 'success,duration'],
    ['--floor', 'success=3,duration=20'],
    ['--success', 'evaluation:reward>=0.5'],
  ];
  const { stdout } = await compare('worse.jsonl', '--format', 'markdown', ...options.flat());
  expect(stdout).toContain(
    "@worse.jsonl --where 'scenario=s1&tool=search' --by 'model,model*tool' --gate success,duration --floor success=3,duration=20 --success 'evaluation:reward>=0.5'`",
  );
});

test('text from runs moves no cursor, and is no markup', async () => {
  const hostile = { runs: 60, passed: 20, tool: `${RED}a|b\u202e`, message: `${RED}\`</td>[x](http://x) no` };
  const current = writeEvents(cwd, 'hostile.jsonl', hostile).slice(1);
  const text = await compare(current);
  expect(text.stdout).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
  const { stdout } = await compare(current, '--format', 'markdown');
  expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
  expect(stdout).not.toMatch(/^[^`]*<\/td>/m);
});

describe.concurrent('input that is wrong', () => {
  test('is named by line and field, and the others count', async () => {
    const more = [
      'nonsense',
      '{"v":1,"run_id":"r","seq":-1,"event_type":"tool.call","timestamp":1770000000}',
      '{"v":1,"run_id":"before.jsonl-s1-0","seq":7,"event_type":"note","timestamp":1770000000}',
    ];
    const current = writeEvents(cwd, 'partly.jsonl', { runs: 60, passed: 50 }, more).slice(1);
    const { stderr, code } = await compare(current);
    expect(stderr).toContain('partly.jsonl:361: the line is not JSON, or is cut off: "nonsense"\n');
    expect(stderr).toContain('partly.jsonl:362: seq must be a whole number of 0 or more, but is -1\n');
    expect(stderr).toContain('1 events are of other types, and are not counted');
    expect(code).toBe(0);
  });

  test('that contradicts itself more often than is shown is counted', async () => {
    const more = Array.from({ length: 12 }, (_, index) =>
      JSON.stringify({
        v: 1,
        run_id: `twice.jsonl-s1-${index}`,
        seq: 1,
        event_type: 'note',
        timestamp: 1_770_000_000,
      }),
    );
    const current = writeEvents(cwd, 'twice.jsonl', { runs: 60, passed: 50 }, more).slice(1);
    const { stderr } = await compare(current);
    expect(stderr.match(/has two events 1; the first one counts/g)).toHaveLength(10);
    expect(stderr).toContain('twice.jsonl: 12 events contradict an earlier one\n');
  });

  test.each([
    ['missing.jsonl', /missing\.jsonl cannot be read: ENOENT/],
    ['other.csv', /other\.csv holds no event: line 1: the line is not JSON/],
    ['folder.jsonl', /folder\.jsonl is not a file/],
    ['pipe.jsonl', /pipe\.jsonl is not a file/],
  ])('%s ends with 1', async (current, message) => {
    const { stderr, stdout, code } = await compare(current);
    expect(stderr).toMatch(message);
    expect([stdout, code]).toEqual(['', 1]);
  });

  test.each<[readonly string[], RegExp]>([
    [['--by', 'colour'], /allowed: project, scenario, model, .*pairs such as model\*tool/],
    [['--by', 'model,model'], /model is named twice/],
    [['--by', 'model*model'], /pairs such as model\*tool/],
    [['--gate', 'speed'], /allowed: some of success, unfinished/],
    [['--floor', 'success=-1'], /such as success=2/],
    [['--where', 'colour=red'], /allowed are project, scenario/],
    [['--success', 'reward'], /evaluation:NAME>=SCORE/],
    [['--fail-on', 'all'], /one of regression, new-failure/],
  ])('%j ends with 2', async (args, message) => {
    const { stderr, code } = await compare('same.jsonl', ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  test('runs that are neither a file nor a selection are refused with what is allowed', async () => {
    const ended = await runCommand('runs compare --baseline @before.jsonl --current main', { cwd });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('allowed: @ and the path of a file of events, such as @before.jsonl');
  });
});
