/** Whatever an untyped program passes: nothing is thrown, bad values are said once, good ones are exact. */
import { assertTotals, type Ended, runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { expectedTotals } from './fixtures/measure.ts';
import { ending, fixture, linesSaid, type Scene, setScene, verdicts } from './scene.ts';

const ODD = ['odd_total', 'odd_level', 'odd_size', 'odd_seconds', 'odd_int_total', 'odd_int_seconds'];

/** Runs a host; whatever it did, the measurements of `measure` must be there and all be well-formed. */
async function run(host: string, scene: Scene, lostDataPoints = 0): Promise<Ended> {
  const ended = await runProgram(fixture('value-hosts.ts'), { args: [host], env: scene.env });
  expect(ended.marks.filter((mark) => mark.startsWith('thrown'))).toEqual([]);
  expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
  expect(scene.receiver.malformed).toEqual([]);
  expect(verdicts(ended)).toMatchObject([{ spooled: 0, rejected: 0, lost: 0, lostDataPoints }]);
  assertTotals(scene.receiver.totals(), expectedTotals(1), { ignoring: ODD });
  return ended;
}

/** Each complaint once, and nothing else. */
function expectSaidOnce(ended: Ended): void {
  const said = linesSaid(ended);
  expect(said.length).toBeGreaterThan(0);
  expect(new Set(said).size).toBe(said.length);
  for (const line of said) expect(line).toMatch(/\(said once\)$/);
}

const oddTotals = (scene: Scene): Readonly<Record<string, number>> =>
  scene.receiver.totals().counters.odd_total ?? {};

describe.concurrent('a program that measures', () => {
  test('values that are none: dropped, each kind said once for each instrument', async (context) => {
    const scene = await setScene(context);

    const ended = await run('values that are none', scene);

    expectSaidOnce(ended);
    for (const name of ['odd_total', 'odd_level', 'odd_size', 'odd_seconds']) {
      // NaN of a gauge says that it has no value any more.
      expect(
        linesSaid(ended).filter((line) => line.startsWith(`ephemetry: ${name}: the value NaN was dropped`)),
      ).toHaveLength(name === 'odd_size' ? 0 : 1);
      expect(
        linesSaid(ended).filter((line) => line.startsWith(`ephemetry: ${name}: a function`)),
      ).toHaveLength(1);
    }
    expect(scene.receiver.totals().gauges['odd_size']).toEqual({ '': Number.NaN });
    assertTotals(scene.receiver.totals(), expectedTotals(1), { ignoring: ['odd_size'] });
  });

  test('negative values in counter and histogram: dropped, no empty batch', async (context) => {
    const scene = await setScene(context);

    const ended = await run('negative values', scene);

    expectSaidOnce(ended);
    expect(linesSaid(ended)).toHaveLength(2);
    expect(scene.receiver.batches).toHaveLength(1);
    assertTotals(scene.receiver.totals(), expectedTotals(1));
  });

  test('attributes that are none: the measurement counts, the attribute goes, said once', async (context) => {
    const scene = await setScene(context);

    const ended = await run('attributes that are none', scene);

    expectSaidOnce(ended);
    expect(oddTotals(scene)).toEqual({ 'kept=yes': 13 });
  });

  test('attribute sets that are none: the measurement counts', async (context) => {
    const scene = await setScene(context);

    await run('sets that are none', scene);

    const sum = Object.values(oddTotals(scene)).reduce((total, value) => total + value, 0);
    expect(sum).toBe(6);
  });

  test('with instruments that are none: nothing is thrown, said once', async (context) => {
    const scene = await setScene(context);

    expectSaidOnce(await run('instruments that are none', scene));
  });

  test('with values that have no text, as names, units and options: nothing is thrown', async (context) => {
    const scene = await setScene(context);

    const ended = await runProgram(fixture('value-hosts.ts'), {
      args: ['values without a text'],
      env: scene.env,
    });

    expect(ended.marks.filter((mark) => mark.startsWith('thrown'))).toEqual([]);
    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(linesSaid(ended).join()).toContain('a value that cannot be turned into text');
    expect(scene.receiver.malformed).toEqual([]);
  });

  test('numbers at the edge: what cannot be carried does not spoil the batch', async (context) => {
    const scene = await setScene(context);

    expectSaidOnce(await run('numbers at the edge', scene));
  });

  test('fractions with integer instruments: cut off toward zero, said once', async (context) => {
    const scene = await setScene(context);

    const ended = await run('fractions of integers', scene);

    expectSaidOnce(ended);
    expect(linesSaid(ended)).toHaveLength(3);
    const { counters, gauges } = scene.receiver.totals();
    expect([counters.odd_total, counters.odd_level, gauges.odd_size]).toEqual([
      { '': 6 },
      { '': -2 },
      { '': 7 },
    ]);
  });

  test('huge strings: delivered whole, or dropped and said when no batch may hold them', async (context) => {
    const scene = await setScene(context);

    const ended = await run('huge strings', scene, 1);

    expectSaidOnce(ended);
    expect(linesSaid(ended)).toHaveLength(1);
    expect(oddTotals(scene)).toEqual({ [`long=${'ä'.repeat(256 * 1024)}`]: 2 });
  });

  test('strings with every character: one line a batch all the same', async (context) => {
    const scene = await setScene(context);

    await run('strings with everything', scene);

    expect(Object.keys(oddTotals(scene))).toHaveLength(10);
    expect(scene.receiver.batches).toHaveLength(1);
  });

  test('attribute sets that look alike: kept apart, and those that are alike added up', async (context) => {
    const scene = await setScene(context);

    await run('sets that look alike', scene);

    const points = scene.receiver.batches
      .flatMap((batch) => batch.points)
      .filter((point) => point.metric === 'odd_total');
    expect(points).toHaveLength(10);
    expect(oddTotals(scene)['a=x,b=y']).toBe(2);
  });

  test('waits that are none: said, never thrown, and delivered within the default', async (context) => {
    const scene = await setScene(context);

    const ended = await run('waits that are none', scene);

    expect(ended.marks).toContain('settled');
    for (const shown of ['NaN', 'Infinity', '"500"', '[object Object]', 'Symbol(one)'])
      expect(ended.stderr).toContain(
        `ephemetry: flush: timeoutMs is ${shown}; allowed: a number of milliseconds`,
      );
    expect(linesSaid(ended).at(-1)).toMatch(/^ephemetry: shutdown: timeoutMs is "soon"; .*Using 5000/);
  });
});
