/** Ids that were drawn long before they are written: such a merge is found late, and counted at the end. */
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { type Orchestrator, startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describeEngines((engine) => {
  async function start(firstId: number) {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    const outbox = orchestrator.table('events_outbox');
    await orchestrator.run(`alter table ${outbox} alter column id restart with ${firstId}`);
    for (let round = 0; round < 4; round += 1) {
      await orchestrator.merge({ workItemId: `w${round}` });
      await analyzer.analyze();
    }
    const insertUnder = (id: number, workItemId: string) =>
      orchestrator.run(`insert into ${outbox} (id, kind, work_item_id, payload, created_at) values
        (${id}, 't', '${workItemId}', '{"target":"merged","attempts":2,"last_verdict":null,"project":"alpha"}',
          now() - interval '1 day')`);
    return { database, orchestrator, analyzer, insertUnder };
  }

  test('a merge under an id that others have passed is found by the next look, and counted at the end', async () => {
    const { orchestrator, analyzer, insertUnder } = await start(101);
    await insertUnder(7, 'early id');
    await insertUnder(8, 'w2');
    expect(await analyzer.analyze()).toMatchObject({ merges: 1, late: 1, quarantined: 0 });
    await orchestrator.merge({ workItemId: 'after' });
    expect(await analyzer.analyze()).toMatchObject({ merges: 1, late: 0 });
    expect(await analyzer.rebuild()).toMatchObject({ merges: 0 });
    expect(await merged(orchestrator)).toEqual(['w0', 'w1', 'w2', 'w3', 'early id', 'after']);
  });

  test('one that cannot be read is set aside once, and nothing is written after that', async () => {
    const { orchestrator, analyzer, insertUnder } = await start(101);
    await insertUnder(7, '');
    expect(await analyzer.analyze()).toMatchObject({ merges: 0, quarantined: 1 });
    expect(await analyzer.analyze()).toMatchObject({ merges: 0, quarantined: 0 });
    expect(await merged(orchestrator)).toHaveLength(4);
  });

  test.each([
    ['a program that starts finds it within 100,000 ids', 50_000, 1],
    ['beyond that a rebuild finds it', 200_000, 0],
  ])('of ids far below only %s', async (_, firstId, found) => {
    const { database, orchestrator, analyzer, insertUnder } = await start(firstId);
    await insertUnder(7, 'early id');
    expect(await analyzer.analyze()).toMatchObject({ merges: 0 });
    const next = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(await next.analyze()).toMatchObject({ merges: found, late: found });
    expect(await next.rebuild()).toMatchObject({ merges: 1 - found });
    expect(await merged(orchestrator)).toEqual(['w0', 'w1', 'w2', 'w3', 'early id']);
  });
});

async function merged(orchestrator: Orchestrator): Promise<readonly string[]> {
  return (await readRecord(orchestrator)).snapshots
    .toSorted((left, right) => left.merge.ordinal - right.merge.ordinal)
    .map(({ merge }) => merge.work_item_id);
}
