/**
 * The promise of the package: whatever way a program ends and whatever the Collector does, every measurement
 * is counted exactly once after at most one drain, and the program ends as it would have without us.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drain, type Verdict } from '@ephemetry/exporter';
import {
  assertTotals,
  type Behaviour,
  type Ended,
  type Receiver,
  runProgram,
  startReceiver,
  temporaryDirectory,
} from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { ENDINGS } from './fixtures/endings.ts';
import { expectedTotals } from './fixtures/measure.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/dying-program.ts', import.meta.url));
const BUDGET_MS = 250;
/** Where all goes well the budget is no matter; a busy machine must not make it one. */
const AMPLE_BUDGET_MS = 10_000;
/** What a busy machine may add to a wait; the benchmark has the real figures. */
const SCHEDULING_MS = 1000;

/** `either`: which of the two attempts meets the fault is a race. */
type Fate = 'delivered' | 'spooled' | 'either' | 'rejected' | 'partial';

/** What the Collector does, and what becomes of a batch while it does so. */
const COLLECTORS: Readonly<Record<string, { behaviour: Behaviour | 'refuse' | 'untrusted'; fate: Fate }>> = {
  answers: { behaviour: { kind: 'answer' }, fate: 'delivered' },
  refuses: { behaviour: 'refuse', fate: 'spooled' },
  'never answers': { behaviour: { kind: 'silent' }, fate: 'spooled' },
  '503 once': { behaviour: { kind: 'status', status: 503, times: 1 }, fate: 'either' },
  '503 always': { behaviour: { kind: 'status', status: 503 }, fate: 'spooled' },
  '400': { behaviour: { kind: 'status', status: 400 }, fate: 'rejected' },
  '401': { behaviour: { kind: 'status', status: 401 }, fate: 'spooled' },
  '403': { behaviour: { kind: 'status', status: 403 }, fate: 'spooled' },
  '404': { behaviour: { kind: 'status', status: 404 }, fate: 'spooled' },
  '413': { behaviour: { kind: 'status', status: 413 }, fate: 'rejected' },
  '429 with Retry-After': {
    behaviour: { kind: 'status', status: 429, headers: { 'retry-after': '30' } },
    fate: 'spooled',
  },
  'partial success': {
    behaviour: { kind: 'partial', rejectedDataPoints: 1, message: 'no', times: 1 },
    fate: 'partial',
  },
  'drips its answer': { behaviour: { kind: 'drip' }, fate: 'spooled' },
  'untrusted certificate': { behaviour: 'untrusted', fate: 'spooled' },
  'commits, loses the answer': { behaviour: { kind: 'commit-then-drop' }, fate: 'spooled' },
};

const SIGNALLED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const HARD = ['SIGKILL', 'abort', 'out of memory'];
const MEASURES_TWICE = ['measures in a late exit handler', 'SIGTERM with a handler that goes on'];

async function runEnding(ending: string, env: Record<string, string>, ...mode: string[]): Promise<Ended> {
  const signal = SIGNALLED.find((name) => ending.startsWith(name));
  return await runProgram(PROGRAM, {
    args: [ending, ...mode],
    env,
    execArgv: ending === 'out of memory' ? ['--max-old-space-size=24'] : [],
    ...(signal === undefined ? {} : { signalWhen: { mark: 'ready', signal } }),
    timeoutMs: 40_000,
  });
}

const bareEndings: Map<string, Promise<Ended>> = new Map();

/** The same ending without telemetry, run once. */
function bareEnding(ending: string): Promise<Ended> {
  const known = bareEndings.get(ending) ?? runEnding(ending, {}, 'bare');
  bareEndings.set(ending, known);
  return known;
}

for (const [collector, { behaviour, fate }] of Object.entries(COLLECTORS)) {
  describe.concurrent(`a Collector that ${collector}`, () => {
    for (const ending of Object.keys(ENDINGS)) {
      test(`${ending}: counted once, and the program ends as it would`, async ({ onTestFinished }) => {
        const receiver = await startReceiver({ tls: behaviour === 'untrusted' });
        onTestFinished(() => receiver.stop());
        const directory = temporaryDirectory();
        onTestFinished(directory.remove);
        const spoolDir = join(directory.path, 'spool');
        if (behaviour === 'refuse') await receiver.stop();
        else if (behaviour !== 'untrusted') receiver.behave(behaviour);
        const budgetMs = fate === 'delivered' || fate === 'partial' ? AMPLE_BUDGET_MS : BUDGET_MS;
        const env = {
          EPHEMETRY_SPOOL_DIR: spoolDir,
          EPHEMETRY_EXIT_BUDGET_MS: String(budgetMs),
          OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.url,
        };

        const ended = await runEnding(ending, env);

        const bare = await bareEnding(ending);
        expect({ code: ended.code, signal: ended.signal }).toEqual({ code: bare.code, signal: bare.signal });
        expect(ended.stdout).toBe('');
        expect(ended.survivors).toEqual([]);
        expect(timeLostAtExit(ended)).toBeLessThan(budgetMs + SCHEDULING_MS);
        if (!HARD.includes(ending)) expectSaid(ended, fate, receiver.url);

        if (behaviour === 'refuse') await receiver.restart();
        if (fate === 'spooled' || fate === 'either') receiver.behave({ kind: 'answer' });
        const certificate = join(directory.path, 'certificate.pem');
        writeFileSync(certificate, receiver.certificate ?? '');
        const report = await drain({
          spoolDir,
          endpoint: receiver.url,
          env: behaviour === 'untrusted' ? { OTEL_EXPORTER_OTLP_CERTIFICATE: certificate } : {},
        });

        expect(report).toMatchObject({ remaining: 0, busyFiles: 0, skippedLines: 0 });
        expectCounted(receiver, fate, MEASURES_TWICE.includes(ending) ? 2 : 1);
        expect(readdirSync(spoolDir).filter((name) => name.endsWith('.jsonl'))).toEqual([]);
        if (fate === 'rejected') expectKeptWithReason(spoolDir);
      });
    }
  });
}

/** Between the first and the last exit listener; nothing for endings without an exit event. */
function timeLostAtExit(ended: Ended): number {
  const at = (mark: string): number =>
    Number(ended.marks.findLast((line) => line.startsWith(mark))?.slice(mark.length) ?? 0);
  return at('exit ends ') - at('exit began ');
}

/** All well: silence. Else one line that names the endpoint, and a verdict. */
function expectSaid(ended: Ended, fate: Fate, endpoint: string): void {
  const said = ended.stderr.split('\n').filter((line) => line.startsWith('ephemetry:'));
  const verdicts = ended.marks.filter((mark) => mark.startsWith('verdict '));
  const verdict: Verdict = JSON.parse(verdicts.at(-1)?.slice('verdict '.length) ?? '{}');
  expect(verdict.lost).toBe(0);
  if (fate === 'delivered') {
    expect(said).toEqual([]);
    expect(verdict.delivered).toBeGreaterThan(0);
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
