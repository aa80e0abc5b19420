import { expect, test } from 'vitest';
import { startDoublingRelay } from '../support/doubling-relay.ts';
import { sumOf } from '../support/gateway.ts';
import { refusedFor, showsReading, showsTotal, startLaptopGateway } from '../support/laptop-gateway.ts';
import { noteFigure } from '../support/note-figure.ts';
import { runSdkProgram, sdkProgram } from '../support/sdk-programs.ts';

const PROCESSES = 8;

test.for(['python', 'go'] as const)(
  'processes with OpenTelemetry’s SDK for %s are counted exactly, also when what they send comes twice',
  async (language, t) => {
    const program = sdkProgram(language);
    const gateway = await startLaptopGateway(t);
    // An SDK itself sends nothing again that was answered.
    const relay = await startDoublingRelay(gateway.endpoint);
    t.onTestFinished(() => relay[Symbol.asyncDispose]());
    const runs = Array.from({ length: PROCESSES }, (_, index) => `${language}-${index}`);
    // Two at a time.
    const pending = runs.values();
    const worker = async (): Promise<void> => {
      for (const run of pending) await runSdkProgram(program, relay.endpoint, run);
    };
    await Promise.all([worker(), worker()]);
    await gateway.merged();
    // Three exports of five and a half each, and of one record of three seconds.
    await showsTotal(gateway, 'sdk_jobs_total', PROCESSES * 16.5);
    await showsTotal(gateway, 'sdk_job_duration_seconds_count', PROCESSES * 3);
    await showsTotal(gateway, 'sdk_job_duration_seconds_sum', PROCESSES * 9);
    await showsReading(gateway, 'sdk_backlog_jobs', 7);
    // Up-down counters stay cumulative with this preference.
    expect(sumOf(await gateway.totals(), 'sdk_running_jobs')).toBe(0);
    expect(await refusedFor(gateway, 'not_delta')).toBeGreaterThanOrEqual(PROCESSES);
    noteFigure('gateway.sdk.wrong', 0);
  },
);
