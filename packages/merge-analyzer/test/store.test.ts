// biome-ignore-all lint/style/noExcessiveLinesPerFile: one store, on the embedded database and on a real server
/** The same promises on the embedded database and on a real server. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import type { AnalyzerConfiguration } from '../src/fold/configuration.ts';
import { formatScope } from '../src/fold/crossing.ts';
import { EMPTY_STATE, foldMerges } from '../src/fold/merge-state.ts';
import { crashAtStatement, failOnce } from './crash-at-statement.ts';
import { describeEngines } from './engines.ts';
import { type Outline, plainRates, repeat, SMALL, toMerges } from './histories.ts';
import { loseEveryReply } from './lose-commit-reply.ts';
import { type Orchestrator, startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

/** Both directions, twice, in two projects. */
const RESTLESS: readonly Outline[] = [
  ...repeat(6),
  ...repeat(5, { attempts: 3, isRebaseConflict: true }),
  ...repeat(4, { project: 'beta' }),
  ...repeat(7, { isRebaseConflict: false }),
  ...repeat(6, { project: 'beta', attempts: 2, isRebaseConflict: true }),
  ...repeat(8, { project: 'beta' }),
];

/** Of one merge: what reads, and what commits. */
const STATEMENTS_A_STEP = 2;

describeEngines((engine) => {
  async function start(): Promise<{ database: AnalyzerDatabase; orchestrator: Orchestrator }> {
    const database = engine.open();
    return { database, orchestrator: await startOrchestrator(database) };
  }

  test('records the expected rates at every merge, and every crossing once', async () => {
    const { database, orchestrator } = await start();
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    await write(orchestrator, RESTLESS);
    await analyzer.analyze();
    const { snapshots, crossings } = await readRecord(orchestrator);
    expect(snapshots).toHaveLength(RESTLESS.length);
    snapshots.forEach(({ rates, merge }, index) => {
      const plain = plainRates(RESTLESS.slice(0, index + 1), SMALL);
      expect(merge).toMatchObject({ ordinal: index + 1, project: RESTLESS[index]?.project });
      expect(rates.first_pass_merge_rate.global.fraction).toEqual(plain.firstPass);
      expect(rates.rebase_conflict_rate.project).toMatchObject({
        fraction: plain.projectConflicts,
        source: plain.source,
      });
      expect(rates.p95_attempts_to_merge.project.value).toBe(plain.projectP95);
    });
    const expected = foldMerges(EMPTY_STATE, toMerges(RESTLESS), SMALL).crossings;
    expect(expected.map(({ direction }) => direction)).toEqual(expect.arrayContaining(['up', 'down']));
    expect(crossings.map(identity)).toEqual(
      expected.map(({ rate, scope, direction, value, previousState, newState, merge }) => [
        rate,
        formatScope(scope),
        direction,
        value,
        previousState,
        newState,
        `w${merge.ordinal}`,
      ]),
    );
  });

  test('gives the same on every merge as on demand', async () => {
    const [eager, lazy] = [await start(), await start()];
    const eagerAnalyzer = await openMergeAnalyzer(eager.database, { configuration: SMALL });
    for (const [index] of RESTLESS.entries()) {
      await write(eager.orchestrator, RESTLESS, index, index + 1);
      await eagerAnalyzer.analyze();
    }
    await write(lazy.orchestrator, RESTLESS);
    await (await openMergeAnalyzer(lazy.database, { configuration: SMALL })).analyze();
    expect(withoutIds(await readRecord(eager.orchestrator))).toEqual(
      withoutIds(await readRecord(lazy.orchestrator)),
    );
  });

  test('says how far an empty and a partial window are from a value', async () => {
    const { database, orchestrator } = await start();
    const analyzer = await openMergeAnalyzer(database);
    const empty = await readMetrics(analyzer);
    expect(empty).toMatchObject({ merges: 0, newestMerge: null, projects: [], heldBack: 0 });
    expect(empty.global.first_pass_merge_rate).toEqual({
      value: null,
      fraction: null,
      n: 0,
      window: 50,
      state: 'unknown',
    });
    await write(orchestrator, repeat(23));
    const partial = await readMetrics(analyzer);
    expect(partial.global.first_pass_merge_rate).toMatchObject({ value: null, n: 23, window: 50 });
    expect(partial.projects).toMatchObject([
      { project: 'alpha', rebase_conflict_rate: { value: null, source: 'global', own_n: 23 } },
    ]);
    expect(partial.newestMerge).toMatchObject({ workItemId: 'w23', project: 'alpha' });
  });

  test.each<[string, readonly Outline[], object]>([
    [
      '35/50',
      [...repeat(35), ...repeat(15, { attempts: 2 })],
      { metric: 'first_pass_merge_rate', direction: 'down', value: 0.7 },
    ],
    [
      '5/100',
      repeatConflicts(5),
      { metric: 'rebase_conflict_rate', scope: 'global', direction: 'down', value: 0.05 },
    ],
    [
      '10/100',
      repeatConflicts(10),
      { metric: 'rebase_conflict_rate', scope: 'global', direction: 'up', value: 0.1 },
    ],
  ])('announces %s: exactly on the threshold', async (_, history, expected) => {
    const { database, orchestrator } = await start();
    await write(orchestrator, history);
    await (await openMergeAnalyzer(database)).analyze();
    expect((await readRecord(orchestrator)).crossings).toContainEqual(expect.objectContaining(expected));
  });

  test('counts a work item once: first event, whatever is sent again, re-opened or merged again', async () => {
    const { database, orchestrator } = await start();
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    await orchestrator.merge({ workItemId: 'a', attempts: 1 });
    await orchestrator.merge({ workItemId: 'a', attempts: 1 }, { workItemId: 'b', attempts: 2 });
    await analyzer.analyze();
    await orchestrator.emit('a', { target: 'reopened' });
    await orchestrator.merge({ workItemId: 'a', attempts: 5, verdict: 'rebase_conflict' });
    await analyzer.analyze();
    const { snapshots } = await readRecord(orchestrator);
    expect(snapshots.map(({ merge }) => [merge.work_item_id, merge.attempts])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  test('announces nothing again: not when repeated, not by a rebuild, not with its own tables lost', async () => {
    const { database, orchestrator } = await start();
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    await write(orchestrator, RESTLESS);
    await analyzer.analyze();
    const before = await readRecord(orchestrator);
    const own = await ownTables(database);
    expect(await analyzer.analyze()).toMatchObject({ merges: 0, crossings: 0 });
    await analyzer.rebuild();
    expect(await readRecord(orchestrator)).toEqual(before);
    expect(await ownTables(database)).toEqual(own);
    await orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    const again = await openMergeAnalyzer(database, { configuration: SMALL });
    await again.analyze();
    expect(await readRecord(orchestrator)).toEqual(before);
    expect(await ownTables(database)).toEqual(own);
  });

  test('rebuilds the same from the transitions alone, without its own events', async () => {
    const { database, orchestrator } = await start();
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    for (const [index] of RESTLESS.entries()) {
      await write(orchestrator, RESTLESS, index, index + 1);
      if (index % 5 === 0) await analyzer.analyze();
    }
    await analyzer.analyze();
    const before = await readRecord(orchestrator);
    await orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    await orchestrator.run(`delete from ${orchestrator.table('events_outbox')} where kind like 'metric.%'`);
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
    expect(await readRecord(orchestrator)).toEqual(before);
  });

  test('a crash at any statement and a second start give what no crash gives', async () => {
    const calm = await start();
    await write(calm.orchestrator, RESTLESS);
    await (await openMergeAnalyzer(calm.database, { configuration: SMALL })).analyze();
    const expected = await readRecord(calm.orchestrator);
    const { database, orchestrator } = await start();
    await write(orchestrator, RESTLESS, 0, 20);
    let crashes = 0;
    for (let written = 20, statement = 1; ; statement += 1) {
      const attempt = crashAtStatement(database, statement);
      try {
        const analyzer = await openMergeAnalyzer(attempt.database, { configuration: SMALL });
        await analyzer.analyze();
        if (written < RESTLESS.length) await write(orchestrator, RESTLESS, written, RESTLESS.length);
        written = RESTLESS.length;
        await analyzer.analyze();
        if (!attempt.hasCrashed()) break;
      } catch (error) {
        if (!attempt.hasCrashed()) throw error;
        crashes += 1;
      }
    }
    expect(crashes).toBeGreaterThan(20);
    expect(withoutIds(await readRecord(orchestrator))).toEqual(withoutIds(expected));
  });

  test('an analyzer that goes on after any refused statement gives what no refusal gives', async () => {
    const [calm, { database, orchestrator }] = [await start(), await start()];
    await write(calm.orchestrator, RESTLESS);
    await (await openMergeAnalyzer(calm.database, { configuration: SMALL })).analyze();
    const faulty = failOnce(database);
    const analyzer = await openMergeAnalyzer(faulty.database, { configuration: SMALL });
    for (const [index] of RESTLESS.entries()) {
      await write(orchestrator, RESTLESS, index, index + 1);
      faulty.failAt(1 + (index % STATEMENTS_A_STEP));
      await analyzer.analyze().catch(() => analyzer.analyze());
    }
    expect(faulty.failures()).toBeGreaterThan(RESTLESS.length / 2);
    expect(withoutIds(await readRecord(orchestrator))).toEqual(
      withoutIds(await readRecord(calm.orchestrator)),
    );
  });

  test.each([
    ['the analyzer that lost it', false],
    ['a new one', true],
  ])('a commit whose reply is lost is not repeated by %s', async (_, isNew) => {
    const calm = await start();
    await write(calm.orchestrator, RESTLESS);
    await (await openMergeAnalyzer(calm.database, { configuration: SMALL })).analyze();
    const { database, orchestrator } = await start();
    await openMergeAnalyzer(database, { configuration: SMALL });
    const analyzer = await openMergeAnalyzer(loseEveryReply(database), { configuration: SMALL });
    for (let from = 0; from < RESTLESS.length; from += 4) {
      await write(orchestrator, RESTLESS, from, from + 4);
      await expect(analyzer.analyze()).rejects.toThrow('the reply to the commit is lost');
      const next = isNew ? await openMergeAnalyzer(database, { configuration: SMALL }) : analyzer;
      expect(await next.analyze()).toMatchObject({ merges: 0, crossings: 0, mergesSoFar: from + 4 });
      if (isNew) await analyzer.analyze();
    }
    expect(withoutIds(await readRecord(orchestrator))).toEqual(
      withoutIds(await readRecord(calm.orchestrator)),
    );
  });

  test('the database refuses a second crossing of the same identity, whoever writes it', async () => {
    const { database, orchestrator } = await start();
    await write(orchestrator, RESTLESS);
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
    const crossing = sql.table(`${database.ownSchema}.crossing`);
    const again = sql`insert into ${crossing} select * from ${crossing} limit 1`.execute(database.kysely);
    await expect(again).rejects.toThrow(/duplicate key/);
  });

  test('a second configuration has crossings of its own, and changes none of the first', async () => {
    const { database, orchestrator } = await start();
    await write(orchestrator, RESTLESS);
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
    const before = await readRecord(orchestrator);
    const other: AnalyzerConfiguration = { ...SMALL, version: 'other' };
    const analyzer = await openMergeAnalyzer(database, { configuration: other });
    expect(await analyzer.analyze()).toMatchObject({ merges: 0, crossings: before.crossings.length });
    const after = await readRecord(orchestrator);
    expect(after.crossings.filter(({ configuration_version }) => configuration_version === 'small')).toEqual(
      before.crossings,
    );
    expect(after.snapshots).toHaveLength(2 * before.snapshots.length);
  });

  test('a restored dump loses no merge and repeats none, though all its transaction ids changed', async () => {
    const { database, orchestrator } = await start();
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    await write(orchestrator, RESTLESS, 0, 20);
    await analyzer.analyze();
    const before = await readRecord(orchestrator);
    await write(orchestrator, RESTLESS, 20, 22);
    await restoreDump(database);
    await write(orchestrator, RESTLESS, 22, 24);
    const restored = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(await restored.analyze()).toMatchObject({ merges: 4 });
    expect(await restored.analyze()).toMatchObject({ merges: 0 });
    const { snapshots } = await readRecord(orchestrator);
    expect(snapshots.slice(0, 20)).toEqual(before.snapshots);
    expect(snapshots.map(({ merge }) => merge.work_item_id)).toEqual(
      toMerges(RESTLESS)
        .slice(0, 24)
        .map(({ workItemId }) => workItemId),
    );
  });

  test('an outbox that was emptied and counts its ids from the start is read on', async () => {
    const { database, orchestrator } = await start();
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    await write(orchestrator, RESTLESS, 0, 20);
    await analyzer.analyze();
    await orchestrator.run(`truncate ${orchestrator.table('events_outbox')} restart identity`);
    await orchestrator.merge({ workItemId: 'new' });
    expect(await analyzer.analyze()).toMatchObject({ merges: 1 });
    await expect(analyzer.rebuild()).rejects.toThrow(
      '21 merges were counted, and events_outbox records 1 of them',
    );
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 21 });
  });

  test('calls that overlap wait for each other', async () => {
    const { database, orchestrator } = await start();
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    await write(orchestrator, RESTLESS);
    const reports = await Promise.all([
      analyzer.analyze(),
      analyzer.analyze(),
      readMetrics(analyzer),
      analyzer.rebuild(),
    ]);
    expect(reports[0]).toMatchObject({ merges: RESTLESS.length });
    expect((await readRecord(orchestrator)).snapshots).toHaveLength(RESTLESS.length);
  });

  test.each([
    ['come in the order of their ids, whatever their times are', 1, ['third', 'first', 'fourth', 'second']],
    [
      'whose ids say nothing come in the order of their times, those of one time by id',
      20,
      ['first', 'second', 'third', 'fourth'],
    ],
  ])('merges of one transaction %s', async (_, cache, expected) => {
    const { database, orchestrator } = await start();
    await orchestrator.run(
      `alter table ${orchestrator.table('events_outbox')} alter column id set cache ${cache}`,
    );
    const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
    await orchestrator.merge(
      { workItemId: 'third', createdAt: at(2) },
      { workItemId: 'first', createdAt: at(1) },
      { workItemId: 'fourth', createdAt: at(2) },
      { workItemId: 'second', createdAt: at(1) },
    );
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
    const { snapshots } = await readRecord(orchestrator);
    expect(snapshots.map(({ merge }) => merge.work_item_id)).toEqual(expected);
  });

  test('a long history is read in several pieces, with the same result', async () => {
    const { database, orchestrator } = await start();
    const history = Array.from({ length: 12_000 }, (_, index) => RESTLESS[index % RESTLESS.length]).flatMap(
      (outline) => outline ?? [],
    );
    await write(orchestrator, history);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL, rowsPerStep: 5_000 });
    expect(await analyzer.analyze()).toMatchObject({ merges: 12_000, hasMore: false });
    const { crossings } = await readRecord(orchestrator);
    const expected = foldMerges(EMPTY_STATE, toMerges(history), SMALL).crossings;
    expect(crossings.map(({ work_item_id }) => work_item_id)).toEqual(
      expected.map(({ merge }) => merge.workItemId),
    );
  });
});

function identity(crossing: Awaited<ReturnType<typeof readRecord>>['crossings'][number]): readonly unknown[] {
  const { metric, scope, direction, fraction, previous_state, new_state, work_item_id } = crossing;
  return [metric, scope, direction, fraction, previous_state, new_state, work_item_id];
}

/** So many conflicts at the end of 100 merges. */
function repeatConflicts(count: number): readonly Outline[] {
  return [...repeat(100 - count), ...repeat(count, { isRebaseConflict: true })];
}

async function write(
  orchestrator: Orchestrator,
  history: readonly Outline[],
  from = 0,
  to = history.length,
): Promise<void> {
  const merges = toMerges(history).slice(from, to);
  await orchestrator.merge(
    ...merges.map(({ workItemId, project, attempts, isRebaseConflict, mergedAt }) => ({
      workItemId,
      project,
      attempts,
      createdAt: mergedAt,
      verdict: isRebaseConflict ? 'rebase_conflict' : 'approve',
    })),
  );
}

/** Event ids depend on how many events of ours lie in between. */
function withoutIds({ snapshots, crossings }: Awaited<ReturnType<typeof readRecord>>) {
  return {
    snapshots: snapshots.map(({ merge, ...rest }) => ({ ...rest, merge: { ...merge, event_id: '' } })),
    crossings: crossings.map((crossing) => ({ ...crossing, merge_event_id: '' })),
  };
}

async function ownTables({ kysely, ownSchema }: AnalyzerDatabase): Promise<readonly unknown[]> {
  const own = kysely.withSchema(ownSchema);
  return [
    await own.selectFrom('merge').selectAll().orderBy('ordinal').execute(),
    await own.selectFrom('trigger_state').selectAll().orderBy('scope').orderBy('rate').execute(),
    await own
      .selectFrom('crossing')
      .selectAll()
      .orderBy('merge_event_id')
      .orderBy('rate')
      .orderBy('scope')
      .execute(),
  ];
}

/** What a dump and its restoring leave: every row written again, by one transaction a table. */
async function restoreDump({ kysely, orchestratorSchema, ownSchema }: AnalyzerDatabase): Promise<void> {
  for (const table of [`${orchestratorSchema}.events_outbox`, `${ownSchema}.log_position`]) {
    await kysely.transaction().execute(async (transaction) => {
      await sql`create temp table dump on commit drop as select * from ${sql.table(table)}`.execute(
        transaction,
      );
      await sql`truncate ${sql.table(table)}`.execute(transaction);
      await sql`insert into ${sql.table(table)} select * from dump`.execute(transaction);
    });
  }
  // The server that was dumped had used more transaction ids than this one.
  await sql`update ${sql.table(`${ownSchema}.log_position`)} set after_xid = after_xid + 1000000`.execute(
    kysely,
  );
}
