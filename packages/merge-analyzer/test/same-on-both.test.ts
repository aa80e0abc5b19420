/** Random histories with everything that can be wrong in them: both engines agree with the plain fold. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { EMPTY_STATE, foldMerges } from '../src/fold/merge-state.ts';
import { engineOfTests, isPostgresqlMissing, type RunningEngine, WHY_SKIPPED } from './engines.ts';
import { SMALL, toMerges } from './histories.ts';
import { startOrchestrator, type WrittenMerge } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

/** What the orchestrator and the operator may do next. */
const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('merge' as const),
      item: fc.nat(40),
      attempts: fc.integer({ min: 0, max: 3 }),
      isConflict: fc.boolean(),
      project: fc.constantFrom('alpha', 'beta'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), item: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('analyze' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rebuild' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replay' as const), upTo: fc.nat(50) }) },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

const engines: readonly RunningEngine[] = [engineOfTests('pglite'), engineOfTests('postgresql')];

test.skipIf(isPostgresqlMissing)(
  `PGlite = PostgreSQL = the plain fold, however often it is analyzed and rebuilt in between${WHY_SKIPPED}`,
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 50 }), async (actions) => {
        const [embedded, real] = await Promise.all(engines.map((engine) => play(engine, actions)));
        expect(embedded).toEqual(real);
        expect(embedded?.crossings.map(({ work_item_id, direction }) => [work_item_id, direction])).toEqual(
          plainCrossings(actions),
        );
      }),
      { numRuns: 8 },
    );
  },
);

async function play(engine: RunningEngine, actions: readonly Action[]) {
  const database = engine.open();
  const orchestrator = await startOrchestrator(database);
  const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
  const start = Date.UTC(2026, 0, 1);
  const written: WrittenMerge[] = [];
  for (const [index, next] of actions.entries()) {
    const createdAt = new Date(start + index * 1000).toISOString();
    if (next.do === 'merge') {
      const { project, attempts, isConflict } = next;
      const verdict = isConflict ? 'rebase_conflict' : null;
      const merge = { workItemId: `w${next.item}`, project, attempts, verdict, createdAt };
      await orchestrator.merge(merge);
      written.push(merge);
    }
    if (next.do === 'reopen') await orchestrator.emit(`w${next.item}`, { target: 'reopened' }, createdAt);
    if (next.do === 'replay') await orchestrator.merge(...written.slice(0, next.upTo));
    if (next.do === 'analyze') await analyzer.analyze();
    if (next.do === 'rebuild') await analyzer.rebuild();
  }
  await analyzer.analyze();
  return await readRecord(orchestrator);
}

/** First merge event per work item; what is refused is still the first. */
function plainCrossings(actions: readonly Action[]): readonly (readonly [string, string])[] {
  const first = new Map(
    actions
      .flatMap((next) => (next.do === 'merge' ? [next] : []))
      .reverse()
      .map((merge) => [merge.item, merge]),
  );
  const inOrder = actions.flatMap((next) =>
    next.do === 'merge' && first.get(next.item) === next && next.attempts > 0 ? [next] : [],
  );
  const merges = toMerges(
    inOrder.map(({ project, attempts, isConflict }) => ({ project, attempts, isRebaseConflict: isConflict })),
  ).map((merge, index) => ({ ...merge, workItemId: `w${inOrder[index]?.item}` }));
  const { crossings } = foldMerges(EMPTY_STATE, merges, SMALL);
  return crossings.map(({ merge, direction }) => [merge.workItemId, direction]);
}
