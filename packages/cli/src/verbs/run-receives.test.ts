import { join } from 'node:path';
import { startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';

/** Posts OTLP/JSON as the environment says; `at` is so many milliseconds after the start. */
const CHILD = `
const startMs = Date.now();
const at = (ms) => String(BigInt(startMs + ms) * 1000000n);
const sum = (value, ms, more = {}) => ({ name: 'jobs_total', unit: '{job}', sum: { aggregationTemporality: 2, isMonotonic: true,
  dataPoints: [{ startTimeUnixNano: at(0), timeUnixNano: at(ms), asInt: String(value), ...more }] } });
const post = async (metrics, headers = {}) => {
  const [name, token] = (process.env.OTEL_EXPORTER_OTLP_METRICS_HEADERS ?? '=').split('=');
  const response = await fetch(process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, { method: 'POST',
    headers: { 'content-type': 'application/json', [name]: token, ...headers },
    body: JSON.stringify({ resourceMetrics: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'job' } }] },
      scopeMetrics: [{ scope: { name: 'test' }, metrics }] }] }) });
  return { status: response.status, body: await response.text() };
};`;

/** A busy machine is no reason to leave anything for later. */
const PATIENT = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };

function makeSpool(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  return join(directory.path, 'spool');
}

async function runChild(
  script: string,
  endpoint: string,
  {
    env = {},
    spool = makeSpool(),
  }: { readonly env?: Readonly<Record<string, string>>; readonly spool?: string } = {},
): Promise<Awaited<ReturnType<typeof runCommand>>> {
  const code = `${CHILD}(async () => {${script}})();`;
  const own = ['run', '--name', 'job', '--spool-dir', spool, '--endpoint', endpoint];
  return runCommand([...own, '--', process.execPath, '-e', code], { env: { ...PATIENT, ...env } });
}

describe('ephemetry run receives', () => {
  it('delivers what the command exported, exactly, though it kills itself after the last answer', async () => {
    await using receiver = await startReceiver();
    const ended = await runChild(
      `for (const [value, ms] of [[3, 1], [3, 2], [10, 3]]) await post([sum(value, ms)]);
       await post([sum(10, 3)]);
       process.kill(process.pid, 'SIGKILL');`,
      receiver.url,
    );
    expect(ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
    const { counters } = receiver.totals();
    expect(counters['jobs_total']).toEqual({ '': 10 });
    expect(counters['command_runs_total']).toEqual({ 'command=job,outcome=signal': 1 });
    expect(receiver.batches.map(({ runId, sequence }) => typeof runId + typeof sequence)).toEqual(
      receiver.batches.map(() => 'stringnumber'),
    );
  });

  it('has what was answered in the spool when no Collector is there, for the next drain', async () => {
    const spool = makeSpool();
    await runChild(`await post([sum(7, 1)]); process.exit(2);`, 'http://127.0.0.1:1/v1/metrics', { spool });
    await using receiver = await startReceiver();
    await runCommand(['drain', '--spool-dir', spool, '--endpoint', receiver.url]);
    expect(receiver.totals().counters['jobs_total']).toEqual({ '': 7 });
  });

  it('refuses a total that falls and an exponential histogram as a partial success, and counts both', async () => {
    await using receiver = await startReceiver();
    const ended = await runChild(
      `await post([sum(5, 1)]);
       const fallen = await post([sum(4, 2)]);
       const exponential = await post([{ name: 'x_seconds', exponentialHistogram: { aggregationTemporality: 1,
         dataPoints: [{ startTimeUnixNano: at(0), timeUnixNano: at(1), count: '1', scale: 1 }] } }]);
       console.log(fallen.status, fallen.body);
       console.log(exponential.status, exponential.body);`,
      receiver.url,
    );
    const [fallen, exponential] = ended.stdout.split('\n');
    expect(fallen).toMatch(/^200 .*"rejectedDataPoints":"1".*service\.instance\.id/);
    expect(exponential).toMatch(/^200 .*"rejectedDataPoints":"1"/);
    const { counters } = receiver.totals();
    expect(counters['jobs_total']).toEqual({ '': 5 });
    expect(counters['command_refused_points_total']).toEqual({
      'command=job,reason=exponential_histogram': 1,
      'command=job,reason=no_new_start': 1,
    });
  });

  it('refuses sums that do not say when they began, and counts them', async () => {
    await using receiver = await startReceiver();
    const ended = await runChild(
      `const total = sum(5, 1, { startTimeUnixNano: '0' });
       const delta = sum(5, 1, { startTimeUnixNano: '0' });
       delta.sum.aggregationTemporality = 1;
       const { status, body } = await post([total, delta, sum(2, 1)]);
       console.log(status, body);`,
      receiver.url,
    );
    expect(ended.stdout).toMatch(/^200 .*"rejectedDataPoints":"2".*startTimeUnixNano/);
    const { counters } = receiver.totals();
    expect(counters['jobs_total']).toEqual({ '': 2 });
    expect(counters['command_refused_points_total']).toEqual({ 'command=job,reason=no_time': 2 });
  });

  it('takes nothing without the token', async () => {
    await using receiver = await startReceiver();
    const ended = await runChild(
      `console.log((await post([sum(5, 1)], { 'ephemetry-token': 'guessed' })).status);`,
      receiver.url,
    );
    expect(ended.stdout).toBe('401\n');
    expect(receiver.totals().counters['jobs_total']).toBeUndefined();
  });

  it('asks for deltas every two seconds, for metrics alone, and leaves an interval that is set', async () => {
    await using receiver = await startReceiver();
    const print = `const env = Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_'));
      console.log(JSON.stringify(Object.fromEntries(env)));`;
    const given = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:4318',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
    };
    const ended = await runChild(print, receiver.url, { env: given });
    expect(JSON.parse(ended.stdout)).toEqual({
      ...given,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1\/metrics$/),
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: expect.stringMatching(/^ephemetry-token=[0-9a-f-]{36}$/),
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    });
  });

  it('leaves a command alone that is to speak gRPC, and says so', async () => {
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    const ended = await runChild(
      `console.log(process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT);`,
      receiver.url,
      { env },
    );
    expect(ended).toMatchObject({ code: 0, stdout: 'undefined\n' });
    expect(ended.stderr).toContain('gRPC');
  });
});
