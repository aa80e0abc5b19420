import { takeSpoolLedger, type Verdict } from '@ephemetry/exporter';
import { createNoopMeter } from '@opentelemetry/api';
import { createFabInstruments } from './fab-instruments.ts';
import { createFabMeterProvider, type FabMeterProvider, onProcessEnd } from './fab-meter-provider.ts';
import type { FabRosterMember, FabRuntime } from './fab-runtime.ts';
import { quietly } from './quietly.ts';
import { type GateResult, recordGateResult } from './recording/gate-result.ts';
import { type PerfDifference, recordPerfDifference } from './recording/perf-difference.ts';
import type { PerfReading } from './recording/perf-reading.ts';
import type { RecordOutcome, Refusal } from './recording/record-outcome.ts';
import { recordObservation, type SessionObservation } from './recording/session-observation.ts';
import { recordSpoolLedger } from './recording/spool-ledger.ts';
import { createRoleLookup } from './role-lookup.ts';
import { type InstrumentRuntimeOptions, measuredRuntime } from './session/measured-runtime.ts';
import { SessionRegistry } from './session/session-registry.ts';

/** Options of {@link instrumentFab}. */
export interface InstrumentFabOptions {
  /** Where measurements go. @default `createMeterProvider` of `@ephemetry/exporter`, service name `fab` */
  readonly meterProvider?: FabMeterProvider | undefined;
  /** The roles that may appear, and where each belongs; fab's `TEAM` fits. @default the contract's `FAB_ROSTER` */
  readonly roster?: readonly FabRosterMember[] | undefined;
  /** A clock that only goes forward, in seconds. @default `performance.now()` */
  readonly nowSeconds?: (() => number) | undefined;
  /** Read for the service name, and by the default provider. @default `process.env` */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** What came of {@link FabTelemetry.recordPerf}. */
export type PerfOutcome =
  | (PerfDifference & { readonly kind: 'compared'; readonly record: RecordOutcome })
  | Refusal;

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

const UNREADABLE: Refusal = {
  kind: 'refused',
  message: 'a reading threw when it was read; allowed is what JSON.parse makes of .fab-perf.json',
};

/** Without a version: it would start new series at gateways that keep the scope, with every release. */
const METER_NAME = '@ephemetry/instrumentation-fab';

/**
 * Starts fab's telemetry. Call it once, where fab starts.
 *
 * @example
 * ```ts
 * const telemetry = instrumentFab();
 * const runtime = telemetry.instrumentRuntime(createRuntime(api));
 * ```
 */
export function instrumentFab(options: InstrumentFabOptions = {}): FabTelemetry {
  const env = options.env ?? process.env;
  const provider = options.meterProvider ?? createFabMeterProvider(env);
  const instruments =
    quietly(() => createFabInstruments(provider.getMeter(METER_NAME))) ??
    createFabInstruments(createNoopMeter());
  const labelsOf = quietly(() => createRoleLookup(options.roster)) ?? createRoleLookup();
  // Only our own provider has the spool that the ledger speaks of.
  let isReported = options.meterProvider !== undefined;
  const reportSpool = (): void => {
    if (isReported) return;
    isReported = true;
    const counts = takeSpoolLedger({ env });
    if (counts !== undefined) recordSpoolLedger(counts, provider.getMeter(METER_NAME));
  };
  const persist = (): RecordOutcome => {
    // Right before the first batch is on disk: what is taken is in memory only until then.
    quietly(reportSpool);
    return quietly(() => provider.persist?.()) ?? { kind: 'recorded' };
  };
  const nowSeconds = options.nowSeconds ?? (() => performance.now() / 1000);
  // Not before the first session: until then the exporter reads no settings and installs no hook.
  let stopWatching: (() => void) | undefined;
  const watch = (): void => {
    stopWatching ??= quietly(() => onProcessEnd(provider, cutOff));
  };
  const registry = new SessionRegistry({ instruments, nowSeconds, onOpen: watch, onEnd: persist });
  const cutOff = (): void => void quietly(() => registry.cutOff());
  const refusedOr = (record: () => Refusal | undefined): RecordOutcome => quietly(record) ?? persist();

  return {
    instrumentRuntime: (runtime, runtimeOptions = {}) =>
      measuredRuntime(runtime, { registry, persist, labelsOf }, runtimeOptions),
    recordSession: (observation) => refusedOr(() => recordObservation(observation, labelsOf, instruments)),
    recordPerf: (before, after) => {
      const compared =
        quietly(() => recordPerfDifference(before, after, labelsOf, instruments)) ?? UNREADABLE;
      return 'kind' in compared ? compared : { kind: 'compared', ...compared, record: persist() };
    },
    recordGate: (result) => refusedOr(() => recordGateResult(result, instruments)),
    flush: () => flush(provider),
    shutdown: async () => {
      cutOff();
      stopWatching?.();
      await provider.shutdown?.();
      return provider.verdict?.();
    },
  };
}

async function flush(provider: FabMeterProvider): Promise<Verdict | undefined> {
  if (provider.flush) return provider.flush();
  await provider.forceFlush?.();
  return undefined;
}
