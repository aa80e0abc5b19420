/** Memory that requests of a few kilobytes can make the gateway take, with the settings of its manifest. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestMemory } from './bench/measured-gateway.ts';
import { emptyMessages, honestBatch, postProtobuf } from './hostile-requests.ts';
import { showsTotal, startLaptopGateway } from './laptop-gateway.ts';
import { postAll } from './post.ts';

const MANIFEST = join(import.meta.dirname, '..', 'examples', 'kubernetes', 'gateway', 'stateful-set.yaml');
const LARGEST_REQUEST = 4 * 2 ** 20;

test('four of the worst requests at once, 4 KB each on the wire, leave a fifth of the container’s memory free', async (t) => {
  const gateway = await startLaptopGateway(t, manifestMemory());
  const worst = emptyMessages(LARGEST_REQUEST);
  const answers = await Promise.all([1, 2, 3, 4].map(() => postProtobuf(gateway.endpoint, worst)));
  const [, limitGib] = /limits:\n\s+memory: (\d+)Gi/.exec(readFileSync(MANIFEST, 'utf8')) ?? [];
  const limitMib = Number(limitGib) * 1_024;
  const peakMib = peakOf(gateway.service.pid);
  const factor = (peakMib * 2 ** 20) / (answers.length * LARGEST_REQUEST);
  console.log(`${peakMib.toFixed(0)} of ${limitMib} MiB, ${factor.toFixed(0)} bytes for each byte of a body`);
  expect(peakMib).toBeLessThan(0.8 * limitMib);
  // Taken, or refused until there is room: it lives, and counts.
  expect(answers.every(({ status }) => status === 200 || status === 503)).toBe(true);
  await expect.poll(() => sent(gateway.endpoint), { timeout: 20_000 }).toBe(true);
  await showsTotal(gateway, 'innocent_total', 1);
});

async function sent(endpoint: string): Promise<boolean> {
  return postAll(endpoint, [honestBatch('honest')], 1).then(
    () => true,
    () => false,
  );
}

/** The most that a process has had resident, in MiB. */
function peakOf(pid: number): number {
  const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1_024;
}
