/** What runs say together, on both engines. */
import { describeEngines } from '@ephemetry/testing/engines';
import { expect, test } from 'vitest';
import { clearFlaky, findTests, type NamedTest, readTestHistory } from '../../src/history/named-tests.ts';
import { type History, openHistory } from '../../src/history/open-history.ts';
import { readFlaky } from '../../src/history/read-flaky.ts';
import { HOUR_MS, NOON, openHere, record, watched } from './histories.ts';
import type { Went } from './run-of.ts';

const DAY_MS = 24 * HOUR_MS;

/** So many tests that went alike. */
const many = (count: number, went: string, from = 0): Went =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`test_${from + index}`, went]));

describeEngines(({ newPlace }) => {
  test('a test that passes and fails in two runs of one commit is flaky, and counted once', async () => {
    const history = await openHere(await newPlace());
    const first = await record(history, 'c1', { a: '+', b: '+', c: 's' });
    expect(first.findings).toEqual({ rerun: 0, mass: 0, transitions: {} });
    expect((await record(history, 'c1', { a: '-', b: '+', c: '+' })).findings).toMatchObject({
      rerun: 1,
      flaky: 1,
    });
    expect((await record(history, 'c1', { a: '+', b: '+', c: '+' })).findings).toMatchObject({
      rerun: 0,
      flaky: 1,
    });
    await record(history, 'c2', { a: '+', b: '+', c: '+' });
    const { tests } = await readFlaky(history, { now: () => NOON + HOUR_MS });
    expect(tests).toMatchObject([
      {
        suite: 'app',
        file: 'tests/test_a.py',
        className: 'tests.test_a',
        name: 'a',
        flips: 1,
        commits: 2,
        runs: 4,
      },
    ]);
    expect(tests[0]?.interval.low).toBeCloseTo(0.0945, 3);
  });

  test('a retry shows it within one run, also of an unknown commit', async () => {
    const history = await openHere(await newPlace());
    const { findings } = await record(history, undefined, { a: '-+', b: '+' });
    expect(findings).toEqual({ rerun: 0, mass: 0, transitions: {}, flaky: 1 });
    const { tests } = await readFlaky(history, { now: () => NOON + HOUR_MS });
    expect(tests).toMatchObject([{ name: 'a', flips: 1, commits: 1, runs: 1, attempts: 2 }]);
  });

  test.each<[string, string | undefined, string | undefined, string, string]>([
    ['different commits', 'c1', 'c2', 'linux', 'linux'],
    ['unknown commits', undefined, undefined, 'linux', 'linux'],
    ['other environments', 'c1', 'c1', 'linux', 'darwin'],
  ])('runs of %s are not compared, and whether a test is flaky is not known', async (_, c1, c2, e1, e2) => {
    const history = await openHere(await newPlace());
    await record(history, c1, { a: '+' }, { environment: e1 });
    const { findings } = await record(history, c2, { a: '-' }, { environment: e2 });
    expect(findings).not.toHaveProperty('flaky');
    expect(findings).toMatchObject({ rerun: 0, mass: 0 });
    expect(await readFlaky(history, { now: () => NOON + HOUR_MS })).toEqual({ tests: [], unseen: ['app'] });
  });

  test('where a commit ran twice and nothing flipped, no test is flaky', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', { a: '+' });
    expect((await record(history, 'c1', { a: '+' })).findings).toMatchObject({ flaky: 0 });
    expect(await readFlaky(history, { now: () => NOON + HOUR_MS })).toEqual({ tests: [], unseen: [] });
  });

  test('more than 5 % of the common tests, and at least 20, blame the environment and no test', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', many(400, '+'));
    const broken = { ...many(21, '-'), ...many(379, '+', 21) };
    const { findings } = await record(history, 'c1', broken);
    expect(findings).toMatchObject({ rerun: 0, mass: 21, flaky: 0 });
    // Neither are they blamed by a pair of runs that differs less; the same tests count once.
    const again = await record(history, 'c1', { ...many(400, '+'), test_0: '-', test_1: '-', test_399: '-' });
    expect(again.findings).toMatchObject({ rerun: 1, mass: 0, flaky: 1 });
    expect((await record(history, 'c1', many(400, '+'))).findings).toMatchObject({ rerun: 0, mass: 0 });
  });

  test.each([
    [20, 400],
    [19, 100],
  ])('%i flips of %i tests blame the tests', async (flips, tests) => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', many(tests, '+'));
    const { findings } = await record(history, 'c1', {
      ...many(flips, '-'),
      ...many(tests - flips, '+', flips),
    });
    expect(findings).toMatchObject({ rerun: flips, mass: 0, flaky: flips });
  });

  test('a flip counts for 14 days, or as long as is asked', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', { a: '-+' }, { endUnixMs: NOON });
    const at = (days: number) => ({ now: () => NOON + days * DAY_MS });
    expect((await readFlaky(history, at(13.9))).tests).toHaveLength(1);
    expect((await readFlaky(history, at(14.1))).tests).toHaveLength(0);
    expect((await readFlaky(history, { ...at(14.1), windowDays: 20 })).tests).toHaveLength(1);
    const later = await record(history, 'c2', { a: '+' }, { endUnixMs: NOON + 15 * DAY_MS });
    expect(later.findings).not.toHaveProperty('flaky');
  });

  test('50 runs on later commits without a flip end it, those that skip the test do not', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c0', { a: '-+' });
    await record(history, 'c0', { a: '+' });
    await record(history, 'c1', { a: 's' });
    await record(history, undefined, { a: '+' });
    for (let index = 0; index < 49; index++)
      await record(history, `c${index % 7}`.replace('c0', 'c7'), { a: '+' });
    const now = { now: () => NOON + HOUR_MS };
    expect((await readFlaky(history, now)).tests).toMatchObject([{ name: 'a', runs: 52 }]);
    expect((await record(history, 'c9', { a: '-' })).findings).toMatchObject({ flaky: 0 });
    expect((await readFlaky(history, now)).tests).toEqual([]);
  });

  test('a report that counts flaky tests looks at no run before their last flips', async () => {
    const history = await openHere(await newPlace());
    const change = { branch: 'change' } as const;
    await record(history, 'c0', { a: '+', b: '+' }, change);
    const unreadable = new Uint8Array(Uint32Array.of(9, 0, 0, 0).buffer);
    await history.kysely.updateTable('run').set({ differences: unreadable }).execute();
    expect((await record(history, 'c1', { a: '-+', b: '-+' }, change)).findings).toMatchObject({ flaky: 2 });
    for (let run = 0; run < 49; run++) await record(history, 'c2', { a: '+', b: 's' }, change);
    expect((await record(history, 'c3', { a: '+', b: '+' }, change)).findings).toMatchObject({ flaky: 1 });
    await expect(readFlaky(history, { now: () => NOON + HOUR_MS })).rejects.toThrow('version 9');
  });

  test('what was cleared counts no more, and a new flip counts again', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', { a: '-+', b: '-+' }, { endUnixMs: NOON });
    const [found] = await findTests(history, 'tests.test_a › a', undefined);
    if (found === undefined) throw new Error('a is not found');
    await clearFlaky(history, found, () => NOON + 1);
    await clearFlaky(history, found, () => NOON + 2);
    const now = { now: () => NOON + HOUR_MS };
    expect((await readFlaky(history, now)).tests).toMatchObject([{ name: 'b' }]);
    await record(history, 'c2', { a: '-+' }, { endUnixMs: NOON + 3 });
    // Runs before it was cleared are no evidence, for or against it.
    expect((await readFlaky(history, now)).tests).toMatchObject([
      { name: 'a', flips: 1, commits: 1, runs: 1, attempts: 2 },
      { name: 'b', flips: 1, commits: 1, runs: 1, attempts: 2 },
    ]);
  });

  test('tests that broke and were fixed are counted by category, once for each commit', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', { a: '+', 'tools.b': '-', c: 's', d: '+' });
    const change = await record(history, 'c2', { a: '-', 'tools.b': '+' }, { branch: 'change' });
    expect(change.findings.transitions).toEqual({});
    const second = await record(history, 'c2', { a: '-', 'tools.b': '+', c: '-', e: '-' });
    expect(second.findings.transitions).toEqual({
      unknown: { broken: 1, fixed: 0 },
      tools: { broken: 0, fixed: 1 },
    });
    expect((await record(history, 'c2', { a: '-', 'tools.b': '+', d: '-' })).findings.transitions).toEqual({
      unknown: { broken: 1, fixed: 0 },
    });
    // Against the last run of c2, although c1 runs again in between.
    await record(history, 'c1', { a: '+', 'tools.b': '-', d: '+' });
    expect((await record(history, 'c3', { a: '+', 'tools.b': '+', d: '+' })).findings.transitions).toEqual({
      unknown: { broken: 0, fixed: 2 },
    });
    expect((await record(history, 'c4', { a: '+', 'tools.b': '-', d: '+' })).findings.transitions).toEqual({
      tools: { broken: 1, fixed: 0 },
    });
  });

  test('a commit that ran very often is as old as its first run', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', { a: '+' });
    await record(history, 'c2', { a: '+' });
    for (let run = 0; run < 50; run++) await record(history, 'c1', { a: '+' });
    // Held against c2, which is later, it would be broken.
    expect((await record(history, 'c1', { a: '-' })).findings.transitions).toEqual({});
  });

  test('a list of passed tests that several runs of a commit share is read once', async () => {
    const history = await openHere(await newPlace());
    for (let run = 0; run < 3; run++) await record(history, 'c1', many(200, '+'));
    let reads = 0;
    const counting = watched(history, (statement) => {
      if (/fingerprints.* from .*passed_list/.test(statement)) reads += 1;
    });
    // So many more that it gets a list of its own, and is not held against the other one.
    await record(counting, 'c1', many(900, '+'));
    expect(reads).toBe(1);
  });

  test('the same run, recorded twice, shows the same and counts once', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', { a: '+' });
    const given = { identity: 'one', endUnixMs: NOON };
    const once = await record(history, 'c1', { a: '-' }, given);
    expect(once.findings).toMatchObject({ rerun: 1, flaky: 1 });
    const twice = await record(history, 'c1', { a: '-' }, { ...given, endUnixMs: NOON + HOUR_MS });
    expect(twice.findings).toEqual(once.findings);
    expect((await readFlaky(history, { now: () => NOON + HOUR_MS })).tests).toMatchObject([{ runs: 2 }]);
  });

  test('two programs that record at once see each other', async () => {
    const history = await openHere(await newPlace());
    const [first, second] = await Promise.all([
      record(history, 'c1', { a: '+' }),
      record(history, 'c1', { a: '-' }),
    ]);
    expect(first.findings.rerun + second.findings.rerun).toBe(1);
  });

  test('runs older than 30 days go, and so do lists and names that nothing needs', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', { a: '-+', ...many(200, '+') }, { endUnixMs: NOON });
    const later = { endUnixMs: NOON + 31 * DAY_MS };
    const { forgotten } = await record(history, 'c2', many(200, '+', 500), later);
    expect(forgotten).toEqual({ oldRuns: 1, runsBeyondLimit: 0 });
    for (const table of ['run', 'passed_list'] as const)
      expect(await history.kysely.selectFrom(table).select('number').execute()).toHaveLength(1);
    for (const table of ['test', 'flip'] as const)
      expect(await history.kysely.selectFrom(table).select('suite').execute()).toEqual([]);
  });

  test('beyond its limit the runs of the oldest commits go, and the run that is recorded stays', async () => {
    const history = await openHere(await newPlace());
    for (const commit of ['c1', 'c1', 'c2', 'c3']) await record(history, commit, { a: '+' });
    const { forgotten } = await record(history, 'c4', { a: '+' }, {}, { limitBytes: 2200 });
    expect(forgotten).toEqual({ oldRuns: 0, runsBeyondLimit: 2 });
    expect((await record(history, 'c5', { a: '+' }, {}, { limitBytes: 1 })).forgotten.runsBeyondLimit).toBe(
      3,
    );
    const left = await history.kysely.selectFrom('run').select('commit_id').execute();
    expect(left).toEqual([{ commit_id: 'c5' }]);
  });

  test('flips take room like anything else', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', many(200, '-+'));
    // Without its flips that run takes less than 30,000 bytes.
    const { forgotten } = await record(history, 'c2', { a: '+' }, {}, { limitBytes: 45_000 });
    expect(forgotten.runsBeyondLimit).toBe(1);
    expect(await history.kysely.selectFrom('flip').select('suite').execute()).toEqual([]);
  });

  test.each<[string, (history: History, found: NamedTest) => Promise<readonly object[]>]>([
    ['tests that are flaky', async (history) => (await readFlaky(history, { now: () => NOON })).tests],
    ['how a test went', (history, found) => readTestHistory(history, found, 10)],
  ])('%s is answered as of one moment, whatever is forgotten meanwhile', async (_, ask) => {
    const place = await newPlace();
    const [history, other] = [await openHere(place), await openHere(place)];
    await record(history, 'c1', { a: '-+' }, { endUnixMs: NOON });
    const [found] = await findTests(history, 'a', undefined);
    if (found === undefined) throw new Error('a is not found');
    let wasForgotten = 0;
    const reader = watched(history, async (statement) => {
      if (wasForgotten > 0 || !/ from .*passed_list/.test(statement)) return;
      const later = { endUnixMs: NOON + 40 * DAY_MS };
      wasForgotten = (await record(other, 'c2', many(200, '+'), later)).forgotten.oldRuns;
    });
    expect(await ask(reader, found)).toHaveLength(1);
    expect(wasForgotten).toBe(1);
    expect(await ask(history, found)).toEqual([]);
  });

  test('a name that no database would keep is kept as far as it can be shown', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', { 'it&apos;s &quot;x&quot; &#xfffe;\ud83d\ude00': '-+' });
    const { tests } = await readFlaky(history, { now: () => NOON + HOUR_MS });
    expect(tests).toMatchObject([{ name: 'it\'s "x" \ufffd\ud83d\ude00' }]);
  });

  test('how a test went is told from the newest run on', async () => {
    const history = await openHere(await newPlace());
    await record(history, 'c1', { a: '+', b: '+' });
    await record(history, 'c2', { a: '-+', b: '+' });
    await record(history, undefined, { b: '+' });
    await record(history, 'c3', { a: 's' }, { branch: 'change', environment: 'darwin' });
    const [found] = await findTests(history, 'a', 'app');
    if (found === undefined) throw new Error('a is not found');
    expect(await readTestHistory(history, found, 10)).toMatchObject([
      { commit: 'c3', outcome: 'skipped', environment: 'darwin', branch: 'change', isFlaky: false },
      { commit: 'c2', outcome: 'passed', attempts: 2, isFlaky: true },
      { commit: 'c1', outcome: 'passed', attempts: 1, isFlaky: false },
    ]);
    expect(await readTestHistory(history, found, 1)).toHaveLength(1);
    expect(await findTests(history, 'tests/test_a.py::a', undefined)).toHaveLength(1);
    expect(await findTests(history, 'b', undefined)).toEqual([]);
    expect(await findTests(history, 'a', 'other')).toEqual([]);
  });
});

test('a place that is none is refused', async () => {
  expect(await openHistory('mysql://x/y', { version: '1' })).toMatchObject({ kind: 'invalid-place' });
});
