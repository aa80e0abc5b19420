/** Times that jump: what is refused, what is tolerated, and how refused rows are read again. */
import { expect, test } from 'vitest';
import { type MergeAnalyzerOptions, openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describeEngines((engine) => {
  async function start(options: MergeAnalyzerOptions = {}) {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL, ...options });
    return { orchestrator, analyzer };
  }

  test.each([
    ['half an hour of work before the first write is no fault of a clock', {}, '11:30', 0],
    ['more than an hour is one', {}, '10:59', 1],
    ['the tolerance is an option', { clockToleranceMs: 60_000 }, '11:58', 1],
  ])('%s', async (_, options, time, quarantined) => {
    const { orchestrator, analyzer } = await start(options);
    await orchestrator.merge({ workItemId: 'quick', createdAt: '2026-03-01T12:00:00Z' });
    await orchestrator.merge({ workItemId: 'slow', createdAt: `2026-03-01T${time}:00Z` });
    expect(await readMetrics(analyzer)).toMatchObject({
      merges: 2 - quarantined,
      quarantine: { count: quarantined },
    });
  });

  test('a rebuild reads what was set aside again if it is asked to, and counts it at the end', async () => {
    const { orchestrator, analyzer } = await start();
    for (const [workItemId, createdAt] of [
      ['noon', '2026-03-01T12:00:00Z'],
      ['jump', '2026-03-01T06:00:00Z'],
      ['back', '2026-03-01T12:01:00Z'],
    ] as const) {
      await orchestrator.merge({ workItemId, createdAt });
    }
    expect(await analyzer.analyze()).toMatchObject({ merges: 2, quarantined: 1 });
    expect(await analyzer.rebuild({ retryQuarantined: true })).toMatchObject({ merges: 1, quarantined: 0 });
    expect((await readRecord(orchestrator)).snapshots.map(({ merge }) => merge.work_item_id)).toEqual([
      'noon',
      'back',
      'jump',
    ]);
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 3, quarantine: { count: 0 } });
  });
});
