/** What is kept is what came, once; what is derived is what a fold of it gives, on both engines. */
import { describeEngines } from '@ephemetry/testing/engines';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AgentEvent } from '../src/event/agent-event.ts';
import { parseEvent } from '../src/event/parse-event.ts';
import { foldRuns } from '../src/facts/fold-runs.ts';
import { NO_SUCCESS_RULE, parseSuccessRule } from '../src/facts/success-rule.ts';
import { eventsOf, type ShortEvent } from '../src/fixtures/event-lines.ts';
import { ingestBatch } from '../src/ingest/ingest-batch.ts';
import { rebuildRuns } from '../src/ingest/rebuild-runs.ts';
import { EVERYTHING } from '../src/selection/selection.ts';
import { readRuns } from '../src/store/select-runs.ts';
import { batchOf } from './batch-of.ts';
import { derivedRows, openHere } from './run-stores.ts';
import { watchRows } from './watch-rows.ts';

const RUN: readonly ShortEvent[] = [
  {
    type: 'run.started',
    payload: {
      project: 'p',
      scenario: 's1',
      agent: 'a',
      config: { commit: 'c', a: 'b' },
      tags: { release: '1' },
    },
  },
  {
    type: 'model.call',
    status: 'ok',
    payload: { model: 'm1', input_tokens: 10, output_tokens: 5, cost_usd: 0.01 },
  },
  {
    type: 'tool.call',
    status: 'error',
    payload: { tool: 'search', error: { code: 'ETIMEDOUT', message: 'timed out after 30 s' } },
  },
  { type: 'tool.call', status: 'ok', payload: { tool: 'search', duration_ms: 12.5 } },
  { type: 'note', payload: { text: 'is not counted' } },
  {
    type: 'tool.call',
    status: 'error',
    payload: { tool: 'book', error: { message: 'seat \u0000 is taken \ud800' } },
  },
  { type: 'run.finished', status: 'completed', at: 20, payload: { success: false, duration_ms: 19_000 } },
];

describeEngines(({ newPlace }) => {
  test('facts are those of a fold, whatever the order, repetition and batching of the events', async () => {
    const events = ['a', 'b', 'c'].flatMap((runId) => eventsOf(runId, RUN));
    const expected = foldRuns(events, NO_SUCCESS_RULE).runs;
    const arrival = fc.tuple(
      fc.shuffledSubarray(events, { minLength: events.length }),
      fc.subarray(events),
      fc.integer({ min: 5, max: 15 }),
    );
    const store = await openHere(await newPlace());
    await fc.assert(
      fc.asyncProperty(arrival, async ([all, again, size]) => {
        await forgetAll(store.kysely);
        const arrived = [...all, ...again];
        let known = 0;
        let duplicates = 0;
        for (let at = 0; at < arrived.length; at += size) {
          const counts = await ingestBatch(store, batchOf(`b${at}`, arrived.slice(at, at + size)));
          known += counts.events;
          duplicates += counts.duplicates;
        }
        expect([known, duplicates]).toEqual([events.length, again.length]);
        const stored = await readRuns(store, EVERYTHING);
        expect(stored).toEqual(expected);
      }),
      { numRuns: 5 },
    );
  });

  test('rebuilt, everything is as it was', async () => {
    const store = await openHere(await newPlace());
    const events = ['a', 'b'].flatMap((runId) => eventsOf(runId, RUN));
    for (const [index, event] of events.entries())
      if (index % 3 > 0) await ingestBatch(store, batchOf(`b${index}`, [event, ...events.slice(0, 2)]));
    const before = await derivedRows(store.kysely);
    await store.kysely.updateTable('runs').set({ model: 'stale' }).execute();
    await store.kysely.deleteFrom('calls').execute();
    expect(await rebuildRuns(store)).toEqual({ runs: 2, kept: 0 });
    expect(await derivedRows(store.kysely)).toEqual(before);
  });

  test('of many events only some are in memory at once, and everything is as it would be', async () => {
    const events = ['a', 'b', 'c', 'd'].flatMap((runId) => eventsOf(runId, RUN));
    const first = events.filter(({ seq }) => seq % 2 === 0);
    const second = events.filter(({ seq }) => seq % 2 === 1);
    const batches = [batchOf('one', [...first, ...first.slice(0, 3)]), batchOf('two', second)];
    const whole = await openHere(await newPlace());
    const expected = [];
    for (const batch of batches) expected.push(await ingestBatch(whole, batch));
    const store = await openHere(await newPlace());
    const { database, mostRows } = watchRows(store.database, /^select \* from (?:"\w+"\.)?"events"/);
    const counts = [];
    for (const batch of batches)
      counts.push(await ingestBatch({ database }, batch, Date.now, 2 * RUN.length));
    expect(counts).toEqual(expected);
    expect(await derivedRows(store.kysely)).toEqual(await derivedRows(whole.kysely));
    expect(await rebuildRuns({ database }, RUN.length)).toEqual({ runs: 4, kept: 0 });
    expect(await derivedRows(store.kysely)).toEqual(await derivedRows(whole.kysely));
    expect(mostRows()).toBeLessThan(2 * RUN.length);
  });

  test('a batch that is offered again counts once', async () => {
    const store = await openHere(await newPlace());
    const batch = batchOf('one', eventsOf('a', RUN));
    expect(await ingestBatch(store, batch)).toMatchObject({ events: RUN.length, runs: 1, repeated: 0 });
    const rows = await derivedRows(store.kysely);
    expect(await ingestBatch(store, batch)).toMatchObject({ events: 0, duplicates: 0, repeated: 1 });
    expect(await derivedRows(store.kysely)).toEqual(rows);
  });

  test('another content under a known key is a conflict: the first one stays, and both are kept', async () => {
    const store = await openHere(await newPlace());
    await ingestBatch(store, batchOf('one', eventsOf('a', RUN)));
    const [other] = eventsOf('a', [{ type: 'run.started', payload: { scenario: 's2' } }]);
    const counts = await ingestBatch(store, batchOf('two', other === undefined ? [] : [other]));
    expect(counts).toMatchObject({ events: 0, conflicts: 1, revised: 0 });
    expect((await readRuns(store, EVERYTHING))[0]?.scenario).toBe('s1');
    const kept = await store.kysely.selectFrom('conflicts').select(['seq', 'payload']).execute();
    expect(kept).toEqual([{ seq: 0, payload: '{"scenario":"s2"}' }]);
  });

  test('an event whose stage no database can keep is the same when it comes again', async () => {
    const store = await openHere(await newPlace());
    const line = {
      v: 1,
      run_id: 'a',
      seq: 0,
      event_type: 'note',
      stage: 'a\0\ud800',
      timestamp: 1_770_000_000,
    };
    const parsed = parseEvent(JSON.stringify(line));
    const events = parsed.kind === 'event' ? [parsed.event] : [];
    expect(await ingestBatch(store, batchOf('one', events))).toMatchObject({ events: 1 });
    expect(await ingestBatch(store, batchOf('two', events))).toMatchObject({ duplicates: 1, conflicts: 0 });
  });

  test('a conflict that comes again counts once, as any event does', async () => {
    const store = await openHere(await newPlace());
    const events = ['s1', 's2', 's3'].flatMap((scenario) =>
      eventsOf('a', [{ type: 'run.started', payload: { scenario } }]),
    );
    expect(await ingestBatch(store, batchOf('one', events))).toMatchObject({ events: 1, conflicts: 2 });
    const before = (await derivedRows(store.kysely))['runs'];
    const again = await ingestBatch(store, batchOf('two', [...events, ...events]));
    expect(again).toMatchObject({ events: 0, conflicts: 0, duplicates: 6 });
    expect((await derivedRows(store.kysely))['runs']).toEqual(before);
    const kept = await store.kysely.selectFrom('quality').select(['kind', 'count']).execute();
    expect(kept).toContainEqual({ kind: 'conflicts', count: 2 });
  });

  test('a run with names as long as a payload is taken in, and can be selected by them', async () => {
    const store = await openHere(await newPlace());
    // Of random letters: what repeats is stored compressed, and then fits.
    const [name = ''] = fc.sample(fc.string({ minLength: 6_000, maxLength: 6_000 }), { numRuns: 1, seed: 1 });
    const fields = {
      project: name,
      scenario: name,
      model: name,
      agent: name,
      group: name,
      tags: { [name]: name },
    };
    await ingestBatch(store, batchOf('one', eventsOf('a', [{ type: 'run.started', payload: fields }])));
    const selection = {
      ...EVERYTHING,
      values: new Map([
        ['project', [name]],
        ['model', [name]],
      ]),
    };
    expect(await readRuns(store, selection)).toMatchObject([{ runId: 'a', project: name }]);
  });

  test('an event after the end counts, and the run has another revision', async () => {
    const store = await openHere(await newPlace());
    const events = eventsOf('a', [...RUN, { type: 'evaluation', payload: { name: 'reward', score: 1 } }]);
    await ingestBatch(store, batchOf('one', events.slice(0, -1)));
    const late = events.at(-1) as AgentEvent;
    expect(await ingestBatch(store, batchOf('two', [late]))).toMatchObject({ events: 1, revised: 1 });
    const row = await store.kysely.selectFrom('runs').select(['late', 'revision']).executeTakeFirst();
    expect(row).toEqual({ late: 1, revision: 1 });
  });

  test('success is taken from what the batch says, also of events that came before', async () => {
    const store = await openHere(await newPlace());
    const events = eventsOf('a', [{ type: 'run.started' }, { type: 'run.finished', status: 'completed' }]);
    await ingestBatch(store, batchOf('one', events));
    expect((await readRuns(store, EVERYTHING))[0]?.success).toBeUndefined();
    await ingestBatch(store, batchOf('two', events, { successRule: 'outcome' }));
    const [run] = await readRuns(store, EVERYTHING);
    expect(run).toEqual(foldRuns(events, parseSuccessRule('outcome') ?? NO_SUCCESS_RULE).runs[0]);
    expect(run?.success).toBe(true);
  });
}, 'duckdb');

async function forgetAll(kysely: Awaited<ReturnType<typeof openHere>>['kysely']): Promise<void> {
  for (const table of ['batches', 'run_keys', 'events', 'conflicts'] as const)
    await kysely.deleteFrom(table).execute();
  for (const table of ['runs', 'run_labels', 'calls', 'run_tools', 'failures', 'quality'] as const)
    await kysely.deleteFrom(table).execute();
}
