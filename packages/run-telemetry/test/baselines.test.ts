/** A baseline is a list of runs as they were: whatever changes in them since is seen. On both engines. */
import { describeEngines } from '@ephemetry/testing/engines';
import { expect, test } from 'vitest';
import type { AgentEvent } from '../src/event/agent-event.ts';
import { runsDigest } from '../src/facts/runs-digest.ts';
import { eventsOf } from '../src/fixtures/event-lines.ts';
import type { EventBatch } from '../src/ingest/event-batch.ts';
import { ingestBatch } from '../src/ingest/ingest-batch.ts';
import { rebuildRuns } from '../src/ingest/rebuild-runs.ts';
import { EVERYTHING } from '../src/selection/selection.ts';
import { createBaseline, listBaselines, readBaseline } from '../src/store/baselines.ts';
import { readRuns } from '../src/store/select-runs.ts';
import { batchOf } from './batch-of.ts';
import { openHere } from './run-stores.ts';

const EVENTS = eventsOf('a', [
  { type: 'run.started', payload: { scenario: 's' } },
  { type: 'tool.call', status: 'error', payload: { tool: 'search', error: { message: 'timed out' } } },
  { type: 'run.finished', status: 'completed', payload: {} },
]);
const [START, CALL, END] = EVENTS as [AgentEvent, AgentEvent, AgentEvent];

describeEngines(({ newPlace }) => {
  test.each<[string, readonly AgentEvent[], readonly AgentEvent[], Partial<EventBatch>]>([
    ['a run that was under way ends', [START, CALL], [END], {}],
    ['a step comes late that lies before the end', [START, END], [CALL], {}],
    ['success is taken from something else', EVENTS, EVENTS, { successRule: 'outcome' }],
  ])('%s: the baseline says it', async (_, before, after, changes) => {
    const store = await openHere(await newPlace());
    await ingestBatch(store, batchOf('one', before));
    await createBaseline(store, { name: 'b', selection: EVERYTHING });
    expect(await listBaselines(store)).toMatchObject([{ runs: 1, revised: 0 }]);
    expect(await readBaseline(store, 'b')).toMatchObject({ isAsMade: true });
    await ingestBatch(store, batchOf('two', after, changes));
    expect(await readBaseline(store, 'b')).toMatchObject({ baseline: { revised: 1 }, isAsMade: false });
  });

  test('the same events again, and a rebuild, change nothing of it', async () => {
    const store = await openHere(await newPlace());
    await ingestBatch(store, batchOf('one', EVENTS));
    await createBaseline(store, { name: 'b', selection: EVERYTHING });
    await ingestBatch(store, batchOf('two', EVENTS));
    await rebuildRuns(store);
    expect(await readBaseline(store, 'b')).toMatchObject({ baseline: { revised: 0 }, isAsMade: true });
  });

  test('facts that a newer version reads in another way are not those of then', async () => {
    const store = await openHere(await newPlace());
    await ingestBatch(store, batchOf('one', EVENTS));
    await createBaseline(store, { name: 'b', selection: EVERYTHING });
    const [before] = await readRuns(store, EVERYTHING);
    await store.kysely.updateTable('runs').set({ success: 1 }).execute();
    expect(await readBaseline(store, 'b')).toMatchObject({ baseline: { revised: 0 }, isAsMade: false });
    expect(runsDigest(before === undefined ? [] : [before])).toBe((await listBaselines(store))[0]?.digest);
  });
}, 'duckdb');
