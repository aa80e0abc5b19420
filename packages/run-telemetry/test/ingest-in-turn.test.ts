/** Many programs ingest into one place: each has its turn, however long the others take. */
import { setTimeout as sleep } from 'node:timers/promises';
import { writeSession } from '@ephemetry/store/kysely';
import { describeEngines } from '@ephemetry/testing/engines';
import { expect, test } from 'vitest';
import { eventsOf } from '../src/fixtures/event-lines.ts';
import { ingestBatches } from '../src/ingest/take-in.ts';
import { batchOf } from './batch-of.ts';
import { openHere } from './run-stores.ts';

describeEngines(({ engine, newPlace }) => {
  test.skipIf(engine === 'duckdb')('a writer that takes longer than one wait is waited for', async () => {
    const place = await newPlace();
    const other = await openHere(place);
    const writing = writeSession(other.database, () => sleep(1_500));
    await sleep(100);
    const batch = batchOf('one', eventsOf('a', [{ type: 'run.started' }]));
    const ingested = await ingestBatches(place, { version: '1.2.3', waitMs: 400 }, [batch]);
    expect(ingested).toMatchObject({ counts: { events: 1, runs: 1 } });
    await writing;
  });
}, 'duckdb');
