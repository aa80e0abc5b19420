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

test('a batch is as large as 50,000 events, or as 32 million characters', async () => {
  const chunk = `${line({ payload: { error: 'e'.repeat(50_000) } })}\n`.repeat(10);
  const batches = await batchesOf(Array.from({ length: 100 }, () => chunk));
  expect(batches.map(({ events }) => events.length)).toEqual([670, 330]);
});

test('of a line without an end no more is kept than an event may have', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  let most = 0;
  const chunks = (async function* () {
    yield Buffer.from(`${line({})}\n`);
    const before = process.memoryUsage().arrayBuffers;
    for (let piece = 0; piece < 64; piece += 1) {
      yield chunk;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    yield Buffer.from(`\n${line({ seq: 1 })}\n`);
  })();
  const [batch] = await batchesFrom(chunks);
  expect(batch?.events.map(({ seq }) => seq)).toEqual([0, 1]);
  const message = `the line has ${64 * chunk.length} bytes; allowed are 262144`;
  expect(batch?.refused).toEqual([{ line: 2, field: 'line', message }]);
  expect(most).toBeLessThan(8 * chunk.length);
});

test.each([
  ['is empty', ['', '  ']],
  ['is the rest of one that was cut', ['"seq":3,"timestamp":1}']],
  ['is a remark', ['# events']],
])('lines are read one after another where the first %s', async (_, first) => {
  const some = `${line({})}\n`.repeat(10_000).trimEnd();
  const batches = await batchesOf([...first, ...Array.from({ length: 6 }, () => some), 'nonsense']);
  expect(batches.map(({ events }) => events.length)).toEqual([50_000, 10_000]);
  const refused = batches.flatMap((batch) => batch.refused.map((each) => each.line));
  expect(refused.at(-1)).toBe(first.length + 60_001);
});

test('a document of another tool comes in batches, too', async () => {
  const traj = [{ role: 'assistant', content: 'x' }];
  const results = Array.from({ length: 20_000 }, (_, trial) => ({
    task_id: 1,
    trial,
    reward: 1,
    info: {},
    traj,
  }));
  const batches = await batchesOf([JSON.stringify(results)]);
  expect(batches.map(({ events }) => events.length)).toEqual([50_000, 30_000]);
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
  return await batchesFrom(chunks, options);
}

async function batchesFrom(
  chunks: AsyncIterable<Uint8Array>,
  options: Partial<SourceOptions> = {},
): Promise<readonly EventBatch[]> {
  const batches: EventBatch[] = [];
  for await (const batch of readBatches(chunks, { source: 'events.jsonl', ...options })) batches.push(batch);
  return batches;
}
