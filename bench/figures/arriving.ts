import type { Collector } from '../collectors.ts';
import type { Variant } from '../interleave.ts';
import type { ProcessRun } from '../process-run.ts';

/** A program that is fast because nothing arrived must not count. */
export function arriving(collector: Collector, variant: Variant): Variant {
  return async (): Promise<ProcessRun> => {
    const before = await collector.received();
    const run = await variant();
    const arrived = (await collector.received()) - before;
    if (arrived < 1) throw new Error(`a process ended without its batch at the Collector: ${run.stderr}`);
    return run;
  };
}
