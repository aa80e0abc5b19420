/** Jobs with OpenTelemetry's own SDKs under `ephemetry run`, ended in every way, through the gateway into both stores. */
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { queryPrometheus, temporaryDirectory } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { startDoublingRelay } from '../support/doubling-relay.ts';
import { startLaptopGateway } from '../support/laptop-gateway.ts';
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
  readonly ending: string;
  readonly language: (typeof LANGUAGES)[number];
}

/** What the gate looks at of every language but the first; `pnpm soak:e2e` looks at all. */
const FEW: readonly string[] = ['return', 'throw', 'memory', 'SIGKILL', 'parent-SIGTERM', 'any-moment'];
const IS_SOAK = process.env['E2E_KILLS'] !== undefined;

function runsOf(language: Run['language'], temporality: 'delta' | 'cumulative' = 'delta'): readonly Run[] {
  const more = temporality === 'cumulative' ? ['cumulative'] : [];
  const run = (ending: string, does: string, count: number, kill?: Run['kill']): Run => {
    const name = `${language}-${temporality}-${ending}`;
    return { name, ending, language, args: [name, String(count), does, ...more], ...(kill && { kill }) };
  };
  return [
    ...OWN_ENDINGS.map((ending) => run(ending, ending, EXPORTS)),
    ...BY_PARENT.map((signal) => run(`parent-${signal}`, 'wait', EXPORTS, { signal, after: 'done' })),
    run('any-moment', 'return', 100_000, { signal: 'SIGKILL', after: 1 + Math.floor(Math.random() * 20) }),
  ];
}

const FIRST = runsOf('python');
const OTHERS = [...runsOf('go'), ...runsOf('node'), ...runsOf('python', 'cumulative')];
const RUNS = [...FIRST, ...OTHERS.filter(({ ending }) => IS_SOAK || FEW.includes(ending))];

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
function isExact(shown: number | undefined, { exported }: EndedJob, { ending }: Run): boolean {
  const more = ending === 'any-moment' ? 1 : 0;
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

const STEPS = 40;

/** As programs are written: nobody flushes, and the SDK exports when its interval is over. */
test('more of a job that nobody flushes is kept with the wrapper than without it', async (t) => {
  const gateway = await startLaptopGateway(t);
  const { path, remove } = temporaryDirectory();
  t.onTestFinished(remove);
  const wrapper = ['--spool-dir', join(path, 'spool'), '--endpoint', gateway.endpoint];
  const env = {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: gateway.endpoint,
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
  };
  const cases = LANGUAGES.flatMap((language) =>
    (['return', 'throw', 'SIGTERM', 'SIGKILL'] as const).map((ending) => ({ language, ending })),
  );
  const run = async ({ language, ending }: (typeof cases)[number], isWrapped: boolean): Promise<void> => {
    const name = `${language}-${ending}-${isWrapped ? 'with' : 'without'}`;
    const args = [name, String(STEPS), ending, 'unflushed'];
    const instance = { OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${name}` };
    await runJob({
      program: sdkJob(language),
      args,
      env: { ...env, ...(isWrapped ? {} : instance) },
      ...(isWrapped ? { wrapper } : {}),
    });
  };
  for (const each of cases) await Promise.all([run(each, false), run(each, true)]);
  await drain({ spoolDir: join(path, 'spool'), endpoint: gateway.endpoint, env: {} });
  await gateway.merged();
  const samples = await gateway.totals();
  const shown = (name: string): number =>
    samples
      .filter((sample) => sample.name === 'job_rows_total' && sample.labels['run'] === name)
      .reduce((sum, { value }) => sum + value, 0);
  const rows = cases.map(({ language, ending }) => {
    const [without, kept] = ['without', 'with'].map((how) => shown(`${language}-${ending}-${how}`));
    return { language, ending, without: without ?? 0, with: kept ?? 0 };
  });
  console.log(rows.map((row) => `| ${Object.values(row).join(' | ')} |`).join('\n'));
  expect(rows.filter((row) => row.with < row.without)).toEqual([]);
  const killed = rows.filter(({ ending }) => ending === 'SIGKILL');
  expect(killed.filter((row) => row.without > 0 || row.with === 0)).toEqual([]);
}, 600_000);
