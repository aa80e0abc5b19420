/** Everything that is generated from the dashboards' and alerts' definitions, the same bytes on every machine. */
import {
  type AlertDefinition,
  commandsObservability,
  fabObservability,
  GRAFANA_FORMATS,
  METRIC_STORES,
  renderCommands,
  renderGrafana,
} from '../src/index.ts';
import { renderAlertPage } from './alert-page.ts';
import { renderDashboardPage } from './dashboard-page.ts';

/** A file that follows from the definitions. */
export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Outputs under the default options, the boards of the local example, and the documentation's pages. */
export function generatedFiles(): readonly GeneratedFile[] {
  const { dashboards, alertGroups } = fabObservability();
  const boards = renderGrafana('provisioning').filter(({ path }) => path.startsWith('dashboards/'));
  const shown = new Set(alertGroups.flatMap(({ alerts }) => alerts.map(({ uid }) => uid)));
  return [
    ...GRAFANA_FORMATS.flatMap((format) =>
      renderGrafana(format).map(({ path, content }) => ({
        path: `packages/grafana/generated/${format}/${path}`,
        text: content,
      })),
    ),
    ...GRAFANA_FORMATS.flatMap((format) =>
      renderGrafana(format, { store: 'victoria-metrics' }).map(({ path, content }) => ({
        path: `packages/grafana/generated/victoria-metrics/${format}/${path}`,
        text: content,
      })),
    ),
    ...boards.map(({ path, content }) => ({ path: `examples/local/grafana/${path}`, text: content })),
    ...dashboards.map((dashboard) => ({
      path: `docs/dashboards/${dashboard.uid}.md`,
      text: renderDashboardPage(dashboard),
    })),
    ...alertGroups.flatMap(({ alerts }) => alerts.map(alertPage)),
    // Those that only VictoriaMetrics has; one of both stores has one page.
    ...fabObservability({ store: 'victoria-metrics' })
      .alertGroups.flatMap(({ alerts }) => alerts)
      .filter(({ uid }) => !shown.has(uid))
      .map(alertPage),
    ...commandsFiles(),
  ];
}

/** The rule of commands that are late needs a deployment's own: its page shows one as an example. */
function commandsFiles(): readonly GeneratedFile[] {
  const { dashboards, alertGroups } = commandsObservability({
    expected: [{ name: 'nightly-backup', everySeconds: 86_400 }],
  });
  return [
    ...METRIC_STORES.flatMap((store) =>
      GRAFANA_FORMATS.flatMap((format) =>
        renderCommands(format, { store }).map(({ path, content }) => ({
          path: `packages/grafana/generated/commands/${store}/${format}/${path}`,
          text: content,
        })),
      ),
    ),
    ...renderCommands('provisioning')
      .filter(({ path }) => path.startsWith('dashboards/'))
      .map(({ path, content }) => ({ path: `examples/local/grafana/${path}`, text: content })),
    ...dashboards.map((dashboard) => ({
      path: `docs/dashboards/${dashboard.uid}.md`,
      text: renderDashboardPage(dashboard, { isDrawn: false }),
    })),
    ...alertGroups.flatMap(({ alerts }) => alerts.map(alertPage)),
  ];
}

function alertPage(alert: AlertDefinition): GeneratedFile {
  return { path: `docs/alerts/${alert.uid}.md`, text: renderAlertPage(alert) };
}
