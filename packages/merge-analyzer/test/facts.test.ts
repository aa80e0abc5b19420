/** Which facts of a merge are believed: those of its payload, else those of a work item that has not moved since. */
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

const PHASES_ONLY = { from: 'review', target: 'merged' };
const COUNTED = { work_item_id: 'a', attempts: 3, rebase_conflict: true, project: 'beta' };

describeEngines((engine) => {
  /** An item that merged, as its columns say, and an event of that which names phases only. */
  async function mergeByPhases(columns: Readonly<Record<string, string>> = {}) {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const item = {
      id: "'a'",
      phase: "'merged'",
      attempts: '3',
      last_verdict: "'rebase_conflict'",
      project: "'beta'",
    };
    const given = { ...item, updated_at: "now() - interval '1 minute'", ...columns };
    await orchestrator.run(`insert into ${orchestrator.table('work_items')} (${Object.keys(given).join(', ')})
      values (${Object.values(given).join(', ')})`);
    await orchestrator.emit('a', PHASES_ONLY);
    return { database, orchestrator };
  }

  async function analyze({ database, orchestrator }: Awaited<ReturnType<typeof mergeByPhases>>) {
    const { quarantine } = await readMetrics(await openMergeAnalyzer(database, { configuration: SMALL }));
    const counted = (await readRecord(orchestrator)).snapshots.map(({ merge }) => merge);
    return { counted, setAside: quarantine.newest };
  }

  test.each([
    ['what it cost', { usd: 0.4 }],
    ['a note that names no phase', { note: 'merged', target: null }],
    ['a payload that is no object', 'ready'],
    ['the same merge once more', PHASES_ONLY],
  ])('%s does not move a work item, so its merge is counted', async (_, payload) => {
    const written = await mergeByPhases();
    await written.orchestrator.emit('a', payload);
    expect(await analyze(written)).toMatchObject({ counted: [COUNTED], setAside: [] });
  });

  test('an event that moves the item leaves the facts of its merge unknown', async () => {
    const written = await mergeByPhases();
    await written.orchestrator.emit('a', { from: 'merged', target: 'build' });
    const { counted, setAside } = await analyze(written);
    expect(counted).toEqual([]);
    expect(setAside).toMatchObject([{ reason: 'facts-unknown' }]);
    expect(setAside[0]?.detail).toMatch(/the log has a later move of the work item$/);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['is in another phase', { phase: "'build'" }, /its work item is in phase build$/],
    [
      'was written to later',
      { updated_at: "now() + interval '1 second'" },
      /its work item was updated at \S+, after this merge$/,
    ],
    [
      'merged again later',
      { merged_at: "now() + interval '1 second'" },
      /its work item has merged_at \S+, after this merge$/,
    ],
  ])('a work item that %s without an event raises doubt', async (_, columns, detail) => {
    const { counted, setAside } = await analyze(await mergeByPhases(columns));
    expect(counted).toEqual([]);
    expect(setAside).toMatchObject([{ reason: 'facts-unknown' }]);
    expect(setAside[0]?.detail).toMatch(detail);
  });

  test('a work item that is still merged since then is believed, whatever else of it was updated', async () => {
    const columns = { merged_at: "now() - interval '1 second'", updated_at: "now() + interval '1 minute'" };
    expect(await analyze(await mergeByPhases(columns))).toMatchObject({ counted: [COUNTED], setAside: [] });
  });

  test('a work item that the transaction of the merge wrote is believed, whatever its clock', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    await orchestrator.run(`with item as (insert into ${orchestrator.table('work_items')}
        (id, phase, attempts, last_verdict, project, updated_at)
        values ('a', 'merged', 3, 'rebase_conflict', 'beta', clock_timestamp() + interval '2 seconds') returning id)
      insert into ${orchestrator.table('events_outbox')} (kind, work_item_id, payload)
      select 't', id, '{"target":"merged"}' from item`);
    expect(await analyze({ database, orchestrator })).toMatchObject({ counted: [COUNTED], setAside: [] });
  });

  test('tables without phase and times are believed as far as the log says', async () => {
    const written = await mergeByPhases();
    for (const column of ['phase', 'updated_at', 'merged_at']) {
      await written.orchestrator.run(
        `alter table ${written.orchestrator.table('work_items')} drop column ${column}`,
      );
    }
    expect(await analyze(written)).toMatchObject({ counted: [COUNTED], setAside: [] });
  });

  test.each<[string, object, object]>([
    ['attempts that are null are asked of the item', { attempts: null }, { attempts: 3 }],
    ['a project that is null is asked of the item', { project: null }, { project: 'beta' }],
    ['last_verdict null says that there was none', { last_verdict: null }, { rebase_conflict: false }],
    ['verdict stands for last_verdict', { verdict: 'approve' }, { rebase_conflict: false }],
    [
      'verdict does not matter beside last_verdict',
      { last_verdict: null, verdict: 'rebase_conflict' },
      { rebase_conflict: false },
    ],
  ])('in a payload %s', async (_, fields, expected) => {
    const written = await mergeByPhases();
    const payload = JSON.stringify({ ...PHASES_ONLY, ...fields });
    await written.orchestrator.run(
      `update ${written.orchestrator.table('events_outbox')} set payload = '${payload}'`,
    );
    expect(await analyze(written)).toMatchObject({ counted: [{ ...COUNTED, ...expected }], setAside: [] });
  });
});
