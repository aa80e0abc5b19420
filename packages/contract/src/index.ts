export { ALERTS_FAMILY } from './alerts/family.ts';
export { ALERTS_LABELS, type AlertsLabelName } from './alerts/labels.ts';
export { ALERT_LEVELS, type AlertLevel } from './alerts/levels.ts';
export { ALERTS_METRICS, type AlertsMetricKey } from './alerts/metrics.ts';
export { boundLabel } from './bound-label.ts';
export { COMMAND_FAMILY } from './command/family.ts';
export { COMMAND_LABELS, type CommandLabelName } from './command/labels.ts';
export { COMMAND_METRICS, type CommandMetricKey } from './command/metrics.ts';
export { EPHEMETRY_FAMILY } from './ephemetry/family.ts';
export { EPHEMETRY_LABELS, type EphemetryLabelName } from './ephemetry/labels.ts';
export { EPHEMETRY_METRICS, type EphemetryMetricKey } from './ephemetry/metrics.ts';
export { FAB_FAMILY } from './fab/family.ts';
export { FAB_LABELS, type FabLabelName } from './fab/labels.ts';
export { FAB_METRICS, type FabMetricKey } from './fab/metrics.ts';
export { type FabRoleLabels, fabRoleLabels } from './fab/role-labels.ts';
export {
  FAB_ROSTER,
  type FabGroup,
  type FabPhase,
  type FabRole,
  type FabRosterEntry,
} from './fab-roster.ts';
export { METRIC_FAMILIES } from './families.ts';
export { FORGE_FAMILY } from './forge/family.ts';
export { FORGE_LABELS, type ForgeLabelName } from './forge/labels.ts';
export { FORGE_METRICS, type ForgeMetricKey } from './forge/metrics.ts';
export {
  DROP_REASONS,
  type DropReason,
  GATEWAY_METRICS,
  GATEWAY_QUEUES,
  type GatewayMetricKey,
  MERGE_ERRORS,
  type ObservedMetric,
  SHARD_LABEL,
  STORE_METRICS,
} from './gateway/observed-metrics.ts';
export { HEALTH_FAMILY } from './health/family.ts';
export { HEALTH_LABELS, type HealthLabelName } from './health/labels.ts';
export { HEALTH_METRICS, type HealthMetricKey } from './health/metrics.ts';
export { INGEST_LIMITS, type IngestLimits } from './ingest/limits.ts';
export type { ExporterPart, IngestOutcome, IngestRule, TimeAt } from './ingest/rule.ts';
export { INGEST_RULES } from './ingest/rules.ts';
export { type InstrumentOptions, instrumentOptions } from './instrument-options.ts';
export {
  type DeclaredLabels,
  declaredValues,
  isDeclaredByDeployment,
  knownLabelSets,
  type LabelSet,
} from './known-label-sets.ts';
export { labelOf } from './label-of.ts';
export type { MergeLabelName } from './merge/labels.ts';
export { MERGE_METRICS, type MergeMetricKey } from './merge/metrics.ts';
export { MERGE_RATES, type MergeRate } from './merge/rates.ts';
export {
  type DeclaredByDeployment,
  type DependentLabels,
  type GaugeLife,
  type InstrumentKind,
  type LabelDefinition,
  type LabelsOf,
  type MetricDefinition,
  type MetricFamily,
  UNKNOWN,
} from './metric.ts';
export {
  RECEIVE_LABELS,
  RECEIVE_METRICS,
  RECEIVE_PREFIX,
  type ReceiveLabelName,
  type ReceiveMetric,
} from './receive/metrics.ts';
export { renderSeriesCatalogue } from './series-catalogue.ts';
export { HOST_METRICS, STACK_METRICS } from './stack/observed-metrics.ts';
export { TESTS_FAMILY } from './tests/family.ts';
export { TESTS_LABELS, type TestsLabelName } from './tests/labels.ts';
export { TESTS_METRICS, type TestsMetricKey } from './tests/metrics.ts';
