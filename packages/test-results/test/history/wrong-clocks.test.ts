/** What a wrong clock and a shared name do to a history: nothing that another run is missed by, on both engines. */
import { describeEngines } from '@ephemetry/testing/engines';
import { expect, test } from 'vitest';
import { rememberRun } from '../../src/history/remember-run.ts';
import { HOUR_MS, NOON, openHere, record } from './histories.ts';
import { CATEGORIES, runOf } from './run-of.ts';

const DAY_MS = 24 * HOUR_MS;

describeEngines(({ newPlace }) => {
  test('a clock that is a month ahead for one run makes few runs go, and the next one finds the others', async () => {
    const history = await openHere(await newPlace());
    for (let run = 0; run < 60; run++) await record(history, `c${run}`, { a: '+' });
    const ahead = { endUnixMs: NOON + 31 * DAY_MS };
    expect((await record(history, 'ahead', { a: '+' }, ahead)).forgotten.oldRuns).toBe(20);
    expect(await history.kysely.selectFrom('run').select('number').execute()).toHaveLength(41);
  });

  test('the time of a run that is told is that of the server, or of this machine, not of the report', async () => {
    const history = await openHere(await newPlace());
    const ahead = { endUnixMs: Date.now() + 31 * DAY_MS };
    await rememberRun(history, runOf({ a: '+' }), {
      ...{ identity: 'x', suite: 'app', environment: 'linux', commit: 'c1', branch: 'default' },
      ...{ categories: CATEGORIES, endUnixMs: ahead.endUnixMs },
    });
    const { ended_at: endedAt } = await history.kysely
      .selectFrom('run')
      .select('ended_at')
      .executeTakeFirstOrThrow();
    expect(Math.abs(Number(endedAt) - Date.now())).toBeLessThan(DAY_MS);
  });

  test('runs of one set are runs of their own, each once, and the others of it are told', async () => {
    const history = await openHere(await newPlace());
    const legs = ['one', 'two'].map((identity) => ({ identity, set: 'a5', endUnixMs: NOON }));
    for (const [others, leg] of legs.entries())
      expect((await record(history, 'c1', { a: '+' }, leg)).others).toBe(others);
    expect((await record(history, 'c1', { a: '+' }, { ...legs[0] })).others).toBe(1);
    expect((await record(history, 'c1', { a: '+' }, { identity: 'one', set: 'a6' })).others).toBe(0);
    expect(await history.kysely.selectFrom('run').select('number').execute()).toHaveLength(3);
  });
});
