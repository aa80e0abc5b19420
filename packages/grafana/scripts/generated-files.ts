/** Everything that is generated from the dashboards' and alerts' definitions, the same bytes on every machine. */
import {
  type AlertDefinition,
  BOARD_NAMES,
  BOARDS,
  type BoardName,
  GRAFANA_FORMATS,
  type Observability,
  renderObservability,
} from '../src/index.ts';
import { renderAlertPage } from './alert-page.ts';
import { renderDashboardPage } from './dashboard-page.ts';
import { renderTargetsPage } from './targets-page.ts';

/** A file that follows from the definitions. */
export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Pages show alerts of what only a deployment declares by this example. */
const DECLARED = { expected: [{ name: 'nightly-backup', everySeconds: 86_400 }] };

/** fab's outputs stand where they always did. */
const FOLDERS: Readonly<Record<BoardName, string>> = {
  fab: 'packages/grafana/generated',
  commands: 'packages/grafana/generated/commands',
  quality: 'packages/grafana/generated/quality',
};

/** Of each board: outputs under the default options, the boards of the local example, and the documentation's pages. */
export function generatedFiles(): readonly GeneratedFile[] {
  return [...BOARD_NAMES.flatMap(filesOf), { path: 'docs/reference/targets.md', text: renderTargetsPage() }];
}

function filesOf(name: BoardName): readonly GeneratedFile[] {
  const usual = BOARDS[name]();
  const victoria = BOARDS[name]({ store: 'victoria-metrics' });
  const { dashboards, alertGroups } = BOARDS[name](DECLARED);
  const boards = renderObservability('provisioning', usual).filter(({ path }) =>
    path.startsWith('dashboards/'),
  );
  const shown = new Set(alertGroups.flatMap(({ alerts }) => alerts.map(({ uid }) => uid)));
  return [
    ...outputs(FOLDERS[name], usual),
    ...outputs(`${FOLDERS[name]}/victoria-metrics`, victoria),
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
  const formats = GRAFANA_FORMATS.filter(
    (format) => format !== 'alertmanager' || observability.alertmanager !== undefined,
  );
  return formats.flatMap((format) =>
    renderObservability(format, observability).map(({ path, content }) => ({
      path: `${folder}/${format}/${path}`,
      text: content,
    })),
  );
}

function alertPage(alert: AlertDefinition): GeneratedFile {
  return { path: `docs/alerts/${alert.uid}.md`, text: renderAlertPage(alert) };
}
