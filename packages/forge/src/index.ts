export { FORGE_TIMEOUT_MS, type ForgeServer, type RequestOutcome } from './api/forge-client.ts';
export { describeForgeFailure, type ForgeFailure } from './api/forge-failure.ts';
export {
  type CollectOptions,
  type CollectReport,
  collectForge,
  describeOutcome,
  type RepositoryOutcome,
} from './collect/collect-forge.ts';
export type { GaugeReading } from './facts/forge-reading.ts';
export type { ForgeTotal, SeriesTotal } from './facts/forge-total.ts';
export type { ForgeMeasurement } from './facts/measurement.ts';
export type { DispatchRule, ForgeRepository } from './forge-repository.ts';
export {
  type ForgeBatch,
  type ForgeHistory,
  type ForgeHistoryOptions,
  type OpenedHistory,
  openForgeHistory,
} from './history/forge-history.ts';
export {
  createForgeRecorder,
  type ForgeRecorder,
  readGauges,
  recordReadings,
} from './record/forge-recorder.ts';
export { declareCounts, recordMeasurements } from './record/record-measurements.ts';
export { deliveredRepository, isSigned } from './webhook/is-signed.ts';
