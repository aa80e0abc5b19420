/** Adds to one counter for as long as it was told, in turns with the event loop, and watches the memory. Needs --expose-gc. */

import { setImmediate } from 'node:timers/promises';
import { createMeterProvider } from '@ephemetry/exporter';
import { say } from './say.ts';

const ADDS_A_TURN = 100_000;
const lastsMs = Number(process.argv[2]);
const provider = createMeterProvider({ serviceName: 'fab' });
const counter = provider.getMeter('fab').createCounter('fab_tokens_total');

await addFor(lastsMs / 4);
const heapBeforeMib = heapMib();
const { calls, ms } = await addFor(lastsMs);
say({ callsPerSecond: (calls / ms) * 1000, heapGrowthMib: heapMib() - heapBeforeMib });
process.exit(0);

async function addFor(durationMs: number): Promise<{ calls: number; ms: number }> {
  const startedMs = performance.now();
  let calls = 0;
  while (performance.now() - startedMs < durationMs) {
    for (let call = 0; call < ADDS_A_TURN; call += 1) {
      counter.add(1, { role: 'product', phase: 'discovery', group: 'factory' });
    }
    calls += ADDS_A_TURN;
    await setImmediate();
  }
  return { calls, ms: performance.now() - startedMs };
}

function heapMib(): number {
  if (globalThis.gc === undefined) throw new Error('run this program with --expose-gc');
  globalThis.gc();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}
