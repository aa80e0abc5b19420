/** Own tables of an earlier version, of another outbox, or that were dropped and made again beside a running analyzer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { type AnalyzerConfiguration, ConfigurationChangedError } from '../src/fold/configuration.ts';
import { OtherOutboxError, OwnSchemaVersionError } from '../src/store/own-schema.ts';
import { describeEngines } from './engines.ts';
import { type Outline, plainRates, SMALL } from './histories.ts';
import { type Orchestrator, startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describeEngines((engine) => {
  /** Fewer attempts each time: which merges are in a window shows in its largest. */
  const outline = (index: number): Outline => ({
    project: 'alpha',
    attempts: 20 - index,
    isRebaseConflict: index % 4 === 0,
  });

  async function write(orchestrator: Orchestrator, from: number, to: number): Promise<void> {
    for (let index = from; index < to; index += 1) {
      const { project, attempts, isRebaseConflict } = outline(index);
      const verdict = isRebaseConflict ? 'rebase_conflict' : 'approve';
      await orchestrator.merge({ workItemId: `w${index}`, project, attempts, verdict });
    }
  }

  test('windows that a running analyzer remembers are not believed in an own schema that was made again, however many steps it has had', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const steps = 4;
    const open = () => openMergeAnalyzer(database, { configuration: SMALL });
    const running = await open();
    for (let step = 0; step < steps; step += 1) {
      await write(orchestrator, step, step + 1);
      await running.analyze();
    }
    await orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    const other = await open();
    await other.analyze();
    for (let step = 1; step < steps; step += 1) {
      await write(orchestrator, steps + step - 1, steps + step);
      await other.analyze();
    }
    const merges = 2 * steps - 1;
    await write(orchestrator, merges, merges + 1);
    expect(await running.analyze()).toMatchObject({ merges: 1, mergesSoFar: merges + 1 });
    const newest = (await readRecord(orchestrator)).snapshots.at(-1);
    const expected = plainRates(
      Array.from({ length: merges + 1 }, (_, index) => outline(index)),
      SMALL,
    );
    expect(newest?.rates.rebase_conflict_rate.project?.fraction).toEqual(expected.projectConflicts);
    expect(newest?.rates.p95_attempts_to_merge.project?.value).toBe(expected.projectP95);
  });

  /** What version 1 of the own tables had. It had read up to where it says; ids meant something else there. */
  async function makeVersion1(orchestrator: Orchestrator, ownSchema: string): Promise<void> {
    const position = `"${ownSchema}".log_position`;
    await orchestrator.run(`drop table "${ownSchema}".migration`);
    await orchestrator.run(`alter table "${ownSchema}".analysis drop column rules`);
    const later = [
      'revision',
      'log_order',
      'read_id',
      'seen_xid',
      'outbox_files',
      'noted_id',
      'noted_writers',
    ];
    for (const column of [...later, 'own_version']) {
      await orchestrator.run(`alter table ${position} drop column ${column}`);
    }
    await orchestrator.run(`alter table ${position} add column scan_after_id text,
      add column next_scan_after_id text, add column next_scan_xmax bigint, add column next_scan_writers text[]`);
    await orchestrator.run(`update ${position} set scan_after_id = '1000000', after_created_at = 'infinity',
      after_xid = pg_snapshot_xmin(pg_current_snapshot())::text::bigint, written_xid = pg_current_xact_id()::text::bigint`);
  }

  test.each([
    ['while it was away', 3],
    ['at no time', 0],
  ])(
    'own tables of version 1 are taken over with their merges, states and events, and what merged %s is counted once',
    async (_, missed) => {
      const database = engine.open();
      const orchestrator = await startOrchestrator(database);
      await write(orchestrator, 0, 8);
      await orchestrator.merge({ workItemId: 'bad', attempts: 0 });
      const before = await openMergeAnalyzer(database, { configuration: SMALL });
      await before.analyze();
      await makeVersion1(orchestrator, database.ownSchema);
      const record = await readRecord(orchestrator);
      await write(orchestrator, 8, 8 + missed);
      const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
      expect(await analyzer.analyze()).toMatchObject({
        merges: missed,
        mergesSoFar: 8 + missed,
        quarantined: 0,
      });
      await write(orchestrator, 8 + missed, 9 + missed);
      expect(await analyzer.analyze()).toMatchObject({ merges: 1, mergesSoFar: 9 + missed });
      const { snapshots, crossings } = await readRecord(orchestrator);
      expect(snapshots.slice(0, 8)).toEqual(record.snapshots);
      expect(snapshots.map(({ merge }) => merge.work_item_id)).toEqual(
        Array.from({ length: 9 + missed }, (__, index) => `w${index}`),
      );
      expect(crossings.slice(0, record.crossings.length)).toEqual(record.crossings);
      const expected = plainRates(
        Array.from({ length: 9 + missed }, (__, index) => outline(index)),
        SMALL,
      );
      expect(snapshots.at(-1)?.rates.p95_attempts_to_merge.project?.value).toBe(expected.projectP95);
      expect(
        await orchestrator.run(
          `select own_version, log_order from "${database.ownSchema}".log_position where not exists (
            select from information_schema.columns where table_schema = '${database.ownSchema}' and column_name like '%scan%')`,
        ),
      ).toEqual([{ own_version: 3, log_order: 'id' }]);
    },
  );

  test('own tables from before their steps had numbers are upgraded with all that they hold, and go on', async () => {
    const database = engine.open('fixture');
    const dump = readFileSync(join(import.meta.dirname, 'fixtures/own-tables-version-2.sql'), 'utf8');
    for (const statement of dump.split(/;\n/).filter((text) => text.trim() !== '')) {
      await sql.raw(statement).execute(database.kysely);
    }
    const orchestrator = await startOrchestrator(database);
    const record = await readRecord(orchestrator);
    expect(record.snapshots).toHaveLength(8);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    expect(await analyzer.analyze()).toMatchObject({ merges: 0, quarantined: 0, mergesSoFar: 8 });
    expect(await readRecord(orchestrator)).toEqual(record);
    await write(orchestrator, 8, 9);
    expect(await analyzer.analyze()).toMatchObject({ merges: 1, mergesSoFar: 9 });
    const newest = (await readRecord(orchestrator)).snapshots.at(-1);
    const expected = plainRates(
      Array.from({ length: 9 }, (_, index) => outline(index)),
      SMALL,
    );
    expect(newest?.rates.p95_attempts_to_merge.project?.value).toBe(expected.projectP95);
    expect((await readMetrics(analyzer)).quarantine).toMatchObject({
      count: 1,
      newest: [{ workItemId: 'bad', reason: 'attempts' }],
    });
    expect(await orchestrator.run('select number, name from fixture_own.migration order by number')).toEqual([
      { number: 1, name: 'tables from before steps had numbers' },
      { number: 2, name: 'files of the outbox, rules of a configuration' },
    ]);
  });

  test('a second outbox in the own tables of the first is refused by name, and changes nothing', async () => {
    const first = engine.open();
    await write(await startOrchestrator(first), 0, 3);
    await (await openMergeAnalyzer(first, { configuration: SMALL })).analyze();
    const second = { ...engine.open(), ownSchema: first.ownSchema };
    const orchestrator = await startOrchestrator(second);
    await write(orchestrator, 0, 5);
    const opening = openMergeAnalyzer(second, { configuration: SMALL });
    await expect(opening).rejects.toBeInstanceOf(OtherOutboxError);
    await expect(opening).rejects.toThrow(
      `in the schema ${first.ownSchema} are those of ${first.orchestratorSchema}.events_outbox`,
    );
    expect((await readRecord(orchestrator)).snapshots).toEqual([]);
    expect(await (await openMergeAnalyzer(first, { configuration: SMALL })).analyze()).toMatchObject({
      merges: 0,
      mergesSoFar: 3,
    });
    await orchestrator.run(`drop schema "${first.orchestratorSchema}" cascade`);
    expect(await (await openMergeAnalyzer(second, { configuration: SMALL })).analyze()).toMatchObject({
      merges: 2,
    });
  });

  test('other thresholds under the version of before are refused by what changed, also beside a running analyzer', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    await write(orchestrator, 0, 6);
    const other: AnalyzerConfiguration = {
      ...SMALL,
      rates: { ...SMALL.rates, rebase_conflict_rate: { ...SMALL.rates.rebase_conflict_rate, window: 6 } },
    };
    const running = await openMergeAnalyzer(database, { configuration: other });
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
    const before = await readRecord(orchestrator);
    await write(orchestrator, 6, 7);
    for (const analyze of [running.analyze, running.rebuild]) {
      const refused = analyze();
      await expect(refused).rejects.toBeInstanceOf(ConfigurationChangedError);
      await expect(refused).rejects.toThrow(
        /version "small" with other rates: rebase_conflict_rate was "share, window 5, .*" and is "share, window 6/,
      );
    }
    expect(await readRecord(orchestrator)).toEqual(before);
    const renamed = await openMergeAnalyzer(database, { configuration: { ...other, version: 'other' } });
    expect(await renamed.analyze()).toMatchObject({ merges: 1, mergesSoFar: 7 });
  });

  test('own tables of a later version are refused by their version, and stay as they are', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    await write(orchestrator, 0, 3);
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
    const position = `"${database.ownSchema}".log_position`;
    await orchestrator.run(`insert into "${database.ownSchema}".migration
      select max(number) + 1, 'later', '9.9.9', '2030-01-01' from "${database.ownSchema}".migration`);
    const before = await orchestrator.run(`select * from ${position}`);
    const opening = openMergeAnalyzer(database, { configuration: SMALL });
    await expect(opening).rejects.toBeInstanceOf(OwnSchemaVersionError);
    await expect(opening).rejects.toThrow(
      `in the schema ${database.ownSchema} are of version 3, made by version 9.9.9`,
    );
    expect(await orchestrator.run(`select * from ${position}`)).toEqual(before);
  });
});
