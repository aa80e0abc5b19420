/** Everything that is generated from the dashboards' and alerts' definitions, the same bytes on every machine. */
import {
  type AlertDefinition,
  BOARD_NAMES,
  BOARDS,
  GRAFANA_FORMATS,
  type GrafanaOptions,
  type Observability,
  renderObservability,
} from '../src/index.ts';
import { renderAlertPage } from './alert-page.ts';
import { renderDashboardPage } from './dashboard-page.ts';

/** A file that follows from the definitions. */
export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Of each board: outputs under the default options, the boards of the local example, and the documentation's pages. */
export function generatedFiles(): readonly GeneratedFile[] {
  return BOARD_NAMES.flatMap((name) => filesOf(BOARDS[name]));
}

function filesOf(observabilityOf: (options?: GrafanaOptions) => Observability): readonly GeneratedFile[] {
  const usual = observabilityOf();
  const victoria = observabilityOf({ store: 'victoria-metrics' });
  const { dashboards, alertGroups } = usual;
  const boards = renderObservability('provisioning', usual).filter(({ path }) =>
    path.startsWith('dashboards/'),
  );
  const shown = new Set(alertGroups.flatMap(({ alerts }) => alerts.map(({ uid }) => uid)));
  return [
    ...outputs('packages/grafana/generated', usual),
    ...outputs('packages/grafana/generated/victoria-metrics', victoria),
    ...boards.map(({ path, content }) => ({ path: `examples/local/grafana/${path}`, text: content })),
    ...dashboards.map((dashboard) => ({
      path: `docs/dashboards/${dashboard.uid}.md`,
      text: renderDashboardPage(dashboard),
    })),
    ...alertGroups.flatMap(({ alerts }) => alerts.map(alertPage)),
    // Those that only VictoriaMetrics has; one of both stores has one page.
    ...victoria.alertGroups
      .flatMap(({ alerts }) => alerts)
      .filter(({ uid }) => !shown.has(uid))
      .map(alertPage),
  ];
}

function outputs(folder: string, observability: Observability): readonly GeneratedFile[] {
  return GRAFANA_FORMATS.flatMap((format) =>
    renderObservability(format, observability).map(({ path, content }) => ({
      path: `${folder}/${format}/${path}`,
      text: content,
    })),
  );
}

function alertPage(alert: AlertDefinition): GeneratedFile {
  return { path: `docs/alerts/${alert.uid}.md`, text: renderAlertPage(alert) };
}
