/** Programs that live longer: sessions one after the other, and a hot counter. */
import type { Figure } from '../figure.ts';
import { interleave } from '../interleave.ts';
import { runProcess } from '../process-run.ts';
import { spreadOf } from '../spread.ts';
import { SPOOL_ONLY, type Surroundings, sendTo } from './surroundings.ts';

/** Sessions of a process that are recorded with cold code. */
const WARM_UPS = 50;

/** The time a session holds up the main thread, and how many a Collector gets in a second. */
export async function measureManySessions({ effort, healthy }: Surroundings): Promise<Figure[]> {
  const args = [`${effort.sessions}`, `${WARM_UPS}`];
  const rounds = await interleave(effort.longRounds, {
    sent: () => runProcess('sessions-in-a-row', { args, env: sendTo(healthy.url) }),
    spooled: () => runProcess('sessions-in-a-row', { args, env: SPOOL_ONLY }),
    adds: () =>
      runProcess('sustained-add', { args: [`${effort.addMs}`], env: SPOOL_ONLY, execArgv: ['--expose-gc'] }),
  });
  const said = (program: 'sent' | 'spooled' | 'adds', name: string): Figure['spread'] =>
    spreadOf(rounds.map((run) => run(program).said[name] ?? Number.NaN));
  for (const run of rounds) {
    const { delivered } = run('sent').said;
    if (delivered !== effort.sessions)
      throw new Error(`${delivered} of ${effort.sessions} sessions were delivered`);
  }
  return [
    {
      name: 'persist.p50',
      meaning: 'Record and persist one session of many, median; a healthy Collector is fed meanwhile',
      unit: 'ms',
      spread: said('sent', 'p50Ms'),
      bar: { limit: 0.6, goFor: 0.2 },
    },
    {
      name: 'persist.p99',
      meaning: 'The same, 99th percentile',
      unit: 'ms',
      spread: said('sent', 'p99Ms'),
      bar: { limit: 5, goFor: 1 },
    },
    {
      name: 'persist.spool_only.p50',
      meaning: 'The same, spool-only, median',
      unit: 'ms',
      spread: said('spooled', 'p50Ms'),
    },
    {
      name: 'persist.spool_only.p99',
      meaning: 'The same, spool-only, 99th percentile',
      unit: 'ms',
      spread: said('spooled', 'p99Ms'),
    },
    {
      name: 'delivery.rate',
      meaning: 'Batches that are persisted and delivered in a second',
      unit: 'batches/s',
      spread: said('sent', 'batchesPerSecond'),
    },
    {
      name: 'add.rate',
      meaning: 'counter.add with three labels on the main thread, sustained',
      unit: 'calls/s',
      spread: said('adds', 'callsPerSecond'),
      bar: { limit: 1e6, goFor: 5e6, isLeast: true },
    },
    {
      name: 'add.heap_growth',
      meaning: 'Heap in use after that, above before it, both after a garbage collection',
      unit: 'MiB',
      spread: said('adds', 'heapGrowthMib'),
      bar: { limit: 0.5 },
    },
  ];
}
