/** Ids that are no numbers, and an index on `created_at`: most looks read the near past, and nothing is lost beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@ephemetry/testing';
import { sql } from 'kysely';
import { expect, test, vi } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { importMerges } from '../src/commands/import-merges.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { inspectOrchestratorTables } from '../src/log/orchestrator-tables.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

const PARTIAL = `where kind <> all (array['metric.threshold_crossed', 'metric.snapshot'])`;

/** What the guide tells an administrator to make. */
const OF_THE_GUIDE =
  /create index on events_outbox ([^;]*);/.exec(
    readFileSync(join(import.meta.dirname, '../../../docs/guide/merge-analyzer.md'), 'utf8'),
  )?.[1] ?? 'is not in the guide';

describeEngines((engine) => {
  async function start(index: string) {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const { run, table } = orchestrator;
    const outbox = table('events_outbox');
    await run(
      `alter table ${outbox} drop column id, add column id uuid primary key default gen_random_uuid()`,
    );
    if (index !== '') await run(`create index on ${outbox} ${index}`);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    return { database, orchestrator, run, outbox, analyzer };
  }

  test.each([
    ['(created_at)', true],
    [`(created_at) ${PARTIAL}`, true],
    [OF_THE_GUIDE, true],
    [`(created_at, id) ${PARTIAL}`, true],
    [`(created_at) where kind <> 'work_item.transition'`, false],
    ['(kind, created_at)', false],
    ['', false],
  ])('an index %s finds new rows by their time: %s', async (index, hasTimeIndex) => {
    const { database } = await start(index);
    expect((await inspectOrchestratorTables(database)).order).toMatchObject({
      kind: 'transaction',
      hasTimeIndex,
    });
  });

  test.each(['timestamptz', 'timestamp'])(
    'merges of now are counted by the next look, and one with an older time by the next look through everything: %s',
    async (type) => {
      vi.useFakeTimers({ toFake: ['performance'] });
      try {
        const { orchestrator, run, outbox, analyzer } = await start(`(created_at) ${PARTIAL}`);
        await run(`alter table ${outbox} alter column created_at type ${type}`);
        await orchestrator.merge({ workItemId: 'first' });
        expect(await analyzer.analyze()).toMatchObject({ merges: 1, late: 0 });
        await orchestrator.merge({ workItemId: 'second' });
        await run(`insert into ${outbox} (kind, work_item_id, payload, created_at)
          values ('t', 'older', '{"target":"merged","attempts":1,"last_verdict":null,"project":"alpha"}', now() - interval '10 minutes')`);
        await orchestrator.merge({ workItemId: 'third' }, { workItemId: 'first', attempts: 3 });
        expect(await analyzer.analyze()).toMatchObject({ merges: 2, late: 0 });
        expect(await analyzer.analyze()).toMatchObject({ merges: 0 });
        vi.advanceTimersByTime(60_000);
        expect(await analyzer.analyze()).toMatchObject({ merges: 1, late: 1, mergesSoFar: 4 });
        vi.advanceTimersByTime(60_000);
        expect(await analyzer.analyze()).toMatchObject({ merges: 0, mergesSoFar: 4 });
        const { snapshots } = await readRecord(orchestrator);
        const items = snapshots.toSorted((left, right) => left.merge.ordinal - right.merge.ordinal);
        expect(items.map(({ merge }) => merge.work_item_id)).toEqual(['first', 'second', 'third', 'older']);
        expect(await analyzer.rebuild()).toMatchObject({ merges: 0, mergesSoFar: 4 });
      } finally {
        vi.useRealTimers();
      }
    },
  );

  test('merges of hours ago that come late are counted, however many they are: no clock went backwards', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const { orchestrator, run, outbox, analyzer } = await start('(created_at)');
      await orchestrator.merge({ workItemId: 'first' });
      await analyzer.analyze();
      // More than one look takes at once.
      await run(`insert into ${outbox} (kind, work_item_id, payload, created_at)
        select 't', 'old' || n, '{"target":"merged","attempts":1,"last_verdict":null,"project":"alpha"}',
          now() - interval '3 hours' from generate_series(1, 20005) n`);
      await orchestrator.merge({ workItemId: 'second' });
      expect(await analyzer.analyze()).toMatchObject({ merges: 1, late: 0 });
      vi.advanceTimersByTime(60_000);
      expect(await analyzer.analyze()).toMatchObject({ merges: 20_005, late: 20_005, quarantined: 0 });
      expect((await readMetrics(analyzer)).merges).toBe(20_007);
    } finally {
      vi.useRealTimers();
    }
  }, 120_000);

  test('an import is counted when it ends, in its own order', async () => {
    const { orchestrator, analyzer } = await start('(created_at)');
    await analyzer.analyze();
    const lines = Array.from({ length: 12 }, (_, index) =>
      JSON.stringify({
        work_item_id: `w${index}`,
        project: 'alpha',
        attempts: 1,
        merged_at: new Date(Date.UTC(2020, 0, index + 1)).toISOString(),
      }),
    );
    expect(await importMerges(analyzer, lines)).toMatchObject({
      imported: 12,
      leftOut: [],
      analyzed: { merges: 12, late: 0 },
    });
    const { snapshots } = await readRecord(orchestrator);
    const items = snapshots.toSorted((left, right) => left.merge.ordinal - right.merge.ordinal);
    expect(items.map(({ merge }) => merge.work_item_id)).toEqual(lines.map((_, index) => `w${index}`));
  });

  test('who looks for the first time sees all, also what a running analyzer has not seen yet', async () => {
    const { database, orchestrator, run, outbox, analyzer } = await start('(created_at)');
    await orchestrator.merge({ workItemId: 'first' });
    await analyzer.analyze();
    await run(`insert into ${outbox} (kind, work_item_id, payload, created_at)
      values ('t', 'older', '{"target":"merged","attempts":1,"last_verdict":null,"project":"alpha"}', now() - interval '10 minutes')`);
    await orchestrator.merge({ workItemId: 'second' });
    expect(await analyzer.analyze()).toMatchObject({ merges: 1 });
    const other = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(await readMetrics(other)).toMatchObject({ merges: 3, quarantine: { count: 0 } });
    await orchestrator.merge({ workItemId: 'fourth' });
    expect(await analyzer.analyze()).toMatchObject({ merges: 1, mergesSoFar: 4 });
  });

  test('who reads from the start again goes through everything, also right after a look into the near past', async () => {
    const { database, orchestrator, run, outbox, analyzer } = await start('(created_at)');
    await orchestrator.merge({ workItemId: 'first' });
    await orchestrator.merge({ workItemId: 'no count', attempts: 0 });
    await run(`update ${outbox} set created_at = now() - interval '10 minutes'`);
    expect(await analyzer.analyze()).toMatchObject({ merges: 1, quarantined: 1 });
    await run(`update ${outbox} set payload = payload || '{"attempts":2}' where work_item_id = 'no count'
      and kind = 'work_item.transition'`);
    expect(await analyzer.rebuild({ retryQuarantined: true })).toMatchObject({ merges: 1, mergesSoFar: 2 });

    // Another one, which emptied the own tables, has not read anything yet when this one looks.
    await run(`insert into ${outbox} (kind, work_item_id, payload, created_at)
      values ('t', 'older', '{"target":"merged","attempts":1,"last_verdict":null,"project":"alpha"}', now() - interval '10 minutes')`);
    await run(`update "${database.ownSchema}".log_position set log_order = null`);
    expect(await analyzer.analyze()).toMatchObject({ merges: 1, mergesSoFar: 3 });
  });

  test('a first look that was cut off in its middle is finished before anybody looks into the near past only', async () => {
    const { database, orchestrator, run, outbox, analyzer } = await start('(created_at)');
    await orchestrator.merge({ workItemId: 'first' });
    await analyzer.analyze();
    await run(`insert into ${outbox} (kind, work_item_id, payload, created_at)
      values ('t', 'older', '{"target":"merged","attempts":1,"last_verdict":null,"project":"alpha"}', now() - interval '10 minutes')`);
    // As a piece leaves it that is not the last one of a look from the start.
    await run(`update "${database.ownSchema}".log_position
      set seen_xid = null, written_xid = pg_current_xact_id()::text::bigint`);
    await orchestrator.merge({ workItemId: 'second' });
    expect(await analyzer.analyze()).toMatchObject({ merges: 2, mergesSoFar: 3 });
  });

  test.runIf(engine.engine === 'postgresql')(
    'a look into the near past reads the index, not the whole outbox',
    async () => {
      const { database, orchestrator, run, outbox, analyzer } = await start(`(created_at) ${PARTIAL}`);
      await run(`insert into ${outbox} (kind, work_item_id, payload, created_at)
        select 't', 'w' || n, '{"target":"review"}', now() - interval '1 day' from generate_series(1, 20000) n`);
      await analyzer.analyze();
      await sql.raw(`analyze ${outbox}`).execute(database.kysely);
      const scans = async () => {
        const [row] = await run(`select t.seq_scan::int as whole, i.idx_scan::int as near
          from pg_stat_all_tables t join pg_stat_all_indexes i using (relid)
          where t.relid = '${outbox}'::regclass and i.indexrelname like '%created_at%'`);
        return { whole: Number(row?.['whole']), near: Number(row?.['near']) };
      };
      await orchestrator.merge({ workItemId: 'new' });
      const before = await scans();
      // A session tells of its scans once a second, at the end of a statement: some of before are told late.
      await waitFor(
        async () => {
          await analyzer.analyze();
          return (await scans()).near >= before.near + 40;
        },
        { what: 'the looks by the index are told' },
      );
      expect((await scans()).whole).toBeLessThan(before.whole + 20);
      expect((await readMetrics(analyzer)).merges).toBe(1);
    },
  );
});
