/** Ids that do not count up, and ids that nobody hands out: the same result, or an error that names the column. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { explainRate } from '../src/commands/explain-rate.ts';
import { importMerges } from '../src/commands/import-merges.ts';
import { readHistory } from '../src/commands/read-history.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import { EMPTY_STATE, foldMerges } from '../src/fold/merge-state.ts';
import { OrchestratorSchemaError } from '../src/log/schema-demands.ts';
import { describeEngines } from './engines.ts';
import { type Outline, repeat, SMALL, toMerges } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';

/** Up, down and up again. */
const HISTORY: readonly Outline[] = [
  ...repeat(6),
  ...repeat(4, { attempts: 2, isRebaseConflict: true }),
  ...repeat(5, { project: 'beta' }),
];

describeEngines((engine) => {
  async function start(idColumn: string, workItemType = 'text') {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const outbox = orchestrator.table('events_outbox');
    await orchestrator.run(`alter table ${outbox} drop column id`);
    await orchestrator.run(`alter table ${outbox} add column id ${idColumn} primary key`);
    for (const [table, column] of [
      [outbox, 'work_item_id'],
      [orchestrator.table('work_items'), 'id'],
    ]) {
      await orchestrator.run(
        `alter table ${table} alter column ${column} type ${workItemType} using ${column}::${workItemType}`,
      );
    }
    return { database, orchestrator };
  }

  test.each([
    ['uuid from a default', 'uuid default gen_random_uuid()', undefined],
    ['uuid that the writer chooses', 'uuid', 'gen_random_uuid()'],
    ['text that the writer chooses', 'text', `md5(random()::text)`],
    ['varchar that the writer chooses', 'varchar(60)', `'event-' || gen_random_uuid()`],
    ['char(26) from a default', 'char(26) default left(md5(random()::text), 26)', undefined],
    ['char(36) of work items', 'bigint generated always as identity', undefined, 'char(36)'],
  ])(
    '%s: every merge and crossing once, in order, also after a rebuild',
    async (_, idColumn, id, workItemType = 'uuid') => {
      const { database } = await start(idColumn, workItemType);
      const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
      const merges = toMerges(HISTORY);
      for (const merge of merges) {
        await writeMerge(database, id, uuidOf(merge.ordinal), merge);
        if (merge.ordinal % 4 === 0) await writeMerge(database, id, uuidOf(merge.ordinal), merge);
        if (merge.ordinal % 3 === 0) await analyzer.analyze();
      }
      await analyzer.analyze();
      const expected = foldMerges(EMPTY_STATE, merges, SMALL).crossings.map(({ rate, direction, merge }) => [
        rate,
        direction,
        uuidOf(merge.ordinal),
      ]);
      expect(await announced(database)).toEqual({ snapshots: merges.map(uuidOfMerge), crossings: expected });
      await analyzer.rebuild();
      expect(await analyzer.analyze()).toMatchObject({ merges: 0, crossings: 0 });
      expect(await announced(database)).toEqual({ snapshots: merges.map(uuidOfMerge), crossings: expected });

      expect(await readMetrics(analyzer)).toMatchObject({ merges: HISTORY.length, heldBack: 0 });
      const history = await readHistory(analyzer, { rate: 'first_pass_merge_rate', limit: HISTORY.length });
      expect(history.map(({ workItemId }) => workItemId)).toEqual(merges.map(uuidOfMerge).toReversed());
      expect(history.filter(({ crossed }) => crossed !== null).map(({ crossed }) => crossed)).toEqual([
        'up',
        'down',
        'up',
      ]);
      const { merges: window } = await explainRate(analyzer, { rate: 'first_pass_merge_rate' });
      expect(window[0]?.workItemId).toBe(uuidOf(HISTORY.length));
      const line = {
        work_item_id: uuidOf(99),
        project: 'alpha',
        attempts: 1,
        merged_at: '2026-02-01T00:00:00Z',
      };
      expect(await importMerges(analyzer, [JSON.stringify(line)])).toMatchObject({
        imported: 1,
        analyzed: { merges: 1 },
      });
    },
  );

  test('a work item with a uuid completes what the payload leaves out', async () => {
    const { database, orchestrator } = await start('uuid default gen_random_uuid()', 'uuid');
    await orchestrator.run(`insert into ${orchestrator.table('work_items')} (id, phase, attempts, last_verdict, project)
      values ('${uuidOf(1)}', 'merged', 3, 'rebase_conflict', 'beta')`);
    await orchestrator.run(`insert into ${orchestrator.table('events_outbox')} (kind, work_item_id, payload)
      values ('t', '${uuidOf(1)}', '{"target":"merged"}')`);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 1, quarantine: { count: 0 } });
    const { merges } = await explainRate(analyzer, { rate: 'p95_attempts_to_merge' });
    expect(merges).toMatchObject([{ project: 'beta', attempts: 3, isRebaseConflict: true }]);
  });

  test.each([
    ['uuid', uuidOf(1)],
    ['bigint', '17'],
    ['integer', '17'],
    ['character(36)', uuidOf(1)],
    ['numeric', '17'],
  ])(
    'a work item id that is a text in the outbox and %s in work_items is found, and others are none',
    async (type, id) => {
      const { database, orchestrator } = await start('bigint generated always as identity');
      const workItems = orchestrator.table('work_items');
      await orchestrator.run(`alter table ${workItems} alter column id type ${type} using id::${type}`);
      await orchestrator.run(`insert into ${workItems} (id, phase, attempts, last_verdict, project)
      values ('${id}', 'merged', 3, 'rebase_conflict', 'beta')`);
      for (const item of ['manual-1', id, '99999999999999999999']) {
        await orchestrator.emit(item, { target: 'merged' });
      }
      const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
      const report = await readMetrics(analyzer);
      expect(report).toMatchObject({ merges: 1, newestMerge: { workItemId: id, project: 'beta' } });
      expect(report.quarantine.newest.map(({ workItemId, reason }) => [workItemId, reason])).toEqual([
        ['99999999999999999999', 'facts-unknown'],
        ['manual-1', 'facts-unknown'],
      ]);
    },
  );

  test.each(['bigint', 'integer', 'numeric', 'bytea', 'character varying(20)'])(
    'an id of type %s that nobody fills in is refused by name and type, before anything is written',
    async (type) => {
      const { database } = await start(type);
      const opening = openMergeAnalyzer(database);
      await expect(opening).rejects.toBeInstanceOf(OrchestratorSchemaError);
      await expect(opening).rejects.toMatchObject({ table: 'events_outbox', column: 'id' });
      await expect(opening).rejects.toThrow(
        `${database.orchestratorSchema}.events_outbox.id is ${type} without a default`,
      );
    },
  );
});

function uuidOf(ordinal: number): string {
  return `00000000-0000-4000-8000-${String(ordinal).padStart(12, '0')}`;
}

function uuidOfMerge({ ordinal }: { readonly ordinal: number }): string {
  return uuidOf(ordinal);
}

/** @param id an expression; without one the column's default */
async function writeMerge(
  { kysely, orchestratorSchema }: AnalyzerDatabase,
  id: string | undefined,
  workItemId: string,
  { project, attempts, isRebaseConflict, mergedAt }: ReturnType<typeof toMerges>[number],
): Promise<void> {
  const verdict = isRebaseConflict ? 'rebase_conflict' : 'approve';
  const payload = JSON.stringify({ target: 'merged', attempts, last_verdict: verdict, project });
  await sql`insert into ${sql.table(`${orchestratorSchema}.events_outbox`)}
    (${id === undefined ? sql`` : sql`id,`} kind, work_item_id, payload, created_at)
    values (${id === undefined ? sql`` : sql`${sql.raw(id)},`} 't', ${workItemId}, ${payload}::text::jsonb,
      ${mergedAt}::timestamptz)`.execute(kysely);
}

/** By merge, as ids have no order here. */
async function announced({ kysely, orchestratorSchema }: AnalyzerDatabase) {
  const outbox = sql.table(`${orchestratorSchema}.events_outbox`);
  const snapshots = await sql<{ item: string }>`select work_item_id::text as item from ${outbox}
    where kind = 'metric.snapshot' order by (payload -> 'merge' ->> 'ordinal')::int`.execute(kysely);
  const crossings = await sql<{ metric: string; direction: string; item: string }>`
    select payload ->> 'metric' as metric, payload ->> 'direction' as direction, work_item_id::text as item
    from ${outbox} where kind = 'metric.threshold_crossed'
    order by work_item_id, payload ->> 'metric', payload ->> 'scope'`.execute(kysely);
  return {
    snapshots: snapshots.rows.map(({ item }) => item),
    crossings: crossings.rows.map(({ metric, direction, item }) => [metric, direction, item]),
  };
}
