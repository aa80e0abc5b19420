import type { Verdict } from '@ephemetry/exporter';
import { type FabMeterProvider, OFF_PROVIDER } from './fab-meter-provider.ts';
import type { FabRuntime } from './fab-runtime.ts';
import type { InstrumentFabOptions } from './instrument-fab-options.ts';
import { createMeasuring, type Measuring } from './measuring.ts';
import { quietly } from './quietly.ts';
import { type GateResult, recordGateResult } from './recording/gate-result.ts';
import { type PerfDifference, recordPerfDifference } from './recording/perf-difference.ts';
import type { PerfReading } from './recording/perf-reading.ts';
import type { RecordOutcome, RefusedInput } from './recording/record-outcome.ts';
import { recordObservation, type SessionObservation } from './recording/session-observation.ts';
import { type InstrumentRuntimeOptions, measuredRuntime } from './session/measured-runtime.ts';
import { saySilenced, silencingTestRunner } from './test-runners.ts';

/** What came of {@link FabTelemetry.recordPerf}. */
export type PerfOutcome =
  | (PerfDifference & { readonly kind: 'compared'; readonly record: RecordOutcome })
  | RefusedInput;

/** fab's telemetry in this process. Nothing it does throws into fab; `flush` and `shutdown` answer as the provider does. */
export interface FabTelemetry {
  /**
   * The runtime with every session of it measured, whichever transport it is. Use it in the runtime's place;
   * everything but `runRoleSession` and `resumeSession` is passed through, with the runtime as `this`.
   */
  instrumentRuntime<Runtime extends FabRuntime>(
    runtime: Runtime,
    options?: InstrumentRuntimeOptions,
  ): Runtime;
  /**
   * Records one session that something else observed; not one that an instrumented runtime measured.
   * It is in the spool when this returns, if the provider has one.
   */
  recordSession(observation: SessionObservation): RecordOutcome;
  /** Records what came in between two readings of `.fab-perf.json`, or nothing when either is malformed. */
  recordPerf(before: PerfReading, after: PerfReading): PerfOutcome;
  /** Records how a merge gate ended. It is in the spool when this returns, if the provider has one. */
  recordGate(result: GateResult): RecordOutcome;
  /** Delivers what was recorded; the provider's verdict when it gives one. */
  flush(): Promise<Verdict | undefined>;
  /** Ends open sessions as the process's exit would, then shuts the provider down. */
  shutdown(): Promise<Verdict | undefined>;
}

const UNREADABLE: RefusedInput = {
  kind: 'refused',
  message: 'a reading threw when it was read; allowed: what JSON.parse makes of .fab-perf.json',
};

/**
 * Starts fab's telemetry. Call it once, where fab starts: until the first session or record it creates nothing, and in
 * tests it is off unless asked for.
 *
 * @example
 * ```ts
 * const telemetry = instrumentFab();
 * const runtime = telemetry.instrumentRuntime(createRuntime(api));
 * ```
 */
export function instrumentFab(options: InstrumentFabOptions = {}): FabTelemetry {
  const env = options.env ?? process.env;
  const isOn = isWanted(options, env);
  let measuring: Measuring | undefined;
  const measure = (): Measuring => {
    measuring ??= createMeasuring(isOn ? options : { ...options, meterProvider: OFF_PROVIDER }, env);
    return measuring;
  };
  const recordWith = (record: (measuring: Measuring) => RefusedInput | undefined): RecordOutcome =>
    quietly(() => record(measure())) ?? measure().persist();

  return {
    instrumentRuntime: (runtime, runtimeOptions = {}) =>
      isOn ? measuredRuntime(runtime, measure, runtimeOptions) : runtime,
    recordSession: (observation) =>
      recordWith(({ labelsOf, instruments }) => recordObservation(observation, labelsOf, instruments)),
    recordPerf: (before, after) => {
      const { labelsOf, instruments, persist } = measure();
      const compared =
        quietly(() => recordPerfDifference(before, after, labelsOf, instruments)) ?? UNREADABLE;
      return 'kind' in compared ? compared : { kind: 'compared', ...compared, record: persist() };
    },
    recordGate: (result) => recordWith(({ instruments }) => recordGateResult(result, instruments)),
    flush: () => flush(measure().provider),
    shutdown: async () => {
      const { provider, stop } = measure();
      stop();
      await provider.shutdown?.();
      return provider.verdict?.();
    },
  };
}

function isWanted({ enabled, meterProvider }: InstrumentFabOptions, env: NodeJS.ProcessEnv): boolean {
  if (enabled !== undefined) return enabled;
  // Whoever gives a provider says where measurements go: not into the spool of the tester.
  const variable = meterProvider === undefined ? silencingTestRunner(env) : undefined;
  if (variable !== undefined) saySilenced(variable, env);
  return variable === undefined;
}

async function flush(provider: FabMeterProvider): Promise<Verdict | undefined> {
  if (provider.flush) return provider.flush();
  await provider.forceFlush?.();
  return undefined;
}
