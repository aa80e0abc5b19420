/** Events that have the form of the analyzer's and are not: set aside and named; no merge is hidden by one, or doubled. */
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { PrunedOutboxError } from '../src/store/recover.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describeEngines((engine) => {
  /** Twelve merges, counted; then somebody writes a snapshot like ours. */
  async function start() {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const outbox = orchestrator.table('events_outbox');
    for (let index = 1; index <= 12; index += 1) {
      await orchestrator.merge({ workItemId: `w${index}`, attempts: index <= 6 ? 1 : 2 });
    }
    const open = () => openMergeAnalyzer(database, { configuration: SMALL });
    const analyzer = await open();
    await analyzer.analyze();
    const record = await readRecord(orchestrator);
    const forge = async (merge: Readonly<Record<string, unknown>>) => {
      const genuine = record.snapshots[4];
      const payload = { ...genuine, merge: { ...genuine?.merge, ...merge } };
      await orchestrator.run(`insert into ${outbox} (kind, work_item_id, payload)
        values ('metric.snapshot', '${merge['work_item_id']}', '${JSON.stringify(payload)}')`);
    };
    const genuineNow = async () => {
      const { snapshots, crossings } = await readRecord(orchestrator);
      return { snapshots: snapshots.slice(0, 12), crossings };
    };
    const dropOwn = () => orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    return { database, orchestrator, outbox, open, analyzer, record, forge, genuineNow, dropOwn };
  }

  const eventOf = (snapshots: readonly { merge: { event_id: string } }[], index: number) =>
    snapshots[index - 1]?.merge.event_id;

  test.each<[string, (events: (index: number) => string | undefined) => Readonly<Record<string, unknown>>]>([
    [
      'a huge ordinal of an item that never merged',
      () => ({ ordinal: 1e14, work_item_id: 'ghost', event_id: '77' }),
    ],
    [
      'a huge ordinal of an item that merged',
      (events) => ({ ordinal: 999_999_999_999_999, work_item_id: 'w5', event_id: events(5) }),
    ],
    ['the ordinal of another item', (events) => ({ ordinal: 5, work_item_id: 'w7', event_id: events(7) })],
    [
      'the ordinal of a merge for an item that never merged',
      () => ({ ordinal: 5, work_item_id: 'ghost', event_id: '77' }),
    ],
    [
      'an ordinal that a few more ids would have had',
      (events) => ({ ordinal: 500, work_item_id: 'w5', event_id: events(5) }),
    ],
  ])(
    '%s stops no rebuild: it is named, and what was recorded stays, also after the own tables were lost',
    async (_, merge) => {
      const { orchestrator, open, analyzer, record, forge, genuineNow, dropOwn } = await start();
      await forge(merge((index) => eventOf(record.snapshots, index)));
      expect(await analyzer.rebuild()).toMatchObject({ merges: 0, mergesSoFar: 12 });
      const { quarantine } = await readMetrics(analyzer);
      expect(quarantine).toMatchObject({
        count: 1,
        newest: [
          {
            workItemId: null,
            reason: 'not-ours',
            detail: expect.stringMatching(/not an event of the analyzer: its ordinal/),
          },
        ],
      });
      await dropOwn();
      const again = await open();
      expect(await again.analyze()).toMatchObject({ merges: 0, mergesSoFar: 12 });
      expect((await readMetrics(again)).quarantine).toMatchObject({ count: 1 });
      expect(await genuineNow()).toEqual(record);
      await orchestrator.merge({ workItemId: 'w13' });
      expect(await again.analyze()).toMatchObject({ merges: 1, mergesSoFar: 13 });
      expect((await readRecord(orchestrator)).snapshots.at(-1)?.merge).toMatchObject({
        ordinal: 13,
        work_item_id: 'w13',
      });
    },
  );

  test('the next ordinal for an item that has not merged hides nothing from a rebuild: its merge counts once, when it comes', async () => {
    const { orchestrator, analyzer, record, forge, genuineNow } = await start();
    await forge({ ordinal: 13, work_item_id: 'w13', event_id: '1000' });
    expect(await analyzer.rebuild()).toMatchObject({ merges: 0, mergesSoFar: 12 });
    await orchestrator.merge({ workItemId: 'w13' }, { workItemId: 'w14' });
    expect(await analyzer.analyze()).toMatchObject({ merges: 2, mergesSoFar: 14 });
    expect(await genuineNow()).toMatchObject({ snapshots: record.snapshots });
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 14, quarantine: { count: 1 } });
  });

  test('merges that somebody removed from the own tables are no forged ones, though a cleaner took their events', async () => {
    const { database, orchestrator, outbox, analyzer, record, genuineNow } = await start();
    await orchestrator.run(`truncate "${database.ownSchema}".merge`);
    await orchestrator.run(`delete from ${outbox} where kind = 'work_item.transition'`);
    expect(await analyzer.rebuild()).toMatchObject({ merges: 0, mergesSoFar: 12 });
    expect((await readMetrics(analyzer)).quarantine).toMatchObject({ count: 0 });
    expect(await genuineNow()).toEqual(record);
  });

  test('snapshots that were pruned are still missed beside a forged one', async () => {
    const { orchestrator, outbox, open, analyzer, forge, dropOwn } = await start();
    await orchestrator.run(`delete from ${outbox} where kind = 'metric.snapshot'
      and (payload -> 'merge' ->> 'ordinal')::int between 4 and 5`);
    await forge({ ordinal: 1e14, work_item_id: 'ghost', event_id: '77' });
    await expect(analyzer.rebuild()).rejects.toThrow(/12 merges were counted, and .* records 10/);
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 12 });
    await dropOwn();
    await expect(open()).rejects.toBeInstanceOf(PrunedOutboxError);
  });

  test('with ids that are no numbers, the snapshot that is written first is believed', async () => {
    const { orchestrator, outbox, open, analyzer, record, forge, dropOwn } = await start();
    await forge({ ordinal: 5, work_item_id: 'w7', event_id: eventOf(record.snapshots, 7) });
    await forge({ ordinal: 3, work_item_id: 'ghost', event_id: 'no id' });
    await orchestrator.run(
      `alter table ${outbox} drop column id, add column id uuid primary key default gen_random_uuid()`,
    );
    // The ids that snapshots name are gone with the column: nothing vouches for any of them.
    await orchestrator.run(`update ${outbox} set created_at = now() - interval '1 hour'
      where kind = 'metric.snapshot' and work_item_id = 'w' || (payload -> 'merge' ->> 'ordinal')`);
    await analyzer.rebuild();
    await dropOwn();
    expect(await (await open()).analyze()).toMatchObject({ merges: 0, mergesSoFar: 12 });
  });
});
