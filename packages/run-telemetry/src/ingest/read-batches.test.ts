/** A stream becomes batches: the same events whatever the way was, none larger than memory has room for. */
import { expect, test } from 'vitest';
import { eventContent } from '../event/event-text.ts';
import type { EventBatch } from './event-batch.ts';
import { readBatches, type SourceOptions } from './read-batches.ts';

test('a project is the same whether the run says it or the command line', async () => {
  const started = (payload: object): string => line({ event_type: 'run.started', payload });
  const [said] = await batchesOf([started({ scenario: 's', project: 'shop', tags: { b: '1', a: '2' } })]);
  const [added] = await batchesOf([started({ scenario: 's', tags: { a: '2' } })], {
    project: 'shop',
    tags: { b: '1' },
  });
  const contents = [said, added].map((batch) => batch?.events.map(eventContent));
  expect(contents[0]).toEqual(contents[1]);
});

function line(changes: object): string {
  return JSON.stringify({
    v: 1,
    run_id: 'r',
    seq: 0,
    event_type: 'tool.call',
    timestamp: 1_770_000_000,
    ...changes,
  });
}

async function batchesOf(
  lines: Iterable<string>,
  options: Partial<SourceOptions> = {},
): Promise<readonly EventBatch[]> {
  const chunks = (async function* () {
    for (const each of lines) yield Buffer.from(`${each}\n`);
  })();
  const batches: EventBatch[] = [];
  for await (const batch of readBatches(chunks, { source: 'events.jsonl', ...options })) batches.push(batch);
  return batches;
}
