/**
 * The exit matrix where the Collector answers late: within the answer budget nothing comes twice, and nothing is lost,
 * whatever way the program ends.
 */
import { unsharedUnavailable } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { bareEnding, MATRIX_ENDINGS, runEnding } from './matrix-endings.ts';
import { PROMPT_MS, setScene, verdicts } from './scene.ts';

const DELAYS_MS = [20, 100, 300, 900];

/** Who is killed while it waits is in doubt, and rightly comes twice: `late-answers.test.ts`. */
const ENDINGS = MATRIX_ENDINGS.filter(({ isHard }) => !isHard);
const unavailable = unsharedUnavailable();

for (const delayMs of DELAYS_MS) {
  describe.concurrent(`a Collector that answers after ${delayMs} ms`, () => {
    test.for(ENDINGS)(
      '$name: each batch comes once, and the program ends as it would',
      async (ending, context) => {
        context.skip(ending.isProcess1 && unavailable !== undefined, unavailable);
        const scene = await setScene(context, { behaviour: { kind: 'answer', delayMs }, budgetMs: 250 });
        // As long as a busy machine may need: what is asserted is what came, not when.
        const env = { ...scene.env, EPHEMETRY_ANSWER_BUDGET_MS: '30000' };

        const { ended, lostMs } = await runEnding(ending, env, scene.receiver);

        const { code, signal } = ending.expected ?? (await bareEnding(ending));
        expect({ code: ended.code, signal: ended.signal }).toEqual({ code, signal });
        expect(ended).toMatchObject({ stdout: '', survivors: [] });
        expect(lostMs).toBeLessThan(PROMPT_MS);
        expect(verdicts(ended).at(-1)).toMatchObject({ inDoubt: 0, lost: 0 });
        await scene.expectCounted(ending.measures);
        const identities = scene.receiver.batches.map(({ runId, sequence }) => `${runId} ${sequence}`);
        expect(identities).toHaveLength(new Set(identities).size);
      },
    );
  });
}
