/** Which event of an item is its first, and writers that wait between their id and their transaction number. */
import { startPostgresServer, waitFor } from '@ephemetry/testing';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { type WatchEvent, watchMerges } from '../src/commands/watch-merges.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describe.skipIf(isPostgresqlMissing)(`order${WHY_SKIPPED}`, () => {
  const engine = engineOfTests('postgresql');

  async function start() {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    return { database, orchestrator, analyzer, outbox: orchestrator.table('events_outbox') };
  }

  async function connect() {
    const client = new pg.Client({ connectionString: engine.server?.url });
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  }

  test('the first merge of an item is that of the smallest id, also if an older transaction merges it again', async () => {
    const { orchestrator, analyzer, outbox } = await start();
    const older = await connect();
    await older.query('begin');
    await older.query('select pg_current_xact_id()');
    await orchestrator.merge({ workItemId: 'a', attempts: 1 });
    await older.query(`insert into ${outbox} (kind, work_item_id, payload) values ('t', 'a', $1)`, [
      { target: 'merged', attempts: 2, last_verdict: 'rebase_conflict', project: 'alpha' },
    ]);
    await older.query('commit');
    expect(await analyzer.analyze()).toMatchObject({ merges: 1 });
    expect((await readRecord(orchestrator)).snapshots).toMatchObject([
      { merge: { event_id: '1', attempts: 1, rebase_conflict: false } },
    ]);
  });

  test('a merge whose insert waits for long before it writes is found, and those above it wait and say for whom', async () => {
    const { orchestrator, analyzer, outbox } = await start();
    await orchestrator.run(`create function "${outbox.split('"')[1]}".slow() returns trigger language plpgsql as
      $$ begin if new.kind = 'slow' then perform pg_advisory_xact_lock(4711); end if; return new; end $$`);
    await orchestrator.run(`create trigger slow before insert on ${outbox} for each row
      execute function "${outbox.split('"')[1]}".slow()`);
    await orchestrator.merge({ workItemId: 'before' });
    await analyzer.analyze();
    const [holder, slow] = [await connect(), await connect()];
    await holder.query('select pg_advisory_lock(4711)');
    const { rows } = await slow.query('select pg_backend_pid() as pid');
    const inserted = slow.query(
      `insert into ${outbox} (kind, work_item_id, payload) values ('slow', 'slow', $1)`,
      [{ target: 'merged', attempts: 1, last_verdict: null, project: 'alpha' }],
    );
    await waitFor(
      async () =>
        (await orchestrator.run("select 1 from pg_locks where locktype = 'advisory' and not granted"))
          .length > 0,
      { what: 'the insert to wait' },
    );
    for (let round = 0; round < 6; round += 1) {
      await orchestrator.merge({ workItemId: `w${round}` });
      await analyzer.analyze();
    }
    expect(await readMetrics(analyzer)).toMatchObject({
      merges: 1,
      heldBack: 6,
      heldBackBy: { pid: rows[0]?.pid, ageSeconds: expect.any(Number) },
    });
    await holder.query('select pg_advisory_unlock(4711)');
    await inserted;
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 8, heldBack: 0, heldBackBy: null });
  });

  test('a transaction that merges have waited for is named once, with its age, and they are counted after it', async () => {
    const { database, orchestrator, outbox } = await start();
    const events: WatchEvent[] = [];
    const stop = new AbortController();
    const watching = watchMerges(database, {
      configuration: SMALL,
      signal: stop.signal,
      pollIntervalMs: 5,
      heldBackNoticeMs: 50,
      onEvent: (event) => events.push(event),
    });
    const told = (kind: string) => events.filter((event) => event.kind === kind);
    const open = await connect();
    const { rows } = await open.query('select pg_backend_pid() as pid');
    await open.query('begin');
    await open.query(`insert into ${outbox} (kind, work_item_id, payload) values ('t', 'other', '{}')`);
    await orchestrator.merge({ workItemId: 'a' }, { workItemId: 'b' });
    await waitFor(() => told('held-back').length > 0, { what: 'the notice' });
    expect(told('held-back')).toMatchObject([{ mergeEvents: 2, pid: rows[0]?.pid }]);
    expect(told('analyzed')).toEqual([]);
    await open.query('commit');
    await waitFor(() => told('analyzed').length > 0, { what: 'the merges' });
    stop.abort();
    expect(await watching).toMatchObject({ merges: 2 });
    expect(told('held-back')).toHaveLength(1);
  });

  test('a sequence that hands ids out in advance is said at the start, and its merges are all counted', async () => {
    const { database, orchestrator, analyzer, outbox } = await start();
    expect(analyzer.warnings).toEqual([]);
    await orchestrator.merge({ workItemId: 'before' });
    await analyzer.analyze();
    await orchestrator.run(`alter table ${outbox} alter column id set cache 20`);
    const cached = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(cached.warnings).toEqual([expect.stringMatching(/CACHE 20.*set cache 1/)]);
    const [left, right] = [await connect(), await connect()];
    const merge = (client: pg.Client, item: string) =>
      client.query(`insert into ${outbox} (kind, work_item_id, payload) values ('t', $1, $2)`, [
        item,
        { target: 'merged', attempts: 1, last_verdict: null, project: 'alpha' },
      ]);
    // Each draws twenty ids with its first: those of the left are the smaller ones.
    for (const [client, item] of [
      [left, 'a'],
      [right, 'b'],
      [left, 'c'],
      [right, 'd'],
      [left, 'e'],
    ] as const) {
      await merge(client, item);
      expect(await cached.analyze()).toMatchObject({ merges: 1, late: 0 });
    }
    await orchestrator.run(`alter table ${outbox} alter column id set cache 1`);
    const again = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(again.warnings).toEqual([]);
    expect(await again.analyze()).toMatchObject({ merges: 0 });
    await orchestrator.merge({ workItemId: 'f' });
    expect(await again.analyze()).toMatchObject({ merges: 1, mergesSoFar: 7 });
    expect(
      (await readRecord(orchestrator)).snapshots
        .map(({ merge: { ordinal, work_item_id } }) => [ordinal, work_item_id])
        .sort(),
    ).toEqual(['before', 'a', 'b', 'c', 'd', 'e', 'f'].map((item, index) => [index + 1, item]));
  });

  test('a merge that is prepared for two phases is waited for, also over a restart, which gives it another name', async () => {
    const server = await startPostgresServer({ settings: { max_prepared_transactions: '4' } });
    onTestFinished(() => server.stop());
    const database = openPostgresql({ url: server.url });
    onTestFinished(() => database.close());
    const orchestrator = await startOrchestrator(database);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    const prepare = async (item: string) => {
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      await client.query('begin');
      await client.query(
        `insert into events_outbox (kind, work_item_id, payload)
          values ('t', $1, '{"target":"merged","attempts":1,"last_verdict":null,"project":"alpha"}')`,
        [item],
      );
      await client.query(`prepare transaction '${item}'`);
      await client.end();
    };
    await prepare('first');
    await orchestrator.merge({ workItemId: 'second' });
    expect(await analyzer.analyze()).toMatchObject({ merges: 0, isHeldBack: true });
    await server.restart();
    await prepare('third');
    expect(await analyzer.analyze()).toMatchObject({ merges: 0, isHeldBack: true });
    await orchestrator.run("commit prepared 'first'");
    expect(await analyzer.analyze()).toMatchObject({ merges: 2, isHeldBack: false });
    await orchestrator.run("commit prepared 'third'");
    expect(await analyzer.analyze()).toMatchObject({ merges: 1 });
    expect((await readRecord(orchestrator)).snapshots.map(({ merge }) => merge.work_item_id)).toEqual([
      'first',
      'second',
      'third',
    ]);
  });
});
