/** Killed before any statement of an ingest, and resumed: what is kept is what an ingest that ran through keeps. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describeEngines } from '@ephemetry/testing/engines';
import { expect, test } from 'vitest';
import { eventsOf, type ShortEvent } from '../src/fixtures/event-lines.ts';
import { ingestBatch } from '../src/ingest/ingest-batch.ts';
import { batchOf } from './batch-of.ts';
import { derivedRows, openHere } from './run-stores.ts';

const PROGRAM = join(import.meta.dirname, 'fixtures/ingest-and-die.ts');
/** More than an ingest runs. */
const STATEMENTS_LIMIT = 60;

const START: readonly ShortEvent[] = [
  { type: 'run.started', payload: { scenario: 's1', tags: { release: '1' } } },
  { type: 'tool.call', status: 'error', payload: { tool: 'search', error: { message: 'timed out' } } },
];
const WHOLE: readonly ShortEvent[] = [
  ...START,
  { type: 'run.finished', status: 'completed', payload: { success: false } },
];
/** Goes on with a run that is there, and begins another. */
const SECOND: Readonly<Record<string, readonly ShortEvent[]>> = { a: WHOLE, b: WHOLE };

describeEngines(({ newPlace }) => {
  test('a program that is killed before any statement leaves a whole batch or nothing, and the next one goes on', async () => {
    const expected = await uninterrupted(await newPlace());
    const place = await newPlace();
    let wasKilled = true;
    let statement = 0;
    const left = new Set<number>();
    while (wasKilled && statement < STATEMENTS_LIMIT) {
      statement += 1;
      const store = await openHere(place);
      for (const table of [
        'batches',
        'run_keys',
        'events',
        'runs',
        'run_labels',
        'calls',
        'run_tools',
        'failures',
        'quality',
      ] as const)
        await store.kysely.deleteFrom(table).execute();
      await ingestBatch(store, batchOf('first', eventsOf('a', START)));
      await store.close();
      const { signal, printed } = await runProgram([
        PROGRAM,
        place,
        String(statement),
        'second',
        JSON.stringify(SECOND),
      ]);
      wasKilled = signal === 'SIGKILL';
      expect(printed).toBe(wasKilled ? '' : 'done');
      const after = await openHere(place);
      left.add((await after.kysely.selectFrom('events').select('seq').execute()).length);
      await ingestBatch(after, secondBatch());
      expect(await derivedRows(after.kysely)).toEqual(expected);
      await after.close();
    }
    expect(statement).toBeGreaterThan(20);
    expect([...left]).toEqual([START.length, 2 * WHOLE.length]);
  });
}, 'duckdb');

function secondBatch() {
  return batchOf(
    'second',
    Object.entries(SECOND).flatMap(([runId, short]) => eventsOf(runId, short)),
  );
}

async function uninterrupted(place: string): Promise<unknown> {
  const store = await openHere(place);
  await ingestBatch(store, batchOf('first', eventsOf('a', START)));
  await ingestBatch(store, secondBatch());
  const rows = await derivedRows(store.kysely);
  await store.close();
  return rows;
}

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly printed: string;
}

function runProgram(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, (_, printed, errors) =>
      resolve({ signal: child.signalCode, printed: printed + errors }),
    );
  });
}
