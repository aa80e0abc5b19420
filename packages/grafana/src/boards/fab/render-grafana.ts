/** fab's boards and alerts in one of the engine's formats. */
import type { GrafanaOptions } from '../../engine/grafana-options.ts';
import { type GrafanaFormat, type RenderedFile, renderObservability } from '../../engine/output/render.ts';
import { fabObservability } from './fab-observability.ts';

/**
 * All files of a format. The same options give the same bytes.
 *
 * - `operator`: GrafanaDashboard, GrafanaFolder and GrafanaAlertRuleGroup resources (`grafana.integreatly.org/v1beta1`)
 * - `provisioning`: `dashboards/*.json` and `alerting/*.yaml` for Grafana's provisioning directory
 * - `prometheus-rules`: a rule file for Prometheus or the ruler of Amazon Managed Service for Prometheus
 *
 * @throws RangeError when the format or an option is wrong, before anything is rendered
 *
 * @example
 * ```ts
 * import { renderGrafana } from '@ephemetry/grafana';
 *
 * for (const { path, content } of renderGrafana('operator', { objective: 0.97 })) {
 *   console.log(path, content.length);
 * }
 * ```
 */
export function renderGrafana(format: GrafanaFormat, options: GrafanaOptions = {}): readonly RenderedFile[] {
  return renderObservability(format, fabObservability(options));
}
