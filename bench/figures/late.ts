/** Collectors that take a batch and answer late: how many copies they get of it. One is right. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { startReceiver } from '@ephemetry/testing';
import type { Figure } from '../figure.ts';
import { runProcess } from '../process-run.ts';
import { spreadOf } from '../spread.ts';
import { type Surroundings, sendTo } from './surroundings.ts';

const DELAYS_MS = [100, 300, 900];

/** Programs that end at once, one after the other with one spool, and whoever delivers what they left. */
export async function measureLateAnswers({ effort }: Surroundings): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const delayMs of DELAYS_MS) {
    const copies: number[] = [];
    for (let round = 0; round < effort.slowRounds; round += 1)
      copies.push(await copiesABatch(delayMs, effort.lateRuns));
    figures.push({
      name: `late.${delayMs}ms.copies`,
      meaning: `Copies received for each batch, Collector answers after ${delayMs} ms: ${effort.lateRuns} programs that call process.exit at once, then a drain`,
      unit: 'ratio',
      spread: spreadOf(copies),
      bar: { limit: 1 },
    });
  }
  return figures;
}

async function copiesABatch(delayMs: number, runs: number): Promise<number> {
  const receiver = await startReceiver({ behaviour: { kind: 'answer', delayMs } });
  const spoolDir = mkdtempSync(join(tmpdir(), 'ephemetry-bench-'));
  try {
    for (let run = 0; run < runs; run += 1)
      await runProcess('exit-ephemetry', { env: sendTo(receiver.url), spoolDir });
    await drain({ spoolDir, endpoint: receiver.url, env: {} });
    const batches = new Set(receiver.batches.map(({ runId, sequence }) => `${runId} ${sequence}`));
    // A batch that never came must not make the others look better.
    if (batches.size !== runs) throw new Error(`${runs} batches were expected, but ${batches.size} came`);
    return receiver.batches.length / runs;
  } finally {
    rmSync(spoolDir, { recursive: true, force: true });
    await receiver.stop();
  }
}
