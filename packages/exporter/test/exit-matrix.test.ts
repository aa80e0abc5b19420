/**
 * The promise of the package: whatever way a program ends and whatever the Collector does, every measurement
 * is counted exactly once after at most one drain, and the program ends as it would have without us.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import {
  assertTotals,
  type Ended,
  type Receiver,
  startReceiver,
  temporaryDirectory,
  unsharedUnavailable,
} from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { expectedTotals } from './fixtures/measure.ts';
import { COLLECTORS, type Fate, isEndless } from './matrix-collectors.ts';
import { bareEnding, MATRIX_ENDINGS, runEnding } from './matrix-endings.ts';
import { AMPLE_BUDGET_MS, linesSaid, PROMPT_MS, spoolFiles, verdicts } from './scene.ts';

const BUDGET_MS = 250;
/** What a busy machine may add to the usual wait; the benchmark has the real figures. */
const SCHEDULING_MS = 2000;
/** What endings cost where only the budget ends the wait. */
const waitedOutMs: number[] = [];

const noNamespaces = unsharedUnavailable();

for (const [name, collector] of Object.entries(COLLECTORS)) {
  const { behaviour, fate } = collector;
  describe.concurrent(`a Collector that ${name}`, () => {
    for (const ending of MATRIX_ENDINGS) {
      const isImpossible = ending.isProcess1 && noNamespaces !== undefined;
      const title = isImpossible ? `${ending.name} (skipped: ${noNamespaces})` : ending.name;
      test.skipIf(isImpossible)(
        `${title}: counted once, and the program ends as it would`,
        async ({ onTestFinished }) => {
          const receiver = await startReceiver({ tls: behaviour === 'untrusted' });
          onTestFinished(() => receiver.stop());
          const directory = temporaryDirectory();
          onTestFinished(directory.remove);
          const spoolDir = join(directory.path, 'spool');
          if (behaviour === 'refuse') await receiver.stop();
          else if (behaviour !== 'untrusted') receiver.behave(behaviour);
          // An answer ends the wait, also a bad one, and so does a second signal. Else only the budget does.
          const isCutShort = ending.isSentTwice && isEndless(collector);
          const isWaitedOut = isEndless(collector) && !isCutShort;
          const budgetMs = isWaitedOut ? BUDGET_MS : AMPLE_BUDGET_MS;
          const env = {
            EPHEMETRY_SPOOL_DIR: spoolDir,
            EPHEMETRY_EXIT_BUDGET_MS: String(budgetMs),
            OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.url,
            // Only the budget may end a wait that nobody answers.
            OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
          };

          const { ended, lostMs } = await runEnding(ending, env, receiver);

          const { code, signal } = ending.expected ?? (await bareEnding(ending));
          expect({ code: ended.code, signal: ended.signal }).toEqual({ code, signal });
          expect(ended.stdout).toBe('');
          expect(ended.survivors).toEqual([]);
          expect(lostMs).toBeLessThan(PROMPT_MS);
          if (isWaitedOut && !ending.isHard) waitedOutMs.push(lostMs);
          if (isCutShort) expect(verdicts(ended)).toEqual([]);
          if (!ending.isHard) expectSaid(ended, { fate, measures: ending.measures, endpoint: receiver.url });

          if (behaviour === 'refuse') await receiver.restart();
          if (fate === 'spooled' || fate === 'either') receiver.behave({ kind: 'answer' });
          const certificate = join(directory.path, 'certificate.pem');
          writeFileSync(certificate, receiver.certificate ?? '');
          const report = await drain({
            spoolDir,
            endpoint: receiver.url,
            env: behaviour === 'untrusted' ? { OTEL_EXPORTER_OTLP_CERTIFICATE: certificate } : {},
          });

          expect(report).toMatchObject({ spooled: 0, busyFiles: 0, unreadable: 0 });
          expectCounted(receiver, fate, ending.measures);
          expect(spoolFiles(spoolDir)).toEqual([]);
          if (fate === 'rejected') expectKeptWithReason(spoolDir);
        },
      );
    }
  });
}

test('where nobody answers, the usual end costs the budget and hardly more', () => {
  const median = waitedOutMs.sort((a, b) => a - b)[Math.floor(waitedOutMs.length / 2)];
  expect(median).toBeGreaterThan(0.8 * BUDGET_MS);
  expect(median).toBeLessThan(BUDGET_MS + SCHEDULING_MS);
});

/** All well: silence. Else one line that names the endpoint, and a verdict. */
function expectSaid(
  ended: Ended,
  { fate, measures, endpoint }: { fate: Fate; measures: number; endpoint: string },
): void {
  const said = linesSaid(ended);
  const told = verdicts(ended);
  const verdict = told.at(-1);
  // What is measured once the end has begun is seen to by itself.
  if (measures === 1) expect({ told, said: said.slice(1) }).toEqual({ told: [expect.anything()], said: [] });
  expect(verdict).toMatchObject({ lost: 0 });
  if (fate === 'delivered') {
    expect(said).toEqual([]);
    expect(verdict?.delivered).toBeGreaterThan(0);
    return;
  }
  if (fate !== 'either') expect(said.length).toBeGreaterThan(0);
  for (const line of said) expect(line).toContain(endpoint);
}

function expectCounted(receiver: Receiver, fate: Fate, times: number): void {
  expect(receiver.malformed).toEqual([]);
  const expected = expectedTotals(fate === 'rejected' ? 0 : times);
  // The point that the partial success refused is the first of the first batch.
  if (fate === 'partial') takeOff(expected.counters.jobs_total, 'kind=build', 2);
  assertTotals(receiver.totals(), expected);
}

function takeOff(series: Record<string, number> | undefined, labels: string, value: number): void {
  if (series?.[labels] === undefined) throw new Error(`nothing expected under ${labels}`);
  series[labels] -= value;
  if (series[labels] === 0) delete series[labels];
}

function expectKeptWithReason(spoolDir: string): void {
  const folder = join(spoolDir, 'rejected');
  const kept = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  expect(kept.length).toBeGreaterThan(0);
  for (const { reason, batch } of kept) {
    expect(reason).toMatch(/answered 4(00|13)/);
    expect(JSON.parse(batch)).toHaveProperty('resourceMetrics');
  }
}
