/** Ids that were handed out long before they are written: what is skipped, and what a rebuild does about it. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { toInteger } from '../src/database/own-tables.ts';
import { describeEngines, type RunningEngine } from './engines.ts';
import { letGracePass } from './grace-time.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describeEngines((engine) => {
  test('a merge under an id that others have passed long ago is found by a rebuild, and counted at the end', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    const outbox = orchestrator.table('events_outbox');
    // As a sequence with a large CACHE does: ids 1 to 100 belong to a session that writes them later.
    await orchestrator.run(`alter table ${outbox} alter column id restart with 101`);
    for (let round = 0; round < 4; round += 1) {
      await orchestrator.merge({ workItemId: `w${round}` });
      await analyzer.analyze();
      await letGracePass(database);
    }
    await analyzer.analyze();
    expect(await scanAfterId(database)).toBeGreaterThan(100);
    await orchestrator.run(`insert into ${outbox} (id, kind, work_item_id, payload, created_at) values
      (7, 't', 'early id', '{"target":"merged","attempts":2,"last_verdict":null,"project":"alpha"}',
        now() - interval '1 day')`);
    expect(await analyzer.analyze()).toMatchObject({ merges: 0 });
    expect(await analyzer.rebuild()).toMatchObject({ merges: 1 });
    expect(await analyzer.rebuild()).toMatchObject({ merges: 0 });
    const { snapshots } = await readRecord(orchestrator);
    expect(snapshots.map(({ merge }) => [merge.ordinal, merge.work_item_id]).sort()).toEqual([
      [1, 'w0'],
      [2, 'w1'],
      [3, 'w2'],
      [4, 'w3'],
      [5, 'early id'],
    ]);
  });
});

async function scanAfterId({ kysely, ownSchema }: ReturnType<RunningEngine['open']>): Promise<number> {
  const { rows } = await sql<{ id: string | null }>`
    select scan_after_id as id from ${sql.table(`${ownSchema}.log_position`)}`.execute(kysely);
  return toInteger(rows[0]?.id ?? 0);
}
