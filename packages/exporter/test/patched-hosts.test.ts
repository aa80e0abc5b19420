/**
 * A host that has changed what is built in, for itself and so for us: a fault of ours, or of its own in our hands, changes
 * neither its exit code nor its output.
 */
import { type Ended, runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { PATCHES } from './fixtures/patches.ts';
import { fixture, linesSaid, PROMPT_MS, type Scene, setScene } from './scene.ts';

const ENDINGS: Readonly<Record<string, number>> = {
  natural: 0,
  'process.exit in the same tick': 3,
  throw: 1,
  'flush, then exit': 6,
  shutdown: 0,
};
const MOMENTS = ['before', 'after'];
/** What these change nobody can write a batch with. */
const UNWRITABLE = /toJSON|JSON\.stringify/;

interface Case {
  readonly patch: string;
  readonly moment: string;
}

const CASES = Object.keys(PATCHES).flatMap((patch) => MOMENTS.map((moment): Case => ({ patch, moment })));

function run(scene: Scene, { patch, moment }: Case, ending: string): Promise<Ended> {
  return runProgram(fixture('patched-hosts.ts'), { args: [patch, ending, moment], env: scene.env });
}

describe.concurrent('a host where', () => {
  test.for(CASES)('$patch, $moment telemetry was loaded, ends as it would', async (host, context) => {
    const scene = await setScene(context);
    for (const [ending, code] of Object.entries(ENDINGS)) {
      const ended = await run(scene, host, ending);

      expect({ ending, code: ended.code, signal: ended.signal }).toEqual({ ending, code, signal: null });
      expect(ended).toMatchObject({ stdout: '', survivors: [] });
      // On the main thread no answer can be read then: it is not believed.
      if (host.patch === 'JSON.parse throws') continue;
      const isLost = UNWRITABLE.test(host.patch);
      expect(linesSaid(ended).join('\n')).toMatch(isLost ? /nothing can be recorded/ : /^$/);
      const [delivered, lost] = isLost ? [0, 12] : [2, 0];
      expect(ended.marks).toContain(`verdict ${delivered} delivered, ${lost} data points lost`);
    }
  });
});

describe.concurrent('a host whose clocks stand still or tell no time, and a Collector that is silent', () => {
  const clocks = CASES.filter(({ patch }) => /Date\.now|hrtime|clock|performance/.test(patch));

  test.for(clocks)(
    '$patch, $moment telemetry was loaded: no wait is without an end',
    async (host, context) => {
      const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs: 250 });
      for (const ending of ['natural', 'process.exit in the same tick']) {
        const ended = await run(scene, host, ending);

        expect({ ending, code: ended.code, signal: ended.signal }).toEqual({
          ending,
          code: ENDINGS[ending],
          signal: null,
        });
        expect(ended.wallMs).toBeLessThan(PROMPT_MS);
      }
    },
  );
});
