export type { FabMeterProvider } from './fab-meter-provider.ts';
export type { FabRosterMember, FabRuntime, FabSession } from './fab-runtime.ts';
export {
  type FabTelemetry,
  type InstrumentFabOptions,
  instrumentFab,
  type PerfOutcome,
} from './instrument-fab.ts';
export type { GateResult } from './recording/gate-result.ts';
export type { PerfDifference } from './recording/perf-difference.ts';
export type { PerfReading, RoleMetrics } from './recording/perf-reading.ts';
export type { RecordOutcome, Refusal } from './recording/record-outcome.ts';
export type { SessionObservation } from './recording/session-observation.ts';
export { recordSpoolLedger } from './recording/spool-ledger.ts';
export type { InstrumentRuntimeOptions } from './session/measured-runtime.ts';
export type { SessionOutcome } from './session/session-event.ts';
