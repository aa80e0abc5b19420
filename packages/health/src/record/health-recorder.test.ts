/** What a Collector gets of a round, through the exporter and a real receiver. */
import { createMeterProvider } from '@ephemetry/exporter';
import { startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import {
  answering,
  CERTIFICATES,
  closedPort,
  page,
  startServer,
  startTlsServer,
} from '../fixtures/servers.ts';
import { httpTarget, plain, targetOf } from '../fixtures/targets.ts';
import { runRound } from '../round/run-round.ts';
import { createHealthRecorder } from './health-recorder.ts';

test('a round arrives whole, and what was not measured does not', async () => {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  await using receiver = await startReceiver();
  const up = await startServer(answering(page(200)));
  const expired = await startTlsServer(CERTIFICATES.expired);
  const report = await runRound({
    targets: [
      httpTarget(up.port, {}, { name: 'a', network: 'tailnet' }),
      httpTarget(await closedPort(), {}, { name: 'b' }),
      targetOf(
        { kind: 'tls', host: 'localhost', port: expired.port, authorities: plain(CERTIFICATES.expired.cert) },
        { name: 'c' },
      ),
      httpTarget(up.port, { body: { kind: 'environment', name: 'NO_SUCH_VARIABLE' } }, { name: 'd' }),
    ],
    networks: [
      { name: 'tailnet', witnesses: [{ host: '127.0.0.1', port: up.port }] },
      { name: 'office', witnesses: [] },
    ],
  });
  const provider = createMeterProvider({
    serviceName: 'health',
    spoolDir: path,
    endpoint: receiver.url,
  });
  const recorder = createHealthRecorder(provider.getMeter('health'), 'laptop');
  recorder.record(report);
  const verdict = await provider.shutdown();
  expect(verdict).toMatchObject({ delivered: 1 });
  const { counters, gauges, histograms } = receiver.totals();
  const of = (target: string, state: string): string =>
    `class=gateway,state=${state},target=${target},vantage=laptop`;
  const states = { [of('a', 'up')]: 1, [of('b', 'down')]: 1, [of('c', 'down')]: 1 };
  expect(counters).toEqual({ health_probes_total: states });
  expect(Object.keys(histograms['health_probe_duration_seconds'] ?? {})).toEqual(Object.keys(states));
  expect(gauges['health_target_state']).toEqual({
    ...{ [of('a', 'up')]: 1, [of('a', 'down')]: 0, [of('a', 'unreachable')]: 0 },
    ...{ [of('b', 'up')]: 0, [of('b', 'down')]: 1, [of('b', 'unreachable')]: 0 },
    ...{ [of('c', 'up')]: 0, [of('c', 'down')]: 1, [of('c', 'unreachable')]: 0 },
  });
  const lasting = (target: string): string => `target=${target},vantage=laptop`;
  expect(gauges['health_certificate_expiry_timestamp_seconds']).toEqual({
    [lasting('c')]: Date.UTC(2021, 1, 3, 4, 5, 6) / 1000,
  });
  const probed = Object.keys(gauges['health_last_probe_timestamp_seconds'] ?? {});
  expect(probed).toEqual(['a', 'b', 'c'].map(lasting));
  expect(gauges['health_vantage_isolated']).toEqual({ 'network=tailnet,vantage=laptop': 0 });
  const phases = Object.keys(gauges['health_probe_phase_seconds'] ?? {});
  expect(phases.filter((labels) => labels.includes('target=b'))).toEqual([
    'phase=resolve,target=b,vantage=laptop',
  ]);
});
