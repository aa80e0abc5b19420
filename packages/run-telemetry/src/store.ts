/** Runs in a database: an entry of its own, as whoever compares two files needs none. */
export { type EventBatch, type IngestCounts, NO_COUNTS } from './ingest/event-batch.ts';
export { ingestBatch } from './ingest/ingest-batch.ts';
export { readBatches, type SourceOptions, UnreadableSource } from './ingest/read-batches.ts';
export { type Rebuilt, rebuildRuns } from './ingest/rebuild-runs.ts';
export { type DamagedBatch, type Ingested, ingestBatches, openWithInbox } from './ingest/take-in.ts';
export { type RunQuality, readQuality } from './report/read-quality.ts';
export type {
  Latency,
  ObservedQuantile,
  Report,
  ReportQuestion,
  ReportRate,
  ReportRow,
  ReportSum,
} from './report/report.ts';
export { reportRuns } from './report/report-runs.ts';
export {
  type Baseline,
  type CreatedBaseline,
  createBaseline,
  deleteBaseline,
  listBaselines,
  readBaseline,
  type WantedBaseline,
} from './store/baselines.ts';
export {
  type ClusterState,
  hasCluster,
  readClusterStates,
  setClusterState,
} from './store/cluster-states.ts';
export {
  inboxOf,
  type OpenRunStoreOptions,
  openRunStore,
  type RunStore,
  runStoreFault,
} from './store/open-run-store.ts';
export { QUALITY_KINDS } from './store/quality-kinds.ts';
export { readRuns } from './store/select-runs.ts';
export { readStoredRun, type StoredRun } from './store/stored-run.ts';
