import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { describeEngines } from './engines.ts';
import { plainRates, repeat, SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describeEngines((engine) => {
  test('an analyzer that has just begun and finds nothing but an event it sets aside keeps the windows', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    for (const index of repeat(6).keys()) await orchestrator.merge({ workItemId: `w${index}` });
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
    const begun = await openMergeAnalyzer(database, { configuration: SMALL });
    await orchestrator.merge({ workItemId: 'bad', attempts: 0 });
    expect(await begun.analyze()).toMatchObject({ merges: 0, quarantined: 1 });
    await orchestrator.merge({ workItemId: 'last', attempts: 2 });
    expect(await begun.analyze()).toMatchObject({ merges: 1 });
    const plain = plainRates([...repeat(6), ...repeat(1, { attempts: 2 })], SMALL);
    const newest = (await readRecord(orchestrator)).snapshots.at(-1);
    expect(newest?.rates.first_pass_merge_rate.global.fraction).toEqual(plain.firstPass);
    expect(newest?.rates.rebase_conflict_rate.global.fraction).toEqual(plain.globalConflicts);
  });
});
