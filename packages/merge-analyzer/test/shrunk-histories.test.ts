/** Outboxes that lost rows, or hold rows that are not ours: refused by name with the way out, or exact. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { PrunedOutboxError } from '../src/store/recover.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describeEngines((engine) => {
  /** Twelve merges, counted. */
  async function start() {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const outbox = orchestrator.table('events_outbox');
    for (let index = 1; index <= 12; index += 1) {
      await orchestrator.merge({ workItemId: `w${index}`, attempts: index <= 6 ? 1 : 2 });
    }
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    await analyzer.analyze();
    const dropOwn = () => orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    const prune = (condition: string) =>
      orchestrator.run(`delete from ${outbox} where kind = 'metric.snapshot' and ${condition}`);
    return { database, orchestrator, outbox, analyzer, dropOwn, prune };
  }

  test.each([
    ['the oldest', "(payload -> 'merge' ->> 'ordinal')::int <= 6"],
    ['some in between', "(payload -> 'merge' ->> 'ordinal')::int between 4 and 5"],
  ])(
    '%s snapshots pruned, then the own schema dropped: refused, with a way out that works',
    async (_, which) => {
      const { database, orchestrator, dropOwn, prune } = await start();
      const before = await readRecord(orchestrator);
      await prune(which);
      await dropOwn();
      const opening = openMergeAnalyzer(database, { configuration: SMALL });
      await expect(opening).rejects.toBeInstanceOf(PrunedOutboxError);
      await expect(opening).rejects.toThrow(
        /12 merges were counted, and .*events_outbox records (6|10) of them/,
      );
      const statement = /`(delete from [^`]+)`/.exec(await opening.catch(({ message }) => message))?.[1];
      await orchestrator.run(statement ?? 'no way out');
      const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
      expect(await analyzer.analyze()).toMatchObject({ mergesSoFar: 12 });
      expect((await readRecord(orchestrator)).crossings).toEqual(before.crossings);
    },
  );

  test('all snapshots pruned, then the own schema dropped: counted once from the merge events', async () => {
    const { database, orchestrator, dropOwn, prune } = await start();
    const before = await readRecord(orchestrator);
    await prune('true');
    await dropOwn();
    expect(await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze()).toMatchObject({
      mergesSoFar: 12,
    });
    expect((await readRecord(orchestrator)).crossings).toEqual(before.crossings);
  });

  test('merge events pruned, then the own schema dropped: the snapshots are the record', async () => {
    const { database, orchestrator, outbox, dropOwn } = await start();
    const before = await readRecord(orchestrator);
    await orchestrator.run(`delete from ${outbox} where kind not like 'metric.%'`);
    await dropOwn();
    expect(await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze()).toMatchObject({
      mergesSoFar: 12,
    });
    expect(await readRecord(orchestrator)).toEqual(before);
  });

  test.each<[string, string, unknown]>([
    ['an empty snapshot', 'metric.snapshot', {}],
    ['a snapshot without an ordinal', 'metric.snapshot', { merge: { work_item_id: 'x' } }],
    [
      'a snapshot with attempts of another kind',
      'metric.snapshot',
      {
        configuration_version: 'x',
        merge: {
          ordinal: 1,
          event_id: '1',
          work_item_id: 'x',
          project: 'p',
          attempts: 'two',
          rebase_conflict: 1,
          merged_at: '',
        },
      },
    ],
    ['a snapshot that is a text', 'metric.snapshot', 'a text'],
    ['an empty crossing', 'metric.threshold_crossed', {}],
    [
      'a crossing in no direction',
      'metric.threshold_crossed',
      { metric: 'x', scope: 'global', direction: 'side', merge_event_id: '1', configuration_version: '1' },
    ],
  ])('%s of somebody else never stops a rebuild: it is set aside and named', async (_, kind, payload) => {
    const { database, orchestrator, outbox, analyzer, dropOwn } = await start();
    const before = await readRecord(orchestrator);
    await orchestrator.run(`insert into ${outbox} (kind, work_item_id, payload)
      values ('${kind}', null, '${JSON.stringify(payload)}')`);
    expect(await analyzer.rebuild()).toMatchObject({ mergesSoFar: 12 });
    expect((await readMetrics(analyzer)).quarantine).toMatchObject({
      count: 1,
      newest: [{ reason: 'not-ours', detail: expect.stringContaining(kind) }],
    });
    await dropOwn();
    const again = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(await again.analyze()).toMatchObject({ mergesSoFar: 12 });
    expect((await readMetrics(again)).quarantine).toMatchObject({ count: 1 });
    await orchestrator.run(`delete from ${outbox} where payload = '${JSON.stringify(payload)}'`);
    expect(await readRecord(orchestrator)).toEqual(before);
  });

  test('an outbox that was truncated and has grown beyond its old ids before the next look is read from its start', async () => {
    const { orchestrator, outbox, analyzer } = await start();
    await orchestrator.run(`truncate ${outbox} restart identity`);
    await orchestrator.merge(...Array.from({ length: 100 }, (_, index) => ({ workItemId: `new${index}` })));
    expect(await analyzer.analyze()).toMatchObject({ merges: 100, late: 0, mergesSoFar: 112 });
    expect(await analyzer.analyze()).toMatchObject({ merges: 0 });
  });

  test('a work item that is deleted with cascade does not stop a new configuration', async () => {
    const { database, orchestrator, outbox } = await start();
    const items = orchestrator.table('work_items');
    await orchestrator.run(
      `insert into ${items} (id, phase) select 'w' || i, 'merged' from generate_series(1, 12) i`,
    );
    await orchestrator.run(
      `alter table ${outbox} add foreign key (work_item_id) references ${items} (id) on delete cascade`,
    );
    await orchestrator.run(`delete from ${items} where id in ('w3', 'w4', 'w5')`);
    const other = await openMergeAnalyzer(database, { configuration: { ...SMALL, version: 'other' } });
    expect(await other.analyze()).toMatchObject({ merges: 0, mergesSoFar: 12 });
    const { rows } = await sql<{ count: string | number }>`select count(*) as count
      from ${sql.table(`${database.orchestratorSchema}.events_outbox`)}
      where kind = 'metric.snapshot' and payload ->> 'configuration_version' = 'other'`.execute(
      database.kysely,
    );
    expect(Number(rows[0]?.count)).toBe(12);
    await orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    const again = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(await again.analyze()).toMatchObject({ mergesSoFar: 12 });
  });
});
