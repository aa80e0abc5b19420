/** Killed before any statement and any request, a collector counts each event once, on both engines. */
import { describeEngines, newDirectory } from '@ephemetry/testing/engines';
import { expect, test } from 'vitest';
import { change, DAY_MS, issue, run, startFakeForge, timeText } from '../src/fixtures/fake-forge.ts';
import { arrivedCounts, collectMortally } from './mortal-collector.ts';

const NOW = Date.now();
/** More than a collect takes. */
const STEPS_LIMIT = 150;

describeEngines(({ engine, newPlace }) => {
  // The statements are the same: what differs is how an engine undoes them.
  const stride = engine === 'sqlite' ? 1 : 4;
  test('a collector that is killed at each of its steps counts each event once', async () => {
    const forge = await startFakeForge();
    forge.items.push(issue(1, NOW - DAY_MS), change(2, NOW - DAY_MS), issue(3, NOW - DAY_MS));
    forge.runs?.push(run(1, 'queued'));
    const place = await newPlace();
    const sent = `${newDirectory()}.jsonl`;
    expect(await collectMortally([place, forge.url, sent])).toEqual({ signal: null, printed: 'done' });
    let rounds = 0;
    let wasKilled = true;
    while (wasKilled && rounds < STEPS_LIMIT) {
      rounds += 1;
      const step = 1 + (rounds - 1) * stride;
      happen(forge, rounds);
      const { signal, printed } = await collectMortally([place, forge.url, sent, String(step)]);
      wasKilled = signal === 'SIGKILL';
      expect(printed).toBe(wasKilled ? '' : 'done');
    }
    expect(rounds * stride).toBeGreaterThan(20);
    expect(arrivedCounts(sent)).toEqual({
      'issueEvents opened': rounds,
      'issueEvents closed': rounds,
      'changeEvents opened': rounds,
      'changeEvents merged': rounds,
      changeMerge: rounds,
      'pipelineRun failure': rounds,
    });
  });
});

/** The same events for each round. */
function happen(forge: Awaited<ReturnType<typeof startFakeForge>>, round: number): void {
  const now = timeText(NOW + round * 1000);
  const end = { state: 'closed', closed_at: now };
  forge.items.push(
    issue(round * 10, NOW + round * 1000, end),
    change(round * 10 + 1, NOW + round * 1000, { ...end, pull_request: { merged: true, merged_at: now } }),
  );
  forge.runs?.push(
    run(round + 1, 'completed', { conclusion: 'failure', started_at: now, completed_at: now }),
  );
}
