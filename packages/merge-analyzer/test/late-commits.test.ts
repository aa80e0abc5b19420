/** Rows that commit out of order need two connections: the real server only, PGlite has one. */

import { waitFor } from '@ephemetry/testing';
import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import { engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
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
      merge: async (workItemId: string, createdAt = new Date().toISOString()) => {
        const payload = JSON.stringify({
          target: 'merged',
          attempts: 1,
          last_verdict: 'approve',
          project: 'alpha',
        });
        await client.query(
          `insert into ${orchestrator.table('events_outbox')} (kind, work_item_id, payload, created_at)
           values ('work_item.transition', $1, $2, $3)`,
          [workItemId, payload, createdAt],
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
    const { orchestrator, analyzer } = await start();
    const late = await openTransaction(orchestrator);
    await late.merge('late');
    for (let round = 0; round < 4; round += 1) {
      await orchestrator.merge({ workItemId: `early ${round}` });
      await analyzer.analyze();
    }
    await late.run('commit');
    await analyzer.analyze();
    expect(await mergedItems(orchestrator)).toEqual(['late', 'early 0', 'early 1', 'early 2', 'early 3']);
  });

  test('what was read is not looked at again, and nothing is written while nothing happens', async () => {
    const { database, orchestrator, analyzer } = await start();
    for (let round = 0; round < 4; round += 1) {
      await orchestrator.merge({ workItemId: `w${round}` });
      await analyzer.analyze();
    }
    const [newest] = await orchestrator.run(
      `select max(id)::int as id from ${orchestrator.table('events_outbox')} where kind not like 'metric.%'`,
    );
    expect(await readId(database)).toBe(newest?.['id']);
    const written = await writtenXid(database);
    await analyzer.analyze();
    expect(await writtenXid(database)).toEqual(written);
    expect(await mergedItems(orchestrator)).toEqual(['w0', 'w1', 'w2', 'w3']);
  });

  test('a transaction that began first and merged last holds nothing against the merges in between', async () => {
    const { orchestrator, analyzer } = await start();
    const [first, second] = [await openTransaction(orchestrator), await openTransaction(orchestrator)];
    for (const { run } of [first, second]) await run('select pg_current_xact_id()');
    await second.merge('second', '2026-03-01T06:00:00Z');
    await first.merge('first', '2026-03-01T12:00:00Z');
    await first.run('commit');
    // Its id is the larger one: it waits for that of the smaller.
    expect(await analyzer.analyze()).toMatchObject({ merges: 0, isHeldBack: true });
    await second.run('commit');
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 2, quarantine: { count: 0 } });
    expect(await mergedItems(orchestrator)).toEqual(['second', 'first']);
  });

  test('a work item that an older transaction re-opens after the merge says nothing of it', async () => {
    const { orchestrator, analyzer } = await start();
    const workItems = orchestrator.table('work_items');
    await orchestrator.run(`insert into ${workItems} (id, phase, attempts, last_verdict, project)
      values ('a', 'merged', 1, null, 'alpha')`);
    const late = await openTransaction(orchestrator);
    await late.run('select pg_current_xact_id()');
    await orchestrator.emit('a', { target: 'merged' });
    await late.run(`update ${workItems} set attempts = 5`);
    await late.run(`insert into ${orchestrator.table('events_outbox')} (kind, work_item_id, payload)
      values ('work_item.transition', 'a', '{"target":"reopened"}')`);
    await late.run('commit');
    const report = await readMetrics(analyzer);
    expect(report).toMatchObject({ merges: 0, quarantine: { count: 1 } });
    expect(report.quarantine.newest).toMatchObject([{ workItemId: 'a', reason: 'facts-unknown' }]);
  });

  test('a report that is read while another program rebuilds shows all merges', async () => {
    const { database, orchestrator, analyzer } = await start();
    await orchestrator.merge({ workItemId: 'a' }, { workItemId: 'b' });
    await analyzer.analyze();
    const rebuilding = await openTransaction(orchestrator);
    await rebuilding.run(`create temp table kept as select * from "${database.ownSchema}".merge`);
    await rebuilding.run(`truncate "${database.ownSchema}".merge`);
    const reading = readMetrics(analyzer, { catchUp: false });
    await waitFor(() => isWaitingForLock(database), { what: 'the report to wait' });
    await rebuilding.run(`insert into "${database.ownSchema}".merge select * from kept`);
    await rebuilding.run('commit');
    expect(await reading).toMatchObject({
      newestMerge: { workItemId: 'b' },
      projects: [{ project: 'alpha' }],
    });
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

async function readId({ kysely, ownSchema }: AnalyzerDatabase): Promise<number> {
  const position = kysely.withSchema(ownSchema).selectFrom('log_position').select('read_id');
  return Number((await position.executeTakeFirstOrThrow()).read_id);
}

async function writtenXid({ kysely, ownSchema }: AnalyzerDatabase): Promise<unknown> {
  return await kysely.withSchema(ownSchema).selectFrom('log_position').select('written_xid').execute();
}

async function isWaitingForLock({ kysely }: AnalyzerDatabase): Promise<boolean> {
  const { rows } = await sql`select 1 from pg_locks where not granted`.execute(kysely);
  return rows.length > 0;
}

async function mergedItems(orchestrator: Orchestrator): Promise<string[]> {
  return (await readRecord(orchestrator)).snapshots.map(({ merge }) => merge.work_item_id);
}
