export type { DrainReport } from './delivery/messages.ts';
export { ENDPOINT_DEFAULTS } from './delivery/post/endpoint-defaults.ts';
export { type DrainOptions, drain } from './drain.ts';
export { createMeterProvider, createRelay } from './ephemeral-meter-provider.ts';
export type { Delivery, ExporterOptions, InDoubt } from './exporter-options.ts';
export type { EphemeralMeterProvider } from './meter-provider.ts';
export type { Relay } from './relay.ts';
export type { RelayedBatch } from './run/run-batches.ts';
export { resolveSettings, type Settings } from './settings.ts';
export type { LedgerCounts } from './spool/ledger.ts';
export {
  readSpoolStatus,
  type SpoolStatus,
  type SpoolStatusFile,
  type SpoolStatusOptions,
} from './spool/spool-status.ts';
export { type SpoolLedgerOptions, takeSpoolLedger } from './spool/take-spool-ledger.ts';
export type { BatchFate, Tally } from './tally.ts';
export {
  type DeliveryFailure,
  describeFailure,
  type PersistOutcome,
  type ReplaceOutcome,
  type Verdict,
} from './verdict.ts';
