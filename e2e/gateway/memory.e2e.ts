/** Memory that requests of a few kilobytes can make the gateway take, with the settings of its manifest and behind its door. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MERGE_METRICS } from '@ephemetry/contract';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { manifestMemory } from '../bench/measured-gateway.ts';
import { openDoor } from '../support/door.ts';
import {
  distinctGauges,
  emptyMessages,
  honestBatch,
  postProtobuf,
  smallestPoints,
} from '../support/hostile-requests.ts';
import { showsTotal, startLaptopGateway } from '../support/laptop-gateway.ts';
import { noteFigure } from '../support/note-figure.ts';
import { post } from '../support/post.ts';
import { containerLimitMib, peakMib } from '../support/resident-memory.ts';

const LARGEST_REQUEST = 4 * 2 ** 20;
const AT_ONCE = 64;
const HONEST = 200;
/** A request below its limit; of each name a million series. */
const GAUGES_AT_ONCE = 50_000;
const GAUGE_REQUESTS = 20;

test('64 of the worst requests at once leave a fifth of the container’s memory free and cost no honest batch, also with the dedupe full', async (t) => {
  using directory = temporaryDirectory();
  const gateway = await startLaptopGateway(t, manifestMemory());
  const door = await openDoor(gateway, join(directory.path, 'door.log'));
  t.onTestFinished(() => door.service.stop());
  const honest = Array.from({ length: HONEST }, (_, run) => postUntilTaken(door.endpoint, `honest-${run}`));
  await attack(door.endpoint);
  await Promise.all(honest);
  await showsTotal(gateway, 'innocent_total', HONEST);
  const emptyMib = peakMib(gateway.service.pid);
  await fillDedupe(door.endpoint);
  await gateway.merged();
  const fullMib = peakMib(gateway.service.pid);
  await attack(door.endpoint);
  const attackedMib = peakMib(gateway.service.pid);
  const limitMib = containerLimitMib();
  console.log(
    `at most ${emptyMib.toFixed(0)} MiB under attack, ${fullMib.toFixed(0)} with the dedupe full, ${attackedMib.toFixed(0)} under attack with it full; the container has ${limitMib}`,
  );
  noteFigure('gateway.memory.attacked', attackedMib / limitMib);
  expect(attackedMib).toBeLessThan(0.8 * limitMib);
}, 600_000);

test('gauges without end, of a name that lasts and of another, leave it free as well, and cost no honest batch', async (t) => {
  using directory = temporaryDirectory();
  const gateway = await startLaptopGateway(t, manifestMemory());
  const door = await openDoor(gateway, join(directory.path, 'door.log'));
  t.onTestFinished(() => door.service.stop());
  const honest = Array.from({ length: HONEST }, (_, run) => postUntilTaken(door.endpoint, `honest-${run}`));
  for (const name of [MERGE_METRICS.firstPass.name, 'flood_depth']) {
    for (let request = 0; request < GAUGE_REQUESTS; request += 1)
      await postProtobuf(door.endpoint, distinctGauges(GAUGES_AT_ONCE, name, request * GAUGES_AT_ONCE));
  }
  await Promise.all(honest);
  await gateway.merged();
  await showsTotal(gateway, 'innocent_total', HONEST);
  const [floodedMib, limitMib] = [peakMib(gateway.service.pid), containerLimitMib()];
  console.log(`at most ${floodedMib.toFixed(0)} MiB; the container has ${limitMib}`);
  expect(floodedMib).toBeLessThan(0.8 * limitMib);
}, 600_000);

async function attack(endpoint: string): Promise<void> {
  const worst = emptyMessages(LARGEST_REQUEST);
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => postProtobuf(endpoint, worst)));
  // Taken, or told to come again.
  expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
}

/** Until the gateway refuses again and again: points of one series with a large label, of which each has its own time. */
async function fillDedupe(endpoint: string): Promise<void> {
  const label = 'v'.repeat(15 * 2 ** 10);
  const points = Math.floor(LARGEST_REQUEST / (label.length + 64));
  let refusedInARow = 0;
  const sender = async (): Promise<void> => {
    while (refusedInARow < 10) {
      const { status } = await postProtobuf(endpoint, smallestPoints(points, 'filling_total', label));
      refusedInARow = status === 503 ? refusedInARow + 1 : 0;
      // Garbage is collected in between.
      if (status === 503) await wait(500);
    }
  };
  await Promise.all([sender(), sender()]);
}

/** As the exporter does: what is refused comes again. */
async function postUntilTaken(endpoint: string, run: string): Promise<void> {
  const body = honestBatch(run);
  const status = (): Promise<number> => post(endpoint, body).then((answer) => answer.status);
  await expect.poll(status, { timeout: 60_000, interval: 500 }).toBe(200);
}
