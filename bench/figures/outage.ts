/** A Collector that is away while a program ends: how long that takes, what is said, and what is missing afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { startReceiver } from '@ephemetry/testing';
import { refusingPort, startCollector } from '../collectors.ts';
import type { Figure } from '../figure.ts';
import { type ProcessRun, runProcess } from '../process-run.ts';
import { spreadOf } from '../spread.ts';
import { type Surroundings, sendDeltasTo } from './surroundings.ts';

/** One session while the Collector is away, one when it is back. */
interface Outage {
  readonly during: ProcessRun;
  readonly missingSessions: number;
}

/** The OpenTelemetry SDK beside ours. Both wait with their defaults. */
export async function measureOutage({ effort }: Surroundings): Promise<Figure[]> {
  const ours: Outage[] = [];
  const otel: Outage[] = [];
  const silentOtel: ProcessRun[] = [];
  for (let round = 0; round < effort.slowRounds && round < 3; round += 1) {
    ours.push(await outage('exit-ephemetry'));
    // Both only wait, so they do it together.
    const [refused, silent] = await Promise.all([outage('exit-otel'), silence()]);
    otel.push(refused);
    silentOtel.push(silent);
  }
  return [
    {
      name: 'outage.ours.missing',
      meaning:
        'Sessions missing of two: Collector refuses during the first, is back for a drain and the second',
      unit: 'sessions',
      spread: spreadOf(ours.map(({ missingSessions }) => missingSessions)),
      bar: { limit: 0 },
    },
    {
      name: 'outage.ours.said',
      meaning: 'Lines on stderr of the program that met the refusing Collector',
      unit: 'lines',
      spread: spreadOf(ours.map(({ during }) => lines(during))),
    },
    {
      name: 'outage.otel.missing',
      meaning: 'The same with the OpenTelemetry SDK: sessions missing of two',
      unit: 'sessions',
      spread: spreadOf(otel.map(({ missingSessions }) => missingSessions)),
    },
    {
      name: 'outage.otel.said',
      meaning: 'The same with the OpenTelemetry SDK: lines on stderr, and 1 if shutdown() rejected',
      unit: 'lines',
      spread: spreadOf(otel.map(({ during }) => lines(during) + (during.said['isRejected'] ?? Number.NaN))),
    },
    {
      name: 'outage.otel.refused',
      meaning: 'How long shutdown() of the OpenTelemetry SDK takes when the Collector refuses',
      unit: 'ms',
      spread: spreadOf(otel.map(({ during }) => during.said['waitedMs'] ?? Number.NaN)),
    },
    {
      name: 'outage.otel.silent',
      meaning: 'How long shutdown() of the OpenTelemetry SDK takes when the Collector never answers',
      unit: 'ms',
      spread: spreadOf(silentOtel.map(({ said }) => said['waitedMs'] ?? Number.NaN)),
    },
  ];
}

async function outage(program: 'exit-ephemetry' | 'exit-otel'): Promise<Outage> {
  const spoolDir = mkdtempSync(join(tmpdir(), 'ephemetry-bench-'));
  try {
    const port = await refusingPort();
    const env = sendDeltasTo(`http://127.0.0.1:${port}/v1/metrics`);
    const during = await runProcess(program, { env, spoolDir });
    await using receiver = await startReceiver({ port });
    // The next run would deliver what is left as well, but not if it ends before it comes to that.
    await drain({ spoolDir, env });
    await runProcess(program, { args: ['settled'], env, spoolDir });
    const counted = receiver.totals().counters['fab_agent_sessions_total'] ?? {};
    return { during, missingSessions: 2 - Object.values(counted).reduce((sum, value) => sum + value, 0) };
  } finally {
    rmSync(spoolDir, { recursive: true, force: true });
  }
}

async function silence(): Promise<ProcessRun> {
  await using silent = await startCollector('silent');
  return await runProcess('exit-otel', { env: sendDeltasTo(silent.url) });
}

function lines({ stderr }: ProcessRun): number {
  return stderr.split('\n').filter((line) => line !== '').length;
}
