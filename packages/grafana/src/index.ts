export type { AlertDefinition, AlertGroupDefinition, AlertPage } from './alerts/alert.ts';
export { type BurnRate, burnRateFault, DEFAULT_BURN_RATES } from './alerts/burn-rate.ts';
export type { Urgency } from './alerts/urgency.ts';
export { type FabObservability, fabObservability } from './fab-observability.ts';
export {
  type GrafanaOptions,
  type ResolvedGrafanaOptions,
  resolveGrafanaOptions,
} from './grafana-options.ts';
export { GRAFANA_FORMATS, type GrafanaFormat, type RenderedFile, renderGrafana } from './output/render.ts';
export { writeFiles } from './output/write-files.ts';
export type {
  DashboardDefinition,
  PanelDefinition,
  PanelQuery,
  RowDefinition,
  Threshold,
  VariableDefinition,
} from './panels/panel.ts';
export { runbookUrl } from './runbook-url.ts';
