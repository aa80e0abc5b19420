/** Killed before any statement and any request, a collector counts each event once, on both engines. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { change, DAY_MS, issue, run, startFakeForge, timeText } from '../src/fixtures/fake-forge.ts';
import { describeHistories } from './histories.ts';

const PROGRAM = join(import.meta.dirname, 'fixtures/mortal-collect.ts');
const NOW = Date.now();
/** More than a collect takes. */
const STEPS_LIMIT = 150;

describeHistories(({ newPlace, newDirectory }) => {
  test('a collector that is killed at each of its steps counts each event once', async () => {
    const forge = await startFakeForge();
    forge.items.push(issue(1, NOW - DAY_MS), change(2, NOW - DAY_MS), issue(3, NOW - DAY_MS));
    forge.runs?.push(run(1, 'queued'));
    const place = await newPlace();
    const sent = join(newDirectory(), 'sent.jsonl');
    expect(await runProgram([place, forge.url, sent])).toEqual({ signal: null, printed: 'done' });
    let step = 0;
    let wasKilled = true;
    while (wasKilled && step < STEPS_LIMIT) {
      step += 1;
      happen(forge, step);
      const { signal, printed } = await runProgram([place, forge.url, sent, String(step)]);
      wasKilled = signal === 'SIGKILL';
      expect(printed).toBe(wasKilled ? '' : 'done');
    }
    expect(step).toBeGreaterThan(20);
    expect(countedIn(sent)).toEqual({
      'issueEvents opened': step,
      'issueEvents closed': step,
      'changeEvents opened': step,
      'changeEvents merged': step,
      changeMerge: step,
      'pipelineRun failure': step,
    });
  });
});

/** The same events for each step. */
function happen(forge: Awaited<ReturnType<typeof startFakeForge>>, step: number): void {
  const now = timeText(NOW + step * 1000);
  const end = { state: 'closed', closed_at: now };
  forge.items.push(
    issue(step * 10, NOW + step * 1000, end),
    change(step * 10 + 1, NOW + step * 1000, { ...end, pull_request: { merged: true, merged_at: now } }),
  );
  forge.runs?.push(run(step + 1, 'completed', { conclusion: 'failure', started_at: now, completed_at: now }));
}

/** What arrives where a batch that is known is dropped. */
function countedIn(path: string): Readonly<Record<string, number>> {
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

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly printed: string;
}

function runProgram(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], (_, printed, errors) =>
      resolve({ signal: child.signalCode, printed: printed + errors }),
    );
  });
}
