/** The limits of what columns hold: ids at both ends of their type, columns that are too narrow, letters spelt as escapes. */
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { explainRate } from '../src/commands/explain-rate.ts';
import { importMerges } from '../src/commands/import-merges.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { OrchestratorSchemaError } from '../src/log/schema-demands.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';

const SOUND = '{"target":"merged","attempts":1,"last_verdict":null,"project":"alpha"}';
const SMALLEST = '-9223372036854775808';
const LARGEST = '9223372036854775807';

describeEngines((engine) => {
  async function start() {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const { run, table } = orchestrator;
    const outbox = table('events_outbox');
    const open = () => openMergeAnalyzer(database, { configuration: SMALL });
    return { database, orchestrator, run, table, outbox, open };
  }

  async function mergedItems(open: () => ReturnType<typeof openMergeAnalyzer>): Promise<readonly string[]> {
    const { merges } = await explainRate(await open(), { rate: 'p95_attempts_to_merge' });
    return merges.map(({ workItemId }) => workItemId).toReversed();
  }

  test('a sequence that begins with the smallest id there is: its first merge counts, alone, and with others after it', async () => {
    const { run, outbox, open } = await start();
    const merge = (item: string) =>
      run(`insert into ${outbox} (kind, work_item_id, payload) values ('t', '${item}', '${SOUND}')`);
    await run(`alter table ${outbox} drop column id`);
    await run(`alter table ${outbox} add column id bigint generated always as identity
      (minvalue ${SMALLEST} start ${SMALLEST}) primary key`);
    const analyzer = await open();
    expect(analyzer.warnings).toEqual([]);
    await merge('first');
    expect(await readMetrics(analyzer, { catchUp: false })).toMatchObject({ merges: 0, heldBack: 1 });
    expect(await analyzer.analyze()).toMatchObject({ merges: 1, late: 0 });
    expect(await analyzer.analyze()).toMatchObject({ merges: 0 });
    await merge('second');
    expect(await analyzer.analyze()).toMatchObject({ merges: 1, late: 0, mergesSoFar: 2 });
    expect(await analyzer.rebuild()).toMatchObject({ merges: 0, mergesSoFar: 2 });
    expect(await mergedItems(open)).toEqual(['first', 'second']);
  });

  test('ids that are written by hand at both ends of bigint count once each', async () => {
    const { run, outbox, open } = await start();
    await run(`insert into ${outbox} (id, kind, work_item_id, payload)
      values (${SMALLEST}, 't', 'smallest', '${SOUND}'), (${LARGEST}, 't', 'largest', '${SOUND}'), (0, 't', 'zero', '${SOUND}')`);
    const analyzer = await open();
    expect(await analyzer.analyze()).toMatchObject({ merges: 3 });
    await run(`insert into ${outbox} (kind, work_item_id, payload) values ('t', 'next', '${SOUND}')`);
    expect(await analyzer.analyze()).toMatchObject({ merges: 1, mergesSoFar: 4 });
    expect(await analyzer.rebuild()).toMatchObject({ merges: 0, mergesSoFar: 4 });
  });

  test.each([
    ['kind', 'varchar(20)', /kind holds 20 characters/],
    ['kind', 'char(23)', /kind holds 23 characters/],
    ['kind', 'short_text', /kind holds 20 characters/],
    ['payload', 'varchar(500)', /payload holds 500 characters/],
  ])(
    'a %s of the type %s is refused by its size at the start, with a statement that helps',
    async (column, type, words) => {
      const { database, orchestrator, run, outbox, open } = await start();
      const schema = `"${database.orchestratorSchema}"`;
      await run(`create domain ${schema}.short_text as varchar(20)`);
      const asNamed = type === 'short_text' ? `${schema}.${type}` : type;
      await run(
        `alter table ${outbox} alter column ${column} type ${asNamed} using ${column}::text::${asNamed}`,
      );
      const refused: unknown = await open().catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(OrchestratorSchemaError);
      expect(String(refused)).toMatch(words);
      await run(String(refused).split('with: ')[1] ?? 'no statement');
      await orchestrator.run(`insert into ${outbox} (kind, work_item_id, payload)
        select 't', 'w' || n, '${SOUND}' from generate_series(1, 8) n`);
      expect(await (await open()).analyze()).toMatchObject({ merges: 8, crossings: 2 });
    },
  );

  test.each([
    ['varchar(5)', ['w1', 'longer'], /^work_item_id has 6 characters; events_outbox holds 5$/],
    ['bigint', ['17', 'w1'], /^work_item_id is "w1"; events_outbox.work_item_id is bigint$/],
    [
      'uuid',
      ['00000000-0000-4000-8000-000000000001', 'w1'],
      /^work_item_id is "w1"; events_outbox.work_item_id is uuid$/,
    ],
  ])(
    'a line whose work item does not fit into a column of the type %s is refused, and the others count',
    async (type, items, words) => {
      const { run, outbox, open } = await start();
      await run(`alter table ${outbox} alter column work_item_id type ${type} using null`);
      const lines = items.map((item, index) =>
        JSON.stringify({
          work_item_id: item,
          project: 'alpha',
          attempts: 1,
          merged_at: `2026-01-0${index + 1}T00:00:00Z`,
        }),
      );
      expect(await importMerges(await open(), lines)).toMatchObject({
        imported: 1,
        refused: [{ line: 2, reason: expect.stringMatching(words) }],
        leftOut: [],
        analyzed: { merges: 1 },
      });
    },
  );

  test.each(['text', 'json', 'jsonb'])(
    'letters that are spelt as escapes in a payload of the type %s are read as the letters that they are',
    async (type) => {
      const { orchestrator, run, table, outbox, open } = await start();
      await run(`alter table ${outbox} alter column payload type ${type} using payload::text::${type}`);
      const write = (item: string, payload: string) =>
        run(`insert into ${outbox} (kind, work_item_id, payload) values ('t', '${item}', '${payload}')`);
      await write(
        'value',
        String.raw`{"target":"m\u0065rged","attempts":1,"last_verdict":null,"project":"alpha"}`,
      );
      await write(
        'key',
        String.raw`{"t\u0061rget":"merged","attempts":1,"last_verdict":null,"project":"alpha"}`,
      );
      await write(
        'all',
        String.raw`{"\u0074arget":"\u006Derged","attempt\u0073":1,"last_verdict":null,"project":"alpha"}`,
      );
      await write('other', String.raw`{"note":"\u006derged?","target":"review"}`);
      for (const item of ['moved', 'costly']) {
        await run(`insert into ${table('work_items')} (id, phase, attempts, project)
          values ('${item}', 'merged', 2, 'alpha')`);
        await write(item, '{"target":"merged"}');
      }
      await write('moved', String.raw`{"\u0074arget":"build"}`);
      await write('costly', String.raw`{"note":"\u0041 target: none"}`);
      await run(`update ${table('work_items')} set updated_at = now() - interval '1 hour'`);
      const { merges, quarantine } = await readMetrics(await open());
      expect(quarantine.newest.map(({ workItemId, reason }) => [workItemId, reason])).toEqual([
        ['moved', 'facts-unknown'],
      ]);
      expect(merges).toBe(4);
      expect((await orchestrator.events('metric.snapshot')).map(({ workItemId }) => workItemId)).toEqual([
        'value',
        'key',
        'all',
        'costly',
      ]);
    },
  );
});
