/**
 * The bar: any sequence of measurements, collector faults and kills, drained by up to three drains at once,
 * gives exact totals. Real processes, really killed; every run of the property is a small disaster.
 *
 * Reproduce one with `EPHEMETRY_TEST_SEED=<seed> EPHEMETRY_TEST_PATH=<path>`, both in the failure's message.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DrainReport, drain } from '@ephemetry/exporter';
import {
  assertTotals,
  type Behaviour,
  type Ended,
  type ExpectedTotals,
  type Receiver,
  runProgram,
  startReceiver,
  temporaryDirectory,
} from '@ephemetry/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { End, Script, Step } from './fixtures/script.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/scripted-program.ts', import.meta.url));
const DRAIN = fileURLToPath(new URL('./fixtures/drain-program.ts', import.meta.url));
const RUNS = 40;
const SEED = Number(process.env.EPHEMETRY_TEST_SEED ?? Date.now()) | 0;

/** `refuse`: nobody listens. None of these is a refusal for ever, so nothing may be missing in the end. */
type Fault = Behaviour | { readonly kind: 'refuse' };

/** Which drains come while it still fails, which when it is well again, and whether one is killed in between. */
interface Recovery {
  readonly vainDrains: number;
  readonly drains: number;
  /** Batches after which a first drain is killed. */
  readonly killAfter: number | undefined;
}

interface Disaster {
  readonly programs: readonly Script[];
  /** The Collector's faults; the next one at each step of any program. */
  readonly faults: readonly Fault[];
  readonly recovery: Recovery;
}

const measure = fc.record({
  kind: fc.constant('measure' as const),
  value: fc.integer({ min: 0, max: 9 }),
  role: fc.constantFrom('author', 'critic', 'build'),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: measure },
  { weight: 4, arbitrary: fc.constant({ kind: 'persist' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('flush' as const), timeoutMs: fc.integer({ min: 0, max: 60 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 25 }) }),
  },
);
const end: fc.Arbitrary<End> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(...(['exit', 'natural', 'throw', 'SIGTERM', 'SIGKILL', 'shutdown'] as const)),
  }),
  fc.record({ kind: fc.constant('kill' as const), afterMs: fc.integer({ min: 0, max: 80 }) }),
);
const script = fc.record({ steps: fc.array(step, { minLength: 2, maxLength: 16, size: 'max' }), end });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'answer' as const }) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Fault[]>(
      { kind: 'answer', delayMs: 30 },
      { kind: 'silent' },
      { kind: 'status', status: 503 },
      { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
      { kind: 'status', status: 404 },
      { kind: 'drip' },
      { kind: 'drop' },
      { kind: 'commit-then-drop' },
      { kind: 'refuse' },
    ),
  },
);
const disaster: fc.Arbitrary<Disaster> = fc.record({
  programs: fc.array(script, { minLength: 1, maxLength: 2 }),
  faults: fc.array(fault, { minLength: 1, maxLength: 8 }),
  recovery: fc.record({
    vainDrains: fc.integer({ min: 0, max: 2 }),
    drains: fc.integer({ min: 1, max: 3 }),
    killAfter: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  }),
});

test(`any measurements, faults and kills give exact totals (seed ${SEED})`, async () => {
  const path = process.env.EPHEMETRY_TEST_PATH;
  await fc.assert(fc.asyncProperty(disaster, survive), {
    numRuns: RUNS,
    seed: SEED,
    // Shrinking real disasters takes minutes; the seed and the path bring the same one back.
    endOnFailure: true,
    interruptAfterTimeLimit: 45_000,
    markInterruptAsFailure: false,
    ...(path === undefined ? {} : { path }),
  });
});

async function survive({ programs, faults, recovery }: Disaster): Promise<void> {
  await using receiver = await startReceiver();
  using directory = temporaryDirectory();
  const spoolDir = join(directory.path, 'spool');
  const env = {
    EPHEMETRY_SPOOL_DIR: spoolDir,
    EPHEMETRY_EXIT_BUDGET_MS: '100',
    // Only the script persists, so that what must be on disk is known.
    EPHEMETRY_PERSIST_INTERVAL_MS: '3600000',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.url,
  };
  const weather = new Weather(receiver, faults);

  // An answer that never comes is given up within the life of a program.
  const programEnv = { ...env, OTEL_EXPORTER_OTLP_TIMEOUT: '60' };
  const lives = await Promise.all(programs.map((each) => live(each, programEnv, weather)));
  await Promise.all(Array.from({ length: recovery.vainDrains }, () => drain({ env, timeoutMs: 60 })));

  await weather.clear();
  if (!existsSync(spoolDir)) return assertCounted(receiver, lives);
  if (recovery.killAfter !== undefined) await drainAndDie(receiver, env, recovery.killAfter);
  const reports = await Promise.all(Array.from({ length: recovery.drains }, () => drain({ env })));
  expectDrained(reports, spoolDir);
  assertCounted(receiver, lives);
}

/** Changes the Collector at every step of every program, one change after the other. */
class Weather {
  readonly #receiver: Receiver;
  readonly #faults: readonly Fault[];
  #step = 0;
  #changed: Promise<void> = Promise.resolve();

  constructor(receiver: Receiver, faults: readonly Fault[]) {
    this.#receiver = receiver;
    this.#faults = faults;
  }

  turn(): void {
    const fault = this.#faults[this.#step % this.#faults.length];
    this.#step += 1;
    this.#changed = this.#changed.then(async () => {
      await this.#receiver.restart();
      if (fault?.kind === 'refuse') await this.#receiver.stop();
      else if (fault !== undefined) this.#receiver.behave(fault);
    });
  }

  async clear(): Promise<void> {
    await this.#changed;
    this.#receiver.behave({ kind: 'answer' });
    await this.#receiver.restart();
  }
}

interface Life {
  readonly script: Script;
  readonly ended: Ended;
}

async function live(script: Script, env: Record<string, string>, weather: Weather): Promise<Life> {
  const { end } = script;
  const ended = await runProgram(PROGRAM, {
    args: [JSON.stringify(script)],
    env,
    onMark: (mark, program) => {
      if (mark.startsWith('begins')) weather.turn();
      if (mark === 'begins 0' && end.kind === 'kill') setTimeout(() => program.kill('SIGKILL'), end.afterMs);
    },
  });
  expect(ended.stdout).toBe('');
  expect(ended.survivors).toEqual([]);
  return { script, ended };
}

/** A drain that is killed after so many batches: its lease must not keep the next one out. */
async function drainAndDie(
  receiver: Receiver,
  env: Record<string, string>,
  killAfter: number,
): Promise<void> {
  const before = receiver.requests.length;
  receiver.behave({ kind: 'answer', delayMs: 5 });
  await runProgram(DRAIN, {
    env,
    onMark: (mark, program) => {
      if (mark !== 'drains') return;
      void receiver
        .waitFor(() => receiver.requests.length >= before + killAfter, { what: 'requests of the drain' })
        // Fewer batches than that: it came to its end.
        .catch(() => {})
        .then(() => program.kill('SIGKILL'));
    },
  });
  receiver.behave({ kind: 'answer' });
}

function expectDrained(reports: readonly DrainReport[], spoolDir: string): void {
  for (const report of reports) {
    expect(report).toMatchObject({ rejected: 0, expired: 0, lostDataPoints: 0, problems: [] });
    expect(report.failure).toBeUndefined();
  }
  expect(readdirSync(spoolDir).filter((name) => name.endsWith('.jsonl'))).toEqual([]);
}

/**
 * What a killed program had on disk is what it said, or one `persist` more, for which it had no time to say so.
 * So every program has one or two possible totals, and one combination of them must be the counted one.
 */
function assertCounted(receiver: Receiver, lives: readonly Life[]): void {
  expect(receiver.malformed).toEqual([]);
  const choices = lives.map(possibleEnds);
  const combinations = choices.reduce<Step[][]>(
    (all, ends) => all.flatMap((steps) => ends.map((more) => [...steps, ...more])),
    [[]],
  );
  const totals = receiver.totals();
  const errors = combinations.flatMap((steps) => tryAssert(() => assertTotals(totals, expectedOf(steps))));
  if (errors.length === combinations.length) {
    const stories = lives.map(({ script, ended }) => ({ script, marks: ended.marks, stderr: ended.stderr }));
    throw new Error(`${errors[0]?.message}\nafter ${JSON.stringify(stories, null, 1)}`);
  }
}

function tryAssert(assertion: () => void): Error[] {
  try {
    assertion();
    return [];
  } catch (error) {
    return [error instanceof Error ? error : new Error(String(error))];
  }
}

/** The steps that may count. A program that ended by itself, or by a signal it could see, loses nothing. */
function possibleEnds({ script, ended }: Life): Step[][] {
  const last = (mark: string): number =>
    Number(ended.marks.findLast((line) => line.startsWith(mark))?.slice(mark.length) ?? 0);
  const isKilled = ended.signal === 'SIGKILL';
  const begun = script.steps.slice(0, last('begins ') + 1);
  if (!isKilled) return [[...script.steps]];
  const said = script.steps.slice(0, last('persisted '));
  const isPersisting = ['persist', 'flush'].includes(begun.at(-1)?.kind ?? '');
  return isPersisting && begun.length > said.length ? [said, begun] : [said];
}

function expectedOf(steps: readonly Step[]): ExpectedTotals {
  const work: Record<string, number> = {};
  const buckets = [0, 0, 0];
  let sum = 0;
  let count = 0;
  for (const each of steps) {
    if (each.kind !== 'measure') continue;
    const labels = `role=${each.role}`;
    work[labels] = (work[labels] ?? 0) + each.value;
    const bucket = each.value <= 2 ? 0 : each.value <= 5 ? 1 : 2;
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    sum += each.value;
    count += 1;
  }
  if (count === 0) return {};
  return {
    counters: { work_total: work },
    histograms: { work_seconds: { '': { count, sum, buckets, bounds: [2, 5] } } },
  };
}
