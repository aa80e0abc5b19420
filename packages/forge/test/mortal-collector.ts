/** Runs a collector that may be killed at a step, and says what arrived of what it counted. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'fixtures/mortal-collect.ts');

/** What arrives where a batch that is known is dropped. */
export function arrivedCounts(path: string): Readonly<Record<string, number>> {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  const batches = new Map(lines.map((line) => JSON.parse(line)).map((batch) => [batch.id, batch]));
  const counts: Record<string, number> = {};
  for (const { key, labels, value } of [...batches.values()].flatMap(({ measurements }) => measurements)) {
    if (key === 'requests') continue;
    const name = [key, labels.event ?? labels.result].filter((word) => word !== undefined).join(' ');
    const isHistogram = key === 'changeMerge' || key === 'pipelineRun';
    counts[name] = (counts[name] ?? 0) + (isHistogram ? 1 : value);
  }
  return counts;
}

/** How the program ended. */
export interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly printed: string;
}

/** Runs `fixtures/mortal-collect.ts`: place, URL, file of what was sent, and the step before which it is killed. */
export function collectMortally(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], (_, printed, errors) =>
      resolve({ signal: child.signalCode, printed: printed + errors }),
    );
  });
}
