/** Payloads that cannot be read: set aside, and by a rebuild the same ones as on the way. */
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';

const MERGE = JSON.stringify({ target: 'merged', attempts: 1, last_verdict: null, project: 'alpha' });

describeEngines((engine) => {
  test.each([
    ['jsonb', 'bigint'],
    ['json', 'bigint'],
    ['text', 'bigint'],
    ['jsonb', 'uuid'],
    ['text', 'uuid'],
  ])(
    'an event that was encoded twice, before or after the merge of its item, is set aside by a rebuild, too: %s, %s ids',
    async (payload, ids) => {
      const database = engine.open();
      const orchestrator = await startOrchestrator(database);
      const outbox = orchestrator.table('events_outbox');
      await orchestrator.run(`alter table ${outbox} alter column payload type ${payload}`);
      if (ids === 'uuid') {
        await orchestrator.run(
          `alter table ${outbox} drop column id, add column id uuid primary key default gen_random_uuid()`,
        );
      }
      const write = (workItemId: string, text: string) =>
        orchestrator.run(
          `insert into ${outbox} (kind, work_item_id, payload) values ('moved', '${workItemId}', '${text}')`,
        );
      const twice = JSON.stringify(MERGE);
      await write('before', twice);
      await write('before', MERGE);
      await write('after', MERGE);
      await write('after', twice);
      if (payload === 'text') await write('after', `${MERGE} and more`);
      const unreadable = payload === 'text' ? 3 : 2;
      const asideNow = async () => {
        const { merges, quarantine } = await readMetrics(analyzer);
        return {
          merges,
          count: quarantine.count,
          details: quarantine.newest.map(({ detail }) => detail).toSorted(),
        };
      };
      const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
      await analyzer.analyze();
      const onTheWay = await asideNow();
      expect(onTheWay).toMatchObject({ merges: 2, count: unreadable });
      await analyzer.rebuild({ retryQuarantined: true });
      expect(await asideNow()).toEqual(onTheWay);
      await analyzer.rebuild();
      expect(await asideNow()).toEqual(onTheWay);
      await orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
      await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
      expect(await asideNow()).toEqual(onTheWay);
    },
  );

  test('a payload so large that the server compresses it means what a small one means', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    const sound = { target: 'merged', attempts: 1, last_verdict: null, project: 'alpha' };
    const log = 'x'.repeat(100_000);
    for (const [item, payload] of Object.entries({
      sound: { ...sound, log },
      'a long verdict': { ...sound, last_verdict: log },
      'no verdict': { ...sound, last_verdict: { log } },
      'a long project': { ...sound, project: log },
      'long attempts': { ...sound, attempts: [log] },
      'no merge': { ...sound, target: log },
      twice: JSON.stringify({ ...sound, log }),
      'only a verdict': { target: 'merged', verdict: 'rebase_conflict', log },
    })) {
      await orchestrator.emit(item, payload);
    }
    const { merges, quarantine } = await readMetrics(analyzer);
    expect(merges).toBe(2);
    expect(quarantine.newest.map(({ workItemId, reason }) => [workItemId, reason])).toEqual([
      ['only a verdict', 'facts-unknown'],
      ['twice', 'payload-unreadable'],
      ['long attempts', 'attempts'],
      ['a long project', 'project'],
      ['no verdict', 'verdict'],
    ]);
    expect(quarantine.newest[0]?.detail).toContain('nothing of attempts, project');
  });

  test.each([
    [
      'text',
      [
        '{"merge":{, "configuration_version":"x"}',
        '{"metric":1e2000000,"analyzer_version":"x"}',
        // PGlite itself hangs in a text that is nested so deep.
        ...(engine.engine === 'pglite' ? [] : [`{"merge":${'['.repeat(50_000)},"analyzer_version":"x"}`]),
      ],
    ],
    ['json', ['{"merge":1e2000000,"configuration_version":"x"}']],
  ])('a %s that begins and ends like an event of the analyzer never stops a rebuild', async (type, torn) => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const outbox = orchestrator.table('events_outbox');
    await orchestrator.run(`alter table ${outbox} alter column payload type ${type}`);
    const write = (kind: string, item: string, payload: string) =>
      orchestrator.run(
        `insert into ${outbox} (kind, work_item_id, payload) values ('${kind}', '${item}', '${payload}')`,
      );
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    for (const item of ['a', 'b', 'c', 'd', 'e']) {
      await write('moved', item, MERGE);
      await analyzer.analyze();
      for (const payload of torn) await write('metric.snapshot', item, payload);
    }
    await write('metric.threshold_crossed', 'f', torn[0] ?? '');
    expect(await analyzer.rebuild()).toMatchObject({ merges: 0, mergesSoFar: 5 });
    const { merges, quarantine } = await readMetrics(analyzer);
    expect([merges, quarantine.count]).toEqual([5, 5 * torn.length + 1]);
    expect(new Set(quarantine.newest.map(({ reason }) => reason))).toEqual(new Set(['not-ours']));
    await orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    const again = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(await again.analyze()).toMatchObject({ merges: 0, mergesSoFar: 5 });
  });
});
