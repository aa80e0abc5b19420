/** Jobs with OpenTelemetry's own SDKs under `ephemetry run`, ended in every way, through the gateway into both stores. */
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { queryPrometheus } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { startDoublingRelay } from '../support/doubling-relay.ts';
import { type SdkProgram, sdkJob } from '../support/sdk-programs.ts';
import { startStack } from '../support/stack.ts';
import { startVictoriaStack, totalOf } from '../support/victoria-stack.ts';
import { type EndedJob, type JobTerms, runJob } from '../support/wrapped-job.ts';

const LANGUAGES = ['python', 'go', 'node'] as const;
const EXPORTS = 3;
const NOWHERE = 'http://127.0.0.1:1/v1/metrics';
/** By the job itself, and by the system. */
const OWN_ENDINGS = [
  'return',
  'exit',
  'throw',
  'leave',
  'memory',
  'SIGTERM',
  'SIGABRT',
  'SIGSEGV',
  'SIGKILL',
];
const BY_PARENT = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const;

interface Run extends Omit<JobTerms, 'program' | 'wrapper'> {
  /** Its label, which no other has. */
  readonly name: string;
  readonly language: (typeof LANGUAGES)[number];
}

/** Node's process 1 of a signal that it sends itself is the wrapper's to see: what it handles it ends by. */
function runsOf(language: Run['language'], temporality: 'delta' | 'cumulative' = 'delta'): readonly Run[] {
  const more = temporality === 'cumulative' ? ['cumulative'] : [];
  const named = (ending: string): string => `${language}-${temporality}-${ending}`;
  return [
    ...OWN_ENDINGS.map((ending) => ({
      name: named(ending),
      language,
      args: [named(ending), String(EXPORTS), ending, ...more],
    })),
    ...BY_PARENT.map((signal) => ({
      name: named(`parent-${signal}`),
      language,
      args: [named(`parent-${signal}`), String(EXPORTS), 'wait', ...more],
      kill: { signal, after: 'done' as const },
    })),
    {
      name: named('any-moment'),
      language,
      args: [named('any-moment'), '100000', 'return', ...more],
      kill: { signal: 'SIGKILL' as const, after: 1 + Math.floor(Math.random() * 20) },
    },
  ];
}

const RUNS = [...LANGUAGES.flatMap((language) => runsOf(language)), ...runsOf('python', 'cumulative')];

interface Scene {
  readonly endpoint: string;
  readonly spool: string;
}

/** Every second one finds no Collector, and all that arrives comes twice. */
async function runAll(t: TestContext, target: string, directory: string): Promise<Map<string, EndedJob>> {
  const relay = await startDoublingRelay(target);
  t.onTestFinished(() => relay[Symbol.asyncDispose]());
  const scene = { endpoint: relay.endpoint, spool: join(directory, 'spool') };
  const programs = new Map(LANGUAGES.map((language) => [language, sdkJob(language)]));
  const ended = new Map<string, EndedJob>();
  const pending = RUNS.entries();
  const worker = async (): Promise<void> => {
    for (const [index, run] of pending) {
      const program = programs.get(run.language) ?? [''];
      ended.set(run.name, await runWrapped(run, program, scene, index % 2 === 0));
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  const report = await drain({ spoolDir: scene.spool, endpoint: relay.endpoint, env: {} });
  expect(report).toMatchObject({ spooled: 0, rejected: 0, lostDataPoints: 0 });
  return ended;
}

function runWrapped(
  run: Run,
  program: SdkProgram,
  { endpoint, spool }: Scene,
  isThere: boolean,
): Promise<EndedJob> {
  const wrapper = ['--name', run.language, '--spool-dir', spool, '--endpoint', isThere ? endpoint : NOWHERE];
  return runJob({ ...run, program, wrapper });
}

/** What a store must show of a run: all whose export had returned; one more whose word was on its way when it was killed. */
function isExact(shown: number | undefined, { exported }: EndedJob, { name }: Run): boolean {
  const more = name.endsWith('any-moment') ? 1 : 0;
  return shown !== undefined && shown >= exported && shown <= exported + more;
}

function expectAll(
  ended: ReadonlyMap<string, EndedJob>,
  shown: ReadonlyMap<string, number>,
  factor: number,
): void {
  const wrong = RUNS.flatMap((run) => {
    const end = ended.get(run.name);
    const total = (shown.get(run.name) ?? Number.NaN) / factor;
    const isRight = end !== undefined && end.exported > 0 && isExact(total, end, run);
    return isRight ? [] : [`${run.name}: shows ${total} of ${end?.exported}; ${end?.stderr.slice(-300)}`];
  });
  expect(wrong).toEqual([]);
}

test('what a job had exported is in Prometheus exactly, however it ended, also when all comes twice', async (t) => {
  const stack = await startStack(t);
  const ended = await runAll(t, stack.gateway.endpoint, stack.directory);
  await stack.settled();
  const byRun = async (metric: string): Promise<ReadonlyMap<string, number>> => {
    const samples = await queryPrometheus(stack.prometheus.url, `sum by (run) (${metric})`);
    return new Map(samples.map(({ labels, value }) => [labels['run'] ?? '', value]));
  };
  expectAll(ended, await byRun('job_rows_total'), 1);
  expectAll(ended, await byRun('job_step_seconds_count'), 1);
  expectAll(ended, await byRun('job_step_seconds_sum'), 3);
  const runs = await queryPrometheus(stack.prometheus.url, 'sum(command_runs_total{command!="unknown"})');
  expect(runs[0]?.value).toBe(RUNS.length);
  const unknown = await queryPrometheus(stack.prometheus.url, 'sum(command_runs_total{outcome="unknown"})');
  expect(unknown[0]?.value ?? 0).toBe(0);
}, 600_000);

test('and in VictoriaMetrics', async (t) => {
  const stack = await startVictoriaStack(t);
  const ended = await runAll(t, stack.gateway.endpoint, stack.directory);
  await stack.gateway.merged();
  const totals = await Promise.all(
    RUNS.map(
      async ({ name }) => [name, await totalOf(stack, `job_rows_total{run="${name}"}`, '1h')] as const,
    ),
  );
  expectAll(ended, new Map(totals.map(([name, value]) => [name, value ?? Number.NaN])), 1);
}, 600_000);
