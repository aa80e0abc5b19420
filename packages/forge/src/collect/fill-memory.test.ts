/** A first collect of a long past holds a page of it, and no more. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { startCollecting } from '../fixtures/collecting.ts';
import { issue, run, send, startFakeForge } from '../fixtures/fake-forge.ts';

const ENTRIES = 16_000;
const PAGE = 1_000;
const MIB = 1024 * 1024;

test.each(['issues', 'runs'])('%s are held page by page', async (list) => {
  const forge = await startFakeForge();
  const heap: number[] = [];
  forge.before = (path, response) => {
    if (!path.includes(`/${list}?`) || path.includes('type=')) return false;
    heap.push(heapBytes());
    const first = (Number(/page=(\d+)/.exec(path)?.[1]) - 1) * PAGE + 1;
    const numbers = Array.from({ length: PAGE }, (_, index) => first + index);
    response.setHeader('x-total-count', ENTRIES);
    // Made for this page: the forge of this test holds none.
    if (list === 'issues') send(response, 200, numbers.map(longIssue));
    else send(response, 200, { workflow_runs: numbers.map(longRun), total_count: ENTRIES });
    return true;
  };
  const { told } = await startCollecting(forge.url);
  expect(await told()).toEqual([expect.stringContaining('collected for the first time')]);
  expect(heap).toHaveLength(ENTRIES / PAGE);
  // Numbers of what was read are held: half of a MiB. Held whole, both are more than 4.
  expect((heap.at(-1) ?? 0) - (heap[2] ?? 0)).toBeLessThan(2.5 * MIB);
});

const longIssue = (number: number): object =>
  issue(number, Date.now(), { labels: [1, 2, 3].map((each) => ({ name: `label ${each} of ${number}` })) });

const longRun = (id: number): object =>
  run(id, 'completed', {
    conclusion: 'success',
    path: `workflow-${id}-with-a-long-name.yaml@refs/heads/main`,
  });

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}
