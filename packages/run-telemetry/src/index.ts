export {
  formatBaseline,
  isBaselineFile,
  parseBaseline,
  type ReadBaseline,
} from './baseline/baseline-file.ts';
export { ERROR_BUDGET } from './comparison/budget.ts';
export { type Calibration, calibrateRuns } from './comparison/calibrate-runs.ts';
export type { ClusterVerdict, ComparedCluster } from './comparison/compare-clusters.ts';
export {
  type Comparison,
  type ComparisonOptions,
  type ComparisonVerdict,
  compareRuns,
  DEFAULT_BY,
  type ExplainedSlice,
} from './comparison/compare-runs.ts';
export { DEFAULT_GATES, METRIC_NAMES, METRICS, type MetricName } from './comparison/metrics.ts';
export { type SliceSummary, summarise } from './comparison/slice-summary.ts';
export type { SliceBy } from './comparison/slices.ts';
export { VERDICTS, type Verdict as SliceVerdict } from './comparison/verdict.ts';
export type { AgentEvent } from './event/agent-event.ts';
export { EVENT_TYPES } from './event/event-types.ts';
export { type ReadEvents, type RefusedEvent, readEvents } from './event/read-events.ts';
export type { AgentRun } from './facts/agent-run.ts';
export { type FoldedRuns, foldRuns } from './facts/fold-runs.ts';
export { runsDigest } from './facts/runs-digest.ts';
export {
  formatSuccessRule,
  NO_SUCCESS_RULE,
  parseSuccessRule,
  type SuccessRule,
} from './facts/success-rule.ts';
export { FAILURE_CLASSES, type FailureClass } from './failure/failure-class.ts';
export { DIMENSION_RULE, isDimension } from './selection/dimensions.ts';
export {
  EVERYTHING,
  formatSelection,
  isSelected,
  parseSelection,
  type Selection,
} from './selection/selection.ts';
export { MS_PER_DAY } from './selection/time-steps.ts';
export type { CountedValue } from './triage/cluster-facts.ts';
export { type HintedCluster, hintsFor, type ShownHint } from './triage/find-hints.ts';
export { type Triage, type TriagedCluster, triageRuns } from './triage/triage-runs.ts';
