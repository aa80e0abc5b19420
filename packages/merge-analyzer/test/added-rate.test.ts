/** A rate that is added to the table, and to nothing else, is folded, stored, announced, read and explained. */
import { MERGE_RATES, type MergeRate } from '@ephemetry/contract';
import { expect, test } from 'vitest';
import { explainRate } from '../src/commands/explain-rate.ts';
import { importMerges } from '../src/commands/import-merges.ts';
import { readHistory } from '../src/commands/read-history.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import type { RateDefinition } from '../src/fold/rate-definition.ts';
import {
  createOrchestratorTables,
  DEFAULT_CONFIGURATION,
  openMergeAnalyzer,
  openPglite,
} from '../src/index.ts';

/** As if the contract declared it. */
const NAME = 'second_try_rate' as MergeRate;
const SECOND_TRY: RateDefinition = {
  ...DEFAULT_CONFIGURATION.rates[MERGE_RATES.p95AttemptsToMerge],
  name: NAME,
  kind: 'share',
  of: ({ attempts }) => attempts === 2,
  window: 4,
  scopes: 'project',
  thresholds: { low: { numerator: 1, denominator: 4 }, high: { numerator: 3, denominator: 4 } },
};

test('a rate that is added to the table is folded, stored, announced, read and explained', async () => {
  const database = openPglite();
  await createOrchestratorTables(database);
  const rates = { ...DEFAULT_CONFIGURATION.rates, [NAME]: SECOND_TRY };
  const analyzer = await openMergeAnalyzer(database, { configuration: { version: 'four', rates } });
  await importMerges(analyzer, [1, 2, 2, 2, 1].map(toLine));
  const report = await readMetrics(analyzer);
  const expected = { fraction: { numerator: 3, denominator: 4 }, n: 4, window: 4, state: 'high' };
  expect(report.global[NAME]).toMatchObject(expected);
  expect(report.projects).toMatchObject([{ project: 'alpha', [NAME]: expected }]);
  expect(await explainRate(analyzer, { rate: NAME })).toMatchObject({ state: 'high', ownN: 4 });
  const history = await readHistory(analyzer, { rate: NAME });
  expect(history.map(({ value, crossed }) => [value, crossed])).toEqual([
    [0.75, null],
    [0.75, 'up'],
    ...Array(3).fill([null, null]),
  ]);
  const stored = await database.kysely
    .withSchema(database.ownSchema)
    .selectFrom('trigger_state')
    .select(['scope', 'rate', 'state'])
    .execute();
  expect(stored).toEqual(
    expect.arrayContaining([
      { scope: 'global', rate: NAME, state: 'high' },
      { scope: 'project:alpha', rate: NAME, state: 'high' },
    ]),
  );
  await database.close();
});

function toLine(attempts: number, index: number): string {
  return JSON.stringify({
    work_item_id: `w${index}`,
    project: 'alpha',
    attempts,
    last_verdict: 'approve',
    merged_at: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
  });
}
