import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readHistory } from '../src/commands/read-history.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { OrchestratorSchemaError } from '../src/log/schema-demands.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

/** As long as a text may be that does not compress: more than an index takes. */
const LONG = Array.from({ length: 100 }, (_, index) =>
  createHash('sha256').update(String(index)).digest('hex'),
).join('');

describeEngines((engine) => {
  async function start() {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    return { database, orchestrator, analyzer: await openMergeAnalyzer(database, { configuration: SMALL }) };
  }

  const good = { target: 'merged', attempts: 1, last_verdict: 'approve', project: 'alpha' };

  test.each<[string, string | null, unknown, string, RegExp]>([
    [
      'a payload encoded twice',
      'bad',
      JSON.stringify(good),
      'payload-unreadable',
      /^event 2 \(work item bad\): its payload is not a JSON object/,
    ],
    [
      'attempts of 0',
      'bad',
      { ...good, attempts: 0 },
      'attempts',
      /^event 2 \(work item bad\): its attempts are 0; allowed: a whole number, 1 or more$/,
    ],
    ['negative attempts', 'bad', { ...good, attempts: -2 }, 'attempts', /attempts are -2/],
    ['half an attempt', 'bad', { ...good, attempts: 1.5 }, 'attempts', /attempts are 1.5/],
    ['attempts as a text', 'bad', { ...good, attempts: '1' }, 'attempts', /attempts are "1"/],
    ['attempts beyond counting', 'bad', { ...good, attempts: 1e300 }, 'attempts', /attempts are 1e\+300/],
    ['an empty project', 'bad', { ...good, project: ' ' }, 'project', /project is " "/],
    ['a project too long for an index', 'bad', { ...good, project: LONG }, 'project', /1024 bytes/],
    ['a verdict that is none', 'bad', { ...good, last_verdict: 7 }, 'verdict', /verdict is 7/],
    ['no work item', null, good, 'no-work-item', /^event 2: its work_item_id is null/],
    [
      'an emoji where the sentence is cut',
      'bad',
      { target: 'merged', verdict: { comment: `${'x'.repeat(67)}🚀 to the moon` } },
      'verdict',
      /verdict is \{"comment":"x{67}…; allowed/,
    ],
    [
      'an emoji where a payload encoded twice is cut',
      'bad',
      JSON.stringify({ ...good, last_verdict: `x${'🚀'.repeat(40)}` }),
      'payload-unreadable',
      /🚀…$/,
    ],
    [
      'no project, and no work item to ask',
      'bad',
      { target: 'merged', attempts: 1, last_verdict: null },
      'facts-unknown',
      /nothing of project, and there is no such work item/,
    ],
  ])('%s is set aside by name, and the rest is counted', async (_, workItemId, payload, reason, detail) => {
    const { orchestrator, analyzer } = await start();
    await orchestrator.merge({ workItemId: 'before' });
    await orchestrator.emit(workItemId, payload);
    await orchestrator.merge({ workItemId: 'after' });
    const report = await readMetrics(analyzer);
    expect(report).toMatchObject({ merges: 2, analyzed: { quarantined: 1 }, quarantine: { count: 1 } });
    expect(report.quarantine.newest).toMatchObject([
      { eventId: '2', workItemId, reason, detail: expect.stringMatching(detail) },
    ]);
    expect(await readMetrics(analyzer)).toMatchObject({
      analyzed: { quarantined: 0 },
      quarantine: { count: 1 },
    });
    await analyzer.rebuild();
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 2, quarantine: { count: 1 } });
  });

  test('a work item id too long for an index is set aside under a short name, each event of it', async () => {
    const { orchestrator, analyzer } = await start();
    await orchestrator.merge({ workItemId: LONG }, { workItemId: LONG }, { workItemId: 'after' });
    await orchestrator.emit(LONG, 'encoded twice: "merged"');
    const report = await readMetrics(analyzer);
    expect(report).toMatchObject({ merges: 1, quarantine: { count: 3 } });
    expect(report.quarantine.newest.map(({ workItemId, reason }) => [workItemId, reason])).toEqual([
      [null, 'payload-unreadable'],
      [null, 'work-item-too-long'],
      [null, 'work-item-too-long'],
    ]);
    expect(report.quarantine.newest[2]?.detail).toMatch(/^event 1 \(work item [0-9a-f]{80}…\): .*1024 bytes/);
  });

  test('a time before the year 1 and attempts beyond all numbers are set aside for what they are', async () => {
    const { orchestrator, analyzer } = await start();
    const outbox = orchestrator.table('events_outbox');
    await orchestrator.run(`insert into ${outbox} (kind, work_item_id, payload, created_at) values
      ('t', 'caesar', '{"target":"merged","attempts":1,"last_verdict":null,"project":"a"}', '0044-03-15 BC'),
      ('t', 'huge', '{"target":"merged","attempts":1e400,"last_verdict":null,"project":"a"}', now())`);
    await orchestrator.merge({ workItemId: 'good' });
    const { merges, quarantine } = await readMetrics(analyzer);
    expect(merges).toBe(1);
    expect(quarantine.newest.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/huge.*attempts are Infinity/),
      expect.stringMatching(/caesar.*before the year 1/),
    ]);
  });

  test('every merge without a work item is set aside, an empty text like null', async () => {
    const { orchestrator, analyzer } = await start();
    for (const workItemId of ['', null, '', '']) await orchestrator.emit(workItemId, good);
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 0, quarantine: { count: 4 } });
  });

  test('an event without a kind is read like any other', async () => {
    const { orchestrator, analyzer } = await start();
    const outbox = orchestrator.table('events_outbox');
    await orchestrator.run(`alter table ${outbox} alter column kind drop not null`);
    await orchestrator.run(`insert into ${outbox} (work_item_id, payload) values
      ('no kind', '${JSON.stringify(good)}')`);
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 1, heldBack: 0 });
  });

  test('of more than 20 that were set aside in one step, the newest 20 are shown, newest first', async () => {
    const { orchestrator, analyzer } = await start();
    for (let count = 1; count <= 25; count += 1) {
      await orchestrator.merge({ workItemId: `bad ${count}`, attempts: 0 });
    }
    const { analyzed, quarantine } = await readMetrics(analyzer);
    expect([analyzed.quarantined, quarantine.count]).toEqual([25, 25]);
    expect(quarantine.newest.map(({ workItemId }) => workItemId)).toEqual(
      Array.from({ length: 20 }, (_, index) => `bad ${25 - index}`),
    );
  });

  test('a merge that was set aside is still the first: a later one does not take its place', async () => {
    const { orchestrator, analyzer } = await start();
    await orchestrator.merge({ workItemId: 'a', attempts: 0 });
    await orchestrator.merge({ workItemId: 'a', attempts: 2 });
    await analyzer.analyze();
    await orchestrator.merge({ workItemId: 'a', attempts: 3 });
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 0, quarantine: { count: 1 } });
  });

  test('a clock that goes backwards sets the row of the jump aside, not those after it', async () => {
    const { orchestrator, analyzer } = await start();
    for (const [workItemId, createdAt] of [
      ['noon', '2026-03-01T12:00:00Z'],
      ['a little early', '2026-03-01T11:59:00Z'],
      ['jump', '2026-03-01T06:00:00Z'],
      ['after the jump', '2026-03-01T06:01:00Z'],
      ['ahead', '2126-01-01T00:00:00Z'],
      ['far ahead', '12026-01-01T00:00:00Z'],
      ['later', '2026-03-01T06:02:00Z'],
    ] as const) {
      await orchestrator.merge({ workItemId, createdAt });
    }
    const report = await readMetrics(analyzer);
    expect(report.quarantine.newest.map(({ workItemId, reason }) => [workItemId, reason]).sort()).toEqual([
      ['ahead', 'clock-ahead'],
      ['far ahead', 'clock-ahead'],
      ['jump', 'clock-backwards'],
    ]);
    expect((await readRecord(orchestrator)).snapshots.map(({ merge }) => merge.work_item_id)).toEqual([
      'noon',
      'a little early',
      'after the jump',
      'later',
    ]);
  });

  test('a text column with anything in it is read as far as it is JSON', async () => {
    const { database, orchestrator } = await start();
    await orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    await orchestrator.run(
      `alter table ${orchestrator.table('events_outbox')} alter column payload type text`,
    );
    const insert = (item: string, payload: string) =>
      orchestrator.run(
        `insert into ${orchestrator.table('events_outbox')} (kind, work_item_id, payload) values ('t', '${item}', '${payload}')`,
      );
    await insert('good', JSON.stringify(good));
    await insert('torn', '{"target":"merged"');
    await insert('other', '{"target":"ready","note":"not merged"}');
    await insert('nul', JSON.stringify({ ...good, project: 'a\u0000b' }));
    await insert('half', '{"target":"merged","attempts":1,"last_verdict":null,"project":"\\ud800"}');
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    const report = await readMetrics(analyzer);
    expect(report).toMatchObject({ merges: 1, heldBack: 0 });
    expect(report.quarantine.newest.map(({ workItemId, reason }) => [workItemId, reason]).sort()).toEqual([
      ['half', 'project'],
      ['nul', 'project'],
      ['torn', 'payload-unreadable'],
    ]);
    await analyzer.rebuild();
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 1, quarantine: { count: 3 } });
  });

  test('a json column may hold what a text cannot, in merges and in other events', async () => {
    const { database, orchestrator } = await start();
    const outbox = orchestrator.table('events_outbox');
    await orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    await orchestrator.run(`alter table ${outbox} alter column payload type json`);
    await orchestrator.run(`insert into ${orchestrator.table('work_items')} (id, phase, attempts, last_verdict, project)
      values ('asks', 'merged', 3, null, 'beta')`);
    const insert = (item: string, payload: unknown) =>
      orchestrator.run(
        `insert into ${outbox} (kind, work_item_id, payload) values ('t', '${item}', '${JSON.stringify(payload)}')`,
      );
    await insert('other', { target: 'ready', note: 'a\u0000b', was: 'merged' });
    await insert('good', { ...good, last_verdict: 'a\u0000b' });
    await insert('bad', { ...good, project: 'a\u0000b' });
    await insert('twice', JSON.stringify({ ...good, note: '\u0000' }));
    await insert('text', 'it was merged');
    await insert('asks', { target: 'merged' });
    await insert('asks', { target: 'merged', note: '\u0000' });
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    const expected = { merges: 2, heldBack: 0, quarantine: { count: 2 } };
    const report = await readMetrics(analyzer);
    expect(report).toMatchObject(expected);
    expect(report.quarantine.newest.map(({ workItemId, reason }) => [workItemId, reason]).sort()).toEqual([
      ['bad', 'project'],
      ['twice', 'payload-unreadable'],
    ]);
    expect(await readHistory(analyzer, { rate: 'first_pass_merge_rate' })).toHaveLength(2);
    await analyzer.rebuild();
    expect(await readMetrics(analyzer)).toMatchObject(expected);
  });

  test.each([
    ['events_outbox', undefined, 'drop table %'],
    ['work_items', undefined, 'drop table %'],
    ['events_outbox', 'payload', 'alter table % drop column payload'],
    ['work_items', 'attempts', 'alter table % drop column attempts'],
  ])(
    'a missing %s %s is named, with what is read and where to say otherwise',
    async (table, column, statement) => {
      const database = engine.open();
      const orchestrator = await startOrchestrator(database);
      await orchestrator.run(statement.replace('%', orchestrator.table(table)));
      const opening = openMergeAnalyzer(database);
      await expect(opening).rejects.toBeInstanceOf(OrchestratorSchemaError);
      await expect(opening).rejects.toMatchObject({ table, column });
      await expect(opening).rejects.toThrow(column ?? table);
      await expect(opening).rejects.toThrow('orchestratorSchema says in which schema');
    },
  );

  test('what the payload leaves out comes from the work item', async () => {
    const { orchestrator, analyzer } = await start();
    await orchestrator.run(`insert into ${orchestrator.table('work_items')} (id, phase, attempts, last_verdict, project)
      values ('a', 'merged', 3, 'rebase_conflict', 'beta')`);
    await orchestrator.emit('a', { target: 'merged' });
    await orchestrator.emit('a', { target: 'merged' });
    await analyzer.analyze();
    await orchestrator.run(
      `update ${orchestrator.table('work_items')} set attempts = 9, last_verdict = null`,
    );
    await analyzer.rebuild();
    expect((await readRecord(orchestrator)).snapshots.map(({ merge }) => merge)).toMatchObject([
      { work_item_id: 'a', attempts: 3, rebase_conflict: true, project: 'beta' },
    ]);
  });

  test('a work item that moved on since says nothing of its merge: unknown, not guessed', async () => {
    const { orchestrator, analyzer } = await start();
    await orchestrator.run(`insert into ${orchestrator.table('work_items')} (id, phase, attempts, last_verdict, project)
      values ('a', 'building', 4, null, 'beta')`);
    await orchestrator.emit('a', { target: 'merged' });
    await orchestrator.emit('a', { from: 'merged', target: 'reopened' });
    const report = await readMetrics(analyzer);
    expect(report).toMatchObject({ merges: 0, quarantine: { count: 1 } });
    expect(report.quarantine.newest[0]?.detail).toMatch(
      /nothing of attempts, last_verdict, project, and the log has a later move of the work item/,
    );
  });
});
