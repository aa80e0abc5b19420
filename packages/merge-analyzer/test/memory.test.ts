/** Memory is bounded by windows, not by history: a catch-up in a heap that would not hold the history. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';

const SHORT = 10_000;
const LONG = 60_000;
/** 60,000 merges with their events are about 90 MB as objects. */
const HEAP_MIB = 48;
/** Ten times the heap. */
const LARGE = 500;
const MEGABYTE = 1_000_000;
/** What may differ between two runs of one program. */
const NOISE_BYTES = 1_000_000;

const engine = engineOfTests('postgresql');

test.skipIf(isPostgresqlMissing)(
  `${LONG} merges need ${HEAP_MIB} MiB of heap, and leave as much behind as ${SHORT}${WHY_SKIPPED}`,
  () => {
    const [short, long] = [catchUp(SHORT), catchUp(LONG)];
    expect(short.mergesSoFar).toBe(SHORT);
    expect(long.mergesSoFar).toBe(LONG);
    expect(long.heapBytes - short.heapBytes).toBeLessThan(NOISE_BYTES);
  },
  120_000,
);

test.skipIf(isPostgresqlMissing)(
  `merges with payloads of a megabyte each need no more than others${WHY_SKIPPED}`,
  () => {
    expect(catchUp(LARGE, MEGABYTE).mergesSoFar).toBe(LARGE);
  },
  120_000,
);

/** In a process of its own, so that the heap is its alone. */
function catchUp(
  merges: number,
  ballastBytes = 0,
): { readonly mergesSoFar: number; readonly heapBytes: number } {
  const args = [`--max-old-space-size=${HEAP_MIB}`, '--expose-gc'];
  const fixture = join(import.meta.dirname, 'fixtures/long-catch-up.ts');
  const program = [...args, fixture, engine.server?.url ?? '', String(merges), String(ballastBytes)];
  return JSON.parse(execFileSync(process.execPath, program, { encoding: 'utf8' }));
}
