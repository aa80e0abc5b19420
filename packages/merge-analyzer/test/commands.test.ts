import { createMeterProvider } from '@ephemetry/exporter';
import { startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { explainRate } from '../src/commands/explain-rate.ts';
import { importMerges } from '../src/commands/import-merges.ts';
import { readHistory } from '../src/commands/read-history.ts';
import { formatReading, readMetrics } from '../src/commands/read-metrics.ts';
import { createMergeGauges } from '../src/gauges.ts';
import { VERSION } from '../src/generated/version.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';

describeEngines((engine) => {
  async function start() {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    return { database, orchestrator, analyzer: await openMergeAnalyzer(database, { configuration: SMALL }) };
  }

  /** Four first passes (up), then four that are not (down at the second). */
  async function swing(orchestrator: Awaited<ReturnType<typeof start>>['orchestrator']) {
    for (let index = 1; index <= 8; index += 1) {
      await orchestrator.merge({
        workItemId: `w${index}`,
        attempts: index <= 4 ? 1 : 3,
        project: index % 2 ? 'odd' : 'even',
      });
    }
  }

  test('history: a rate after each merge, newest first, with its crossings', async () => {
    const { orchestrator, analyzer } = await start();
    await swing(orchestrator);
    await analyzer.analyze();
    const history = await readHistory(analyzer, { rate: 'first_pass_merge_rate', limit: 6 });
    expect(history.map(({ workItemId, value, crossed }) => [workItemId, value, crossed])).toEqual([
      ['w8', 0, null],
      ['w7', 0.25, null],
      ['w6', 0.5, 'down'],
      ['w5', 0.75, null],
      ['w4', 1, 'up'],
      ['w3', null, null],
    ]);
    expect(history[2]).toMatchObject({
      fraction: { numerator: 2, denominator: 4 },
      n: 4,
      window: 4,
      source: 'global',
    });
    const odd = await readHistory(analyzer, {
      rate: 'rebase_conflict_rate',
      scope: { kind: 'project', project: 'odd' },
    });
    expect(odd.map(({ workItemId }) => workItemId)).toEqual(['w7', 'w5', 'w3', 'w1']);
    expect(odd[0]).toMatchObject({ source: 'global', value: 0 });
  });

  test('explain: the merges of the window, newest first, with what each adds', async () => {
    const { orchestrator, analyzer } = await start();
    await swing(orchestrator);
    await orchestrator.run(
      `insert into ${orchestrator.table('cost_ledger')} (work_item_id, usd) values ('w8', 1.25), ('w8', 0.5)`,
    );
    const { reading, merges, state, source } = await explainRate(analyzer, { rate: 'first_pass_merge_rate' });
    expect({ value: reading.value, state, source }).toEqual({ value: 0, state: 'low', source: 'global' });
    expect(
      merges.map(({ workItemId, contribution, isNextToLeave, usd }) => [
        workItemId,
        contribution,
        isNextToLeave,
        usd,
      ]),
    ).toEqual([
      ['w8', 0, false, 1.75],
      ['w7', 0, false, null],
      ['w6', 0, false, null],
      ['w5', 0, true, null],
    ]);
    const even = await explainRate(analyzer, {
      rate: 'rebase_conflict_rate',
      scope: { kind: 'project', project: 'even' },
    });
    expect(even).toMatchObject({ source: 'global', ownN: 4, reading: { n: 5, window: 5 } });
    const nobody = await explainRate(analyzer, {
      rate: 'p95_attempts_to_merge',
      scope: { kind: 'project', project: 'x' },
    });
    expect(nobody).toMatchObject({ merges: [], reading: { value: null, n: 0 } });
    const project = explainRate(analyzer, {
      rate: 'first_pass_merge_rate',
      scope: { kind: 'project', project: 'odd' },
    });
    await expect(project).rejects.toThrow(RangeError);
  });

  test('import: good lines count once, bad ones are named, the past stays as it is', async () => {
    const { orchestrator, analyzer } = await start();
    const line = (id: string, minute: number, more: object = {}): string =>
      JSON.stringify({
        work_item_id: id,
        project: 'alpha',
        attempts: 1,
        merged_at: `2026-01-01T00:${minute}:00Z`,
        ...more,
      });
    const file = [
      line('a', 10),
      '',
      'torn {',
      line('b', 11, { attempts: 0 }),
      line('c', 12, { last_verdict: 'rebase_conflict' }),
      line('c', 13),
      line('d', 11),
    ];
    const report = await importMerges(analyzer, file);
    expect(report).toMatchObject({ imported: 2, known: 1, analyzed: { merges: 2 } });
    expect(report.refused.toSorted((left, right) => left.line - right.line)).toEqual([
      { line: 3, reason: 'not a JSON object' },
      { line: 4, reason: 'attempts is 0; allowed: a whole number, 1 or more' },
      {
        line: 7,
        reason:
          'merged_at 2026-01-01T00:11:00.000Z is before 2026-01-01T00:12:00.000Z, the newest merge event so far',
      },
    ]);
    expect(await importMerges(analyzer, file)).toMatchObject({
      imported: 0,
      known: 3,
      analyzed: { merges: 0 },
    });
    expect((await readMetrics(analyzer)).newestMerge).toMatchObject({
      workItemId: 'c',
      mergedAt: '2026-01-01T00:12:00.000000Z',
    });
    await orchestrator.merge({ workItemId: 'live' });
    expect(await importMerges(analyzer, [line('e', 20)])).toMatchObject({
      imported: 0,
      refused: [{ line: 1 }],
    });
  });

  test.each([
    ['a verdict with NUL', { last_verdict: 'a\u0000b' }, /^last_verdict /],
    ['a verdict with half a character', { last_verdict: '\ud800' }, /^last_verdict /],
    ['a time before our era', { merged_at: '-000001-01-01T00:00:00Z' }, /^merged_at is "-000001/],
    ['a time in year 0', { merged_at: '0000-06-01T00:00:00Z' }, /^merged_at is "0000/],
    [
      'a work item id too long for an index',
      { work_item_id: 'w'.repeat(1025) },
      /^work_item_id .*1024 bytes/,
    ],
    ['a project too long for an index', { project: '🚀'.repeat(257) }, /^project .*1024 bytes/],
  ])('import: %s is refused with its line, and the others are imported', async (_, fields, reason) => {
    const { analyzer } = await start();
    const line = (id: string, more: object = {}): string =>
      JSON.stringify({
        work_item_id: id,
        project: 'alpha',
        attempts: 1,
        merged_at: '2026-01-01T00:00:00Z',
        ...more,
      });
    const report = await importMerges(analyzer, [line('a'), line('b', fields), line('c')]);
    expect(report).toMatchObject({ imported: 2, analyzed: { merges: 2, quarantined: 0 } });
    expect(report.refused).toEqual([{ line: 2, reason: expect.stringMatching(reason) }]);
  });

  test('import: what was written and does not count is named, also when another analyzer set it aside', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const outbox = orchestrator.table('events_outbox');
    const spoil = `"${database.orchestratorSchema}".spoil()`;
    await orchestrator.run(`create function ${spoil} returns trigger language plpgsql as
      $$ begin if new.work_item_id = 'w1' then new.payload = new.payload || '{"attempts":0}'; end if; return new; end $$`);
    await orchestrator.run(
      `create trigger spoil before insert on ${outbox} for each row when (new.kind = 'merge.imported') execute function ${spoil}`,
    );
    const [analyzer, other] = [
      await openMergeAnalyzer(database, { configuration: SMALL }),
      await openMergeAnalyzer(database, { configuration: SMALL }),
    ];
    await orchestrator.emit('set aside before', { target: 'merged', attempts: 0 }, '2026-01-01T00:00:00Z');
    const line = (index: number) =>
      JSON.stringify({
        work_item_id: `w${index}`,
        project: 'alpha',
        attempts: 1,
        merged_at: `2026-02-0${index}T00:00:00Z`,
      });
    let looks = 0;
    const faster = {
      ...analyzer,
      analyze: async () => {
        looks += 1;
        if (looks > 1) await other.analyze();
        return await analyzer.analyze();
      },
    };
    expect(await importMerges(faster, [line(1), line(2)])).toMatchObject({
      imported: 2,
      refused: [],
      leftOut: [{ workItemId: 'w1', reason: 'attempts', detail: expect.stringContaining('attempts are 0') }],
      analyzed: { quarantined: 0 },
    });
  });

  test('import: a line older than a merge event that did not count is refused, not written and set aside', async () => {
    const { orchestrator, analyzer } = await start();
    await orchestrator.merge({ workItemId: 'a', createdAt: '2026-01-01T00:00:00Z' });
    await orchestrator.merge({ workItemId: 'a', createdAt: '2026-01-31T00:00:00Z' });
    const merged_at = '2026-01-15T00:00:00Z';
    const line = JSON.stringify({ work_item_id: 'b', project: 'alpha', attempts: 1, merged_at });
    expect(await importMerges(analyzer, [line])).toMatchObject({
      imported: 0,
      refused: [{ line: 1 }],
      analyzed: { quarantined: 0 },
    });
  });

  test('gauges: what is undefined has no sample, what is defined arrives', async () => {
    const { orchestrator, analyzer } = await start();
    const gaugesOf = async () => {
      const receiver = await startReceiver();
      onTestFinished(() => receiver.stop());
      const directory = temporaryDirectory();
      onTestFinished(directory.remove);
      const provider = createMeterProvider({ endpoint: receiver.url, spoolDir: directory.path, env: {} });
      createMergeGauges(provider.getMeter('merge-analyzer')).record(await readMetrics(analyzer));
      await provider.shutdown();
      const points = receiver.batches.flatMap((batch) => batch.points);
      return new Map(
        points.flatMap((point) =>
          point.kind === 'gauge' ? [[`${point.metric}${point.labels}`, point.value] as const] : [],
        ),
      );
    };
    const empty = await gaugesOf();
    expect([...empty.keys()].sort()).toEqual([
      'merge_quarantined_events',
      'merge_rebase_conflict_projectsstate=high',
      'merge_rebase_conflict_projectsstate=low',
      'merge_rebase_conflict_projectsstate=unknown',
    ]);
    await swing(orchestrator);
    const full = await gaugesOf();
    expect(full.get('merge_first_pass_ratio')).toBe(0);
    expect(full.get('merge_rebase_conflict_ratio')).toBe(0);
    expect(full.get('merge_attempts_p95')).toBe(3);
    expect(full.get('merge_rebase_conflict_projectsstate=unknown')).toBe(2);
    expect(full.get('merge_newest_age_seconds')).toBeGreaterThanOrEqual(0);
  });
});

test('a reading is shown as its number, or as how far it is from one', () => {
  expect(
    formatReading({ value: 0.72, fraction: { numerator: 36, denominator: 50 }, n: 50, window: 50 }),
  ).toBe('0.72');
  expect(formatReading({ value: null, fraction: null, n: 23, window: 50 })).toBe('undefined (n=23/50)');
});

test('events carry the version of the package', () => {
  expect(VERSION).toBe(packageJson.version);
});
