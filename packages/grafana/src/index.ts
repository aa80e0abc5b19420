export { BOARD_NAMES, BOARDS, type BoardName, type BoardOptions } from './boards/boards.ts';
export type { ExpectedCommand } from './boards/commands/command-alerts.ts';
export { type CommandsOptions, commandsObservability } from './boards/commands/commands-observability.ts';
export { type FabObservability, fabObservability } from './boards/fab/fab-observability.ts';
export { renderGrafana } from './boards/fab/render-grafana.ts';
export type {
  AlertmanagerOptions,
  MailOptions,
} from './boards/quality/alertmanager/alertmanager-configuration.ts';
export { type QualityOptions, qualityObservability } from './boards/quality/quality-observability.ts';
export type { SuiteAge } from './boards/quality/rows/sources.ts';
export type { AlertDefinition, AlertGroupDefinition, AlertPage } from './engine/alerts/alert.ts';
export { type BurnRate, burnRateFault, DEFAULT_BURN_RATES } from './engine/alerts/burn-rate.ts';
export type { Urgency } from './engine/alerts/urgency.ts';
export {
  type GrafanaOptions,
  GrafanaOptionsError,
  type ResolvedGrafanaOptions,
  resolveGrafanaOptions,
} from './engine/grafana-options.ts';
export {
  GRAFANA_FORMATS,
  type GrafanaFormat,
  type Observability,
  type RenderedFile,
  renderObservability,
} from './engine/output/render.ts';
export { writeFiles } from './engine/output/write-files.ts';
export type {
  DashboardDefinition,
  PanelDefinition,
  PanelQuery,
  RowDefinition,
  Threshold,
  VariableDefinition,
} from './engine/panels/panel.ts';
export { METRIC_STORES, type MetricStore } from './engine/promql/queries.ts';
export { runbookUrl } from './engine/runbook-url.ts';
