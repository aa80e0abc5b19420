/** Rows that commit out of order need two connections: the real server only, PGlite has one. */

import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
import { letGracePass } from './grace-time.ts';
import { SMALL } from './histories.ts';
import { type Orchestrator, startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describe.skipIf(isPostgresqlMissing)(`late commits${WHY_SKIPPED}`, () => {
  const engine = engineOfTests('postgresql');

  async function start() {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    return { database, orchestrator, analyzer: await openMergeAnalyzer(database, { configuration: SMALL }) };
  }

  /** A transaction of the orchestrator's that stays open. */
  async function openTransaction(orchestrator: Orchestrator) {
    const client = new pg.Client({ connectionString: engine.server?.url });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query('begin');
    return {
      merge: async (workItemId: string, id = 'default') => {
        const payload = JSON.stringify({
          target: 'merged',
          attempts: 1,
          last_verdict: 'approve',
          project: 'alpha',
        });
        await client.query(
          `insert into ${orchestrator.table('events_outbox')} (id, kind, work_item_id, payload)
           values (${id}, 'work_item.transition', $1, $2)`,
          [workItemId, payload],
        );
      },
      run: (statement: string) => client.query(statement),
    };
  }

  test('a merge with a smaller id that commits later is counted, in the order of the log', async () => {
    const { orchestrator, analyzer } = await start();
    const late = await openTransaction(orchestrator);
    await late.merge('late');
    await orchestrator.merge({ workItemId: 'early' });
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 0, heldBack: 1 });
    await late.run('commit');
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 2, heldBack: 0 });
    expect(await mergedItems(orchestrator)).toEqual(['late', 'early']);
  });

  test('a merge that is rolled back holds nothing back and counts nothing', async () => {
    const { orchestrator, analyzer } = await start();
    const late = await openTransaction(orchestrator);
    await late.merge('never');
    await orchestrator.merge({ workItemId: 'early' });
    await late.run('rollback');
    await analyzer.analyze();
    expect(await mergedItems(orchestrator)).toEqual(['early']);
  });

  test('a merge of a savepoint waits for its transaction', async () => {
    const { orchestrator, analyzer } = await start();
    const late = await openTransaction(orchestrator);
    await late.merge('outer');
    await late.run('savepoint inner_part');
    await late.merge('inner');
    await late.run('release inner_part');
    await orchestrator.merge({ workItemId: 'early' });
    await analyzer.analyze();
    expect(await mergedItems(orchestrator)).toEqual([]);
    await late.run('commit');
    await analyzer.analyze();
    expect(await mergedItems(orchestrator)).toEqual(['outer', 'inner', 'early']);
  });

  test('ids are not skipped while a transaction that drew a smaller one is open', async () => {
    const { database, orchestrator, analyzer } = await start();
    const late = await openTransaction(orchestrator);
    await late.merge('late');
    for (let round = 0; round < 4; round += 1) {
      await orchestrator.merge({ workItemId: `early ${round}` });
      await analyzer.analyze();
      await letGracePass(database);
    }
    await late.run('commit');
    await analyzer.analyze();
    expect((await mergedItems(orchestrator)).sort()).toEqual([
      'early 0',
      'early 1',
      'early 2',
      'early 3',
      'late',
    ]);
  });

  test('ids are skipped once nobody can write a smaller one: a merge costs the same at any length', async () => {
    const { database, orchestrator, analyzer } = await start();
    for (let round = 0; round < 4; round += 1) {
      await orchestrator.merge({ workItemId: `w${round}` });
      await analyzer.analyze();
      await letGracePass(database);
    }
    await analyzer.analyze();
    const { rows } = await sql<{ scan_after_id: string; newest: string }>`
      select scan_after_id, (select max(id)::text from ${sql.table(`${database.orchestratorSchema}.events_outbox`)}) as newest
      from ${sql.table(`${database.ownSchema}.log_position`)}`.execute(database.kysely);
    expect(Number(rows[0]?.scan_after_id)).toBeGreaterThanOrEqual(6);
    expect(await mergedItems(orchestrator)).toEqual(['w0', 'w1', 'w2', 'w3']);
  });

  test('many writers that commit at random: every merge once, and a rebuild from the transitions agrees', async () => {
    const { database, orchestrator, analyzer } = await start();
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      const client = new pg.Client({ connectionString: engine.server?.url });
      await client.connect();
      for (let index = 0; index < 40; index += 1) {
        const payload = JSON.stringify({
          target: 'merged',
          attempts: 1 + ((writer + index) % 3),
          last_verdict: index % 4 === 0 ? 'rebase_conflict' : null,
          project: `p${writer % 2}`,
        });
        await client.query('begin');
        await client.query(
          `insert into ${orchestrator.table('events_outbox')} (kind, work_item_id, payload) values ('t', $1, $2)`,
          [`w${writer}-${index}`, payload],
        );
        await client.query('select pg_sleep(random() * 0.01)');
        await client.query(index % 10 === 9 ? 'rollback' : 'commit');
      }
      await client.end();
    });
    const done = Promise.all(writers);
    let isDone = false;
    done.then(
      () => {
        isDone = true;
      },
      () => {
        isDone = true;
      },
    );
    while (!isDone) await analyzer.analyze();
    await done;
    await analyzer.analyze();
    const record = await readRecord(orchestrator);
    expect(record.snapshots).toHaveLength(6 * 36);
    expect(new Set(record.snapshots.map(({ merge }) => merge.work_item_id)).size).toBe(6 * 36);
    await orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    await orchestrator.run(`delete from ${orchestrator.table('events_outbox')} where kind like 'metric.%'`);
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
    expect(await readRecord(orchestrator)).toEqual(record);
  });
});

async function mergedItems(orchestrator: Orchestrator): Promise<string[]> {
  return (await readRecord(orchestrator)).snapshots.map(({ merge }) => merge.work_item_id);
}
