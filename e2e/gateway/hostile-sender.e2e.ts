/** Beside a sender of anything at all, every honest total stays exact, and the gateway lives. */
import { gzipSync } from 'node:zlib';
import { queryPrometheus } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { hostileRequests } from '../support/hostile-fuzz.ts';
import { batchOf, counterOf, pointNow } from '../support/hostile-requests.ts';
import { noteFigure } from '../support/note-figure.ts';
import { postAll } from '../support/post.ts';
import { createRandom } from '../support/random.ts';
import { containerLimitMib, peakMib } from '../support/resident-memory.ts';
import { startStack } from '../support/stack.ts';

const SESSIONS = 'fab_agent_sessions_total';
const HONEST = 600;
const HOSTILE = 1_200;

function honest(run: string): string {
  const point = pointNow({ asInt: '1' }, { role: 'product', phase: 'discovery', group: 'factory' });
  return batchOf(run, [counterOf(SESSIONS, point)], { 'service.name': 'honest' });
}

/** Sends all, a few at a time; whatever is answered. Resolves to the answers by status. */
async function sendHostile(endpoint: string, seed: number): Promise<ReadonlyMap<number, number>> {
  const random = createRandom(seed);
  const answers = new Map<number, number>();
  const requests = hostileRequests(random, HOSTILE);
  const sender = async (): Promise<void> => {
    for (const { contentType, body } of requests) {
      const isPacked = random() < 0.3;
      const headers = { 'content-type': contentType, ...(isPacked ? { 'content-encoding': 'gzip' } : {}) };
      const response = await fetch(endpoint, {
        method: 'POST',
        headers,
        body: new Uint8Array(isPacked ? gzipSync(body) : body),
      });
      await response.text();
      answers.set(response.status, (answers.get(response.status) ?? 0) + 1);
    }
  };
  await Promise.all([sender(), sender(), sender()]);
  return answers;
}

test('beside a thousand random requests every honest total is exact, in AMP too, and after a restart', async (t) => {
  const stack = await startStack(t);
  const { endpoint } = stack.gateway;
  const seed = Number(process.env['EPHEMETRY_FUZZ_SEED'] ?? 20_261_128);
  const runs = Array.from({ length: HONEST }, (_, index) => `honest-${index}`);
  const [answers] = await Promise.all([sendHostile(endpoint, seed), postAll(endpoint, runs.map(honest), 4)]);
  console.log(`EPHEMETRY_FUZZ_SEED=${seed}: ${JSON.stringify([...answers])}`);
  expect([...answers.keys()].filter((status) => status !== 200 && status !== 400)).toEqual([]);
  await stack.settled();
  const shown = async (): Promise<readonly number[]> =>
    (await queryPrometheus(stack.prometheus.url, `${SESSIONS}{job="honest"}`)).map(({ value }) => value);
  expect(await shown(), `seed ${seed}`).toEqual([HONEST]);
  const given = /Dropping data|panic|can't happen/.exec(stack.gateway.service.log());
  expect(given?.[0], `seed ${seed}`).toBeUndefined();
  noteFigure('gateway.memory.fuzzed', peakMib(stack.gateway.service.pid) / containerLimitMib());
  // What it wrote to disk for the next process can be read.
  await stack.gateway.service.stop();
  await stack.gateway.start();
  await postAll(endpoint, [honest('after')], 1);
  await stack.settled();
  expect(await shown(), `seed ${seed}`).toEqual([1]);
});
