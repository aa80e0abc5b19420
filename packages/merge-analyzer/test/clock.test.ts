/** Times that jump: what is refused, what is tolerated, and how refused rows are read again. */
import { expect, test } from 'vitest';
import { type MergeAnalyzerOptions, openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { OwnSchemaVersionError } from '../src/store/own-schema.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describeEngines((engine) => {
  async function start(options: MergeAnalyzerOptions = {}) {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL, ...options });
    return { database, orchestrator, analyzer };
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

  test('own tables of version 1 are brought up to date when they are opened, and count nothing twice', async () => {
    const { database, orchestrator, analyzer } = await start();
    await orchestrator.merge({ workItemId: 'a' }, { workItemId: 'bad', attempts: 0 });
    await analyzer.analyze();
    await orchestrator.run(`alter table "${database.ownSchema}".log_position
      drop column newest_event_id, drop column revision, drop column log_order, drop column read_id, drop column seen_xid,
      drop column outbox_file, drop column noted_id, drop column noted_writers, drop column own_version,
      add column scan_after_id text, add column next_scan_after_id text, add column next_scan_xmax bigint`);
    // Version 1 had read what it skips; ids mean something else there.
    await orchestrator.run(
      `update "${database.ownSchema}".log_position set scan_after_id = '1000000', after_xid = 0`,
    );
    await orchestrator.merge({ workItemId: 'b' });
    const again = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(await again.analyze()).toMatchObject({ merges: 1, mergesSoFar: 2, quarantined: 0 });
    expect(await again.analyze()).toMatchObject({ merges: 0 });
    expect((await readRecord(orchestrator)).snapshots.map(({ merge }) => merge.work_item_id)).toEqual([
      'a',
      'b',
    ]);
  });

  test('own tables of a later version are refused by name, and nothing is changed', async () => {
    const { database, orchestrator } = await start();
    await orchestrator.run(`update "${database.ownSchema}".log_position set own_version = 3`);
    const opening = openMergeAnalyzer(database, { configuration: SMALL });
    await expect(opening).rejects.toBeInstanceOf(OwnSchemaVersionError);
    await expect(opening).rejects.toThrow(`in the schema ${database.ownSchema} are of version 3`);
  });
});
