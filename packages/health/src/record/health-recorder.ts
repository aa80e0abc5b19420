import {
  HEALTH_METRICS,
  instrumentOptions,
  type LabelsOf,
  type MetricDefinition,
  UNKNOWN,
} from '@ephemetry/contract';
import type { BatchObservableResult, Counter, Histogram, Meter, ObservableGauge } from '@opentelemetry/api';
import { STATES } from '../judge/judge.ts';
import { type Finding, PHASES } from '../probe/probe-facts.ts';
import type { NetworkReading, RoundReport, TargetReading } from '../round/run-round.ts';

/** Records rounds. */
export interface HealthRecorder {
  /**
   * Counts the probes of a round, and makes it what the gauges say from now on. What was not measured adds nothing: then a
   * target has no state, and the times of its last probe and its certificate stay.
   */
  readonly record: (report: RoundReport) => void;
}

/**
 * Makes the instruments on a meter. Gauges are observed, so that a phase which the last probe did not reach has no sample.
 *
 * @param vantage - where the probes are made from. @default 'unknown'
 *
 * @example
 * ```ts
 * import { createMeterProvider } from '@ephemetry/exporter';
 * import { createHealthRecorder, runRound } from '@ephemetry/health';
 *
 * const provider = createMeterProvider({ serviceName: 'health' });
 * const recorder = createHealthRecorder(provider.getMeter('health'), 'laptop');
 * const probe = { kind: 'tcp', host: '127.0.0.1', port: 5432 } as const;
 * recorder.record(await runRound({ targets: [{ name: 'store', class: 'database', probe }], networks: [] }));
 * await provider.shutdown();
 * ```
 */
export function createHealthRecorder(meter: Meter, vantage: string = UNKNOWN): HealthRecorder {
  const counts = createCounts(meter, vantage);
  const gauges = createGauges(meter);
  let latest: RoundReport = { targets: [], networks: [] };
  const lasting = new Map<string, Lasting>();
  meter.addBatchObservableCallback((result) => {
    for (const reading of latest.targets) observeTarget(result, gauges, reading, vantage);
    for (const [target, each] of lasting) observeLasting(result, gauges, each, { target, vantage });
    for (const reading of latest.networks) observeNetwork(result, gauges, reading, vantage);
  }, Object.values(gauges));
  return {
    record: (report) => {
      latest = report;
      for (const reading of report.targets) {
        if (reading.judgement.kind === 'unmeasured') continue;
        counts(reading, reading.judgement.state);
        const { name } = reading.target;
        lasting.set(name, lastingOf(reading, lasting.get(name)));
      }
    },
  };
}

/** What stays true after the round. */
interface Lasting {
  readonly probedUnixSeconds: number;
  readonly certificateExpiryUnixSeconds: number | undefined;
}

/** A probe that saw no certificate does not unsay the one before. */
function lastingOf({ facts }: TargetReading, before: Lasting | undefined): Lasting {
  return {
    probedUnixSeconds: facts.endedUnixMs / 1000,
    certificateExpiryUnixSeconds: facts.certificateExpiryUnixSeconds ?? before?.certificateExpiryUnixSeconds,
  };
}

type Count = (reading: TargetReading, state: (typeof STATES)[number]) => void;

function createCounts(meter: Meter, vantage: string): Count {
  const { probes, probeDuration } = HEALTH_METRICS;
  const counter: Counter<LabelsOf<typeof probes>> = meter.createCounter(
    probes.name,
    instrumentOptions(probes),
  );
  const histogram: Histogram<LabelsOf<typeof probeDuration>> = meter.createHistogram(
    probeDuration.name,
    instrumentOptions(probeDuration),
  );
  return ({ target, facts }, state) => {
    const labels = { target: target.name, class: target.class, vantage, state };
    counter.add(1, labels);
    if (state !== 'unreachable' && hasDuration(facts.finding)) histogram.record(facts.seconds, labels);
  };
}

/** Whether it ended in an answer or its time-out: that no route leads there is found in no time. */
function hasDuration({ kind }: Finding): boolean {
  return kind !== 'no_route' && kind !== 'no_name' && kind !== 'resolver_failed' && kind !== 'unmeasured';
}

type Gauges = Readonly<
  Record<
    'probePhase' | 'targetState' | 'certificateExpiry' | 'lastProbe' | 'vantageIsolated',
    ObservableGauge
  >
>;

function createGauges(meter: Meter): Gauges {
  const create = (definition: MetricDefinition): ObservableGauge =>
    meter.createObservableGauge(definition.name, instrumentOptions(definition));
  return {
    probePhase: create(HEALTH_METRICS.probePhase),
    targetState: create(HEALTH_METRICS.targetState),
    certificateExpiry: create(HEALTH_METRICS.certificateExpiry),
    lastProbe: create(HEALTH_METRICS.lastProbe),
    vantageIsolated: create(HEALTH_METRICS.vantageIsolated),
  };
}

function observeTarget(
  result: BatchObservableResult,
  { targetState, probePhase }: Gauges,
  { target, facts, judgement }: TargetReading,
  vantage: string,
): void {
  if (judgement.kind === 'unmeasured') return;
  for (const state of STATES) {
    const labels = { target: target.name, class: target.class, vantage, state };
    result.observe(targetState, judgement.state === state ? 1 : 0, labels);
  }
  for (const phase of PHASES) {
    const seconds = facts.phases[phase];
    if (seconds !== undefined) result.observe(probePhase, seconds, { target: target.name, vantage, phase });
  }
}

function observeLasting(
  result: BatchObservableResult,
  { lastProbe, certificateExpiry }: Gauges,
  { probedUnixSeconds, certificateExpiryUnixSeconds }: Lasting,
  labels: LabelsOf<typeof HEALTH_METRICS.lastProbe>,
): void {
  result.observe(lastProbe, probedUnixSeconds, labels);
  if (certificateExpiryUnixSeconds !== undefined) {
    result.observe(certificateExpiry, certificateExpiryUnixSeconds, labels);
  }
}

function observeNetwork(
  result: BatchObservableResult,
  { vantageIsolated }: Gauges,
  { network, isIsolated }: NetworkReading,
  vantage: string,
): void {
  if (isIsolated === undefined) return;
  result.observe(vantageIsolated, isIsolated ? 1 : 0, { vantage, network: network.name });
}
