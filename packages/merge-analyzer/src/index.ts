export type { Fraction, Thresholds, TriggerState } from '@ephemetry/statistics';
export { DirectoryInUse, hasPgliteDatabase, PgliteDirectoryError } from '@ephemetry/store/pglite';
export type { Listener, Subscription } from '@ephemetry/store/postgresql';
export { type ConnectionFault, connectionFault, isConnectionLost } from '@ephemetry/store/postgresql';
export type { StepReport } from './analyzer/analyze.ts';
export {
  type MergeAnalyzer,
  type MergeAnalyzerOptions,
  openMergeAnalyzer,
} from './analyzer/merge-analyzer.ts';
export {
  type ExplainedMerge,
  type ExplainOptions,
  type Explanation,
  explainRate,
} from './commands/explain-rate.ts';
export {
  type ImportReport,
  importMerges,
  type LeftOutMerge,
  type RefusedLine,
} from './commands/import-merges.ts';
export { type Behind, type MergeReader, openForReading } from './commands/merge-reader.ts';
export type {
  MetricsReport,
  NewestMerge,
  ProjectMetrics,
  QuarantineReport,
  ReadOnlyReport,
} from './commands/metrics-report.ts';
export {
  HISTORY_LIMIT,
  type HistoryEntry,
  type HistoryOptions,
  readHistory,
} from './commands/read-history.ts';
export {
  formatReading,
  isMergeRate,
  type ReadMetricsOptions,
  readMetrics,
} from './commands/read-metrics.ts';
export {
  WATCH_DEFAULTS,
  type WatchEvent,
  type WatchOptions,
  type WatchReport,
  watchMerges,
} from './commands/watch-merges.ts';
export {
  type AnalyzerDatabase,
  type AnalyzerEngine,
  SCHEMA_DEFAULTS,
  type SchemaNames,
} from './database/analyzer-database.ts';
export { createOrchestratorTables } from './database/create-orchestrator-tables.ts';
export { openPglite, type PgliteOptions } from './database/open-pglite.ts';
export { openPostgresql, type PostgresqlOptions } from './database/open-postgresql.ts';
export { MissingRightsError } from './database/rights.ts';
export {
  type GlobalReading,
  METRIC_SNAPSHOT,
  type MetricSnapshotEvent,
  type ProjectReading,
  type RateReading,
  type RatesReading,
  THRESHOLD_CROSSED,
  type ThresholdCrossed,
} from './events/metric-events.ts';
export {
  type AnalyzerConfiguration,
  ConfigurationChangedError,
  DEFAULT_CONFIGURATION,
} from './fold/configuration.ts';
export { type Crossing, formatScope, parseScope, type Scope } from './fold/crossing.ts';
export { foldMerge, type Step, type TouchedScopes } from './fold/fold-merge.ts';
export type { Merge } from './fold/merge.ts';
export { RATES } from './fold/merge-rates.ts';
export { EMPTY_STATE, foldMerges, type MergeState } from './fold/merge-state.ts';
export type { RateDefinition, RateGauges, RateScopes, RateTable } from './fold/rate-definition.ts';
export type { ScopeState, Triggers } from './fold/scope-state.ts';
export { createMergeGauges, type MergeGauges } from './gauges.ts';
export { CLOCK_TOLERANCE_MS } from './log/clock.ts';
export type { OrchestratorTables } from './log/orchestrator-tables.ts';
export { type Column, OrchestratorSchemaError } from './log/schema-demands.ts';
export { OtherOutboxError, OtherOwnSchemaError, OwnSchemaVersionError } from './store/own-schema.ts';
export { PrunedOutboxError } from './store/recover.ts';
