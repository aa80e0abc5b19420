/** Own tables that an earlier version made, or that were dropped and made again beside a running analyzer. */
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { OwnSchemaVersionError } from '../src/store/own-schema.ts';
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
    const later = [
      'revision',
      'log_order',
      'read_id',
      'seen_xid',
      'outbox_file',
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
      ).toEqual([{ own_version: 2, log_order: 'id' }]);
    },
  );

  test('own tables of a later version are refused by their version, and stay as they are', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    await write(orchestrator, 0, 3);
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
    const position = `"${database.ownSchema}".log_position`;
    await orchestrator.run(`update ${position} set own_version = 3`);
    const before = await orchestrator.run(`select * from ${position}`);
    const opening = openMergeAnalyzer(database, { configuration: SMALL });
    await expect(opening).rejects.toBeInstanceOf(OwnSchemaVersionError);
    await expect(opening).rejects.toThrow(`in the schema ${database.ownSchema} are of version 3`);
    expect(await orchestrator.run(`select * from ${position}`)).toEqual(before);
  });
});
