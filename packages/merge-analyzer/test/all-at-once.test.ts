/** A watch, rebuilds and imports at once, on one database: each merge counts once, and each crossing is told once. */
import { expect, onTestFinished, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { importMerges } from '../src/commands/import-merges.ts';
import { watchMerges } from '../src/commands/watch-merges.ts';
import { EMPTY_STATE, foldMerges } from '../src/fold/merge-state.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

const ROUNDS = 6;
const LINES = 40;

describeEngines((engine) => {
  test('what is imported, merged and rebuilt beside a watch is counted once, in one order', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const watching = watchMerges(database, {
      signal: stop.signal,
      configuration: SMALL,
      pollIntervalMs: 10,
    });
    const open = () => openMergeAnalyzer(database, { configuration: SMALL });
    const [importing, rebuilding] = [await open(), await open()];
    const items = new Set<string>();
    let imported = 0;
    let refused = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const lines = Array.from({ length: LINES }, (_, index) =>
        JSON.stringify({
          work_item_id: `round ${round} line ${index}`,
          project: index % 2 === 0 ? 'alpha' : 'beta',
          attempts: 1 + (index % 3),
          last_verdict: index % 5 === 0 ? 'rebase_conflict' : 'approve',
          merged_at: new Date(Date.now() - 1_000).toISOString(),
        }),
      );
      const [report] = await Promise.all([
        importMerges(importing, lines),
        rebuilding.rebuild(),
        orchestrator.merge(
          ...Array.from({ length: 10 }, (_, index) => ({ workItemId: `live ${round} ${index}` })),
        ),
        rebuilding.rebuild(),
      ]);
      imported += report.imported;
      refused += report.refused.length;
      expect(report.leftOut).toEqual([]);
      for (let index = 0; index < 10; index += 1) items.add(`live ${round} ${index}`);
    }
    await importing.analyze();
    stop.abort();
    await watching;
    expect(imported + refused).toBe(ROUNDS * LINES);
    const { snapshots, crossings } = await readRecord(orchestrator);
    const ordered = snapshots.toSorted((left, right) => left.merge.ordinal - right.merge.ordinal);
    expect(ordered.map(({ merge }) => merge.ordinal)).toEqual(
      Array.from({ length: imported + items.size }, (_, index) => index + 1),
    );
    expect(new Set(ordered.map(({ merge }) => merge.work_item_id)).size).toBe(imported + items.size);
    const merges = ordered.map(({ merge }) => ({
      ordinal: merge.ordinal,
      eventId: merge.event_id,
      workItemId: merge.work_item_id,
      project: merge.project,
      attempts: merge.attempts,
      isRebaseConflict: merge.rebase_conflict,
      mergedAt: merge.merged_at,
    }));
    const identity = (crossing: {
      metric: string;
      scope: string;
      direction: string;
      merge_event_id: string;
    }) => [crossing.metric, crossing.scope, crossing.direction, crossing.merge_event_id].join(' ');
    const expected = foldMerges(EMPTY_STATE, merges, SMALL).crossings.map(
      ({ rate, scope, direction, merge }) =>
        identity({
          metric: rate,
          scope: scope.kind === 'global' ? 'global' : `project:${scope.project}`,
          direction,
          merge_event_id: merge.eventId,
        }),
    );
    expect(crossings.map(identity).toSorted()).toEqual(expected.toSorted());
  });
});
