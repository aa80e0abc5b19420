/** Memory that requests of a few kilobytes can make the gateway take, with the settings of its manifest and behind its door. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { manifestMemory } from '../bench/measured-gateway.ts';
import { openDoor } from '../support/door.ts';
import { emptyMessages, honestBatch, postProtobuf } from '../support/hostile-requests.ts';
import { showsTotal, startLaptopGateway } from '../support/laptop-gateway.ts';
import { post } from '../support/post.ts';

const MANIFEST = join(
  import.meta.dirname,
  '..',
  '..',
  'examples',
  'kubernetes',
  'gateway',
  'stateful-set.yaml',
);
const LARGEST_REQUEST = 4 * 2 ** 20;
const AT_ONCE = 64;
const HONEST = 200;

test('64 of the worst requests at once, on top of a full dedupe, leave a fifth of the container’s memory free, and cost no honest batch', async (t) => {
  using directory = temporaryDirectory();
  const settings = manifestMemory();
  const gateway = await startLaptopGateway(t, settings);
  const door = await openDoor(gateway, join(directory.path, 'door.log'));
  t.onTestFinished(() => door.service.stop());
  const restingMib = peakOf(gateway.service.pid);
  const worst = emptyMessages(LARGEST_REQUEST);
  const attacks = Array.from({ length: AT_ONCE }, () => postProtobuf(door.endpoint, worst));
  const honest = Array.from({ length: HONEST }, (_, run) => postUntilTaken(door.endpoint, `honest-${run}`));
  const answers = await Promise.all(attacks);
  await Promise.all(honest);
  await showsTotal(gateway, 'innocent_total', HONEST);
  // What the limiter lets the dedupe have, and what requests take on top of it.
  const fullMib = Number(settings['GATEWAY_MEMORY_LIMIT_MIB']) - Number(settings['GATEWAY_MEMORY_SPIKE_MIB']);
  const attackedMib = peakOf(gateway.service.pid) - restingMib;
  const limitMib = containerLimitMib();
  console.log(
    `${attackedMib.toFixed(0)} MiB by ${AT_ONCE} requests, ${fullMib} by a full dedupe; the container has ${limitMib}`,
  );
  expect(fullMib + attackedMib).toBeLessThan(0.8 * limitMib);
  // Taken, or told to come again.
  expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
});

/** As the exporter does: what is refused comes again. */
async function postUntilTaken(endpoint: string, run: string): Promise<void> {
  const body = honestBatch(run);
  const status = (): Promise<number> => post(endpoint, body).then((answer) => answer.status);
  await expect.poll(status, { timeout: 60_000, interval: 500 }).toBe(200);
}

function containerLimitMib(): number {
  const { spec } = parse(readFileSync(MANIFEST, 'utf8'));
  const { memory }: { memory: string } = spec.template.spec.containers[0].resources.limits;
  return Number.parseInt(memory, 10) * 1_024;
}

/** The most that a process has had resident, in MiB. */
function peakOf(pid: number): number {
  const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1_024;
}
