/** What waits in the inbox is what was read, whatever it is: the reader was told that it is kept. */
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { EventBatch } from './event-batch.ts';
import { leaveBatch, readBatch } from './inbox.ts';
import { readBatches, type SourceOptions } from './read-batches.ts';

const line = (seq: number, changes: object): string =>
  JSON.stringify({ v: 1, run_id: 'r', seq, event_type: 'tool.call', timestamp: 1_770_000_000, ...changes });
const tags = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, 'x']));

test.each<[string, object, Partial<SourceOptions>]>([
  ['a time before numbers have one reading', { timestamp: '1999-12-31T23:59:59Z' }, {}],
  ['the time of a clock that was not set', { timestamp: '1970-01-15T00:00:00Z' }, {}],
  ['a time with parts of milliseconds', { timestamp: 1_770_000_000_123_456 }, {}],
  [
    'a tag more than an event may have',
    { event_type: 'run.started', payload: { tags: tags(20) } },
    { tags: { more: 'y' } },
  ],
  [
    'a project in a payload that was full',
    { event_type: 'run.started', payload: { scenario: 's'.repeat(65_500) } },
    { project: 'a project with a name' },
  ],
  ['an error that was text', { payload: { error: 'e'.repeat(65_520) } }, {}],
  [
    'text that grew as its secrets were masked',
    { payload: { error: { message: 'pwd=abc '.repeat(8_000) } } },
    {},
  ],
])('%s', async (_, changes, options) => {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  const [batch] = await batchesOf([line(0, {}), line(1, changes)], options);
  if (batch === undefined) throw new Error('no batch');
  expect(batch).toMatchObject({ refusedCount: 0, events: [{ seq: 0 }, { seq: 1 }] });
  const file = leaveBatch(directory.path, batch);
  expect(readBatch(file)).toEqual({ kind: 'batch', batch, file });
});

async function batchesOf(
  lines: readonly string[],
  options: Partial<SourceOptions>,
): Promise<readonly EventBatch[]> {
  const chunks = (async function* () {
    yield Buffer.from(`${lines.join('\n')}\n`);
  })();
  const batches: EventBatch[] = [];
  for await (const batch of readBatches(chunks, { source: 'events.jsonl', ...options })) batches.push(batch);
  return batches;
}
