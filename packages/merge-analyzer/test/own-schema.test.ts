/** Own tables that an earlier version made, or that were dropped and made again beside a running analyzer. */
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
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
    expect(newest?.rates.rebase_conflict_rate.project.fraction).toEqual(expected.projectConflicts);
    expect(newest?.rates.p95_attempts_to_merge.project.value).toBe(expected.projectP95);
  });
});
