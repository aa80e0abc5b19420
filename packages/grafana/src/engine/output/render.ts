/** The three ways out: resources for the Grafana operator, files for Grafana's provisioning, rules for a ruler. */
import { stringify } from 'yaml';
import type { AlertGroupDefinition } from '../alerts/alert.ts';
import { alertAnnotations, alertLabels, buildAlertRule } from '../alerts/build-alert-rule.ts';
import { buildDashboard } from '../dashboards/build-dashboard.ts';
import type { ResolvedGrafanaOptions } from '../grafana-options.ts';
import type { DashboardDefinition } from '../panels/panel.ts';

/** One file of an output, before it is written. */
export interface RenderedFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly content: string;
}

/** The formats by name. */
export const GRAFANA_FORMATS = ['operator', 'provisioning', 'prometheus-rules', 'alertmanager'] as const;
/** A way out. */
export type GrafanaFormat = (typeof GRAFANA_FORMATS)[number];

/** Dashboards and alert groups before they take a format, with the options that they were made under. */
export interface Observability {
  readonly options: ResolvedGrafanaOptions;
  readonly dashboards: readonly DashboardDefinition[];
  readonly alertGroups: readonly AlertGroupDefinition[];
  /** Alertmanager's configuration, where the board has one. @default none */
  readonly alertmanager?: object;
}

/**
 * All files of a format, of any boards.
 *
 * @throws RangeError when the format is none of {@link GRAFANA_FORMATS}, or the board has nothing of it
 */
export function renderObservability(
  format: GrafanaFormat,
  observability: Observability,
): readonly RenderedFile[] {
  const render = RENDERERS[format];
  if (render === undefined) {
    throw new RangeError(
      `format is ${JSON.stringify(format)}; allowed: ${GRAFANA_FORMATS.join(', ')} (--format)`,
    );
  }
  return render(observability);
}

const RENDERERS: Readonly<Record<GrafanaFormat, (all: Observability) => readonly RenderedFile[]>> = {
  operator: ({ dashboards, alertGroups, options }) => [
    ...dashboards.map((each) => yamlFile(`${each.uid}.yaml`, dashboardResource(each, options))),
    ...(grafanaJudges(alertGroups).length === 0 ? [] : [yamlFile('folder.yaml', folderResource(options))]),
    ...grafanaJudges(alertGroups).map((each) =>
      yamlFile(`${each.name}.yaml`, alertGroupResource(each, options)),
    ),
  ],
  provisioning: ({ dashboards, alertGroups, options }) => [
    ...dashboards.map((each) => ({
      path: `dashboards/${each.uid}.json`,
      content: dashboardJson(each, options),
    })),
    ...grafanaJudges(alertGroups).map((each) =>
      yamlFile(`alerting/${each.name}.yaml`, provisionedGroup(each, options)),
    ),
  ],
  'prometheus-rules': ({ alertGroups, options }) =>
    alertGroups.map((each) => yamlFile(`${each.name}.yaml`, ruleFile(each, options))),
  alertmanager: ({ alertmanager }) => {
    if (alertmanager !== undefined) return [yamlFile('alertmanager.yaml', alertmanager)];
    throw new RangeError(
      'format is "alertmanager", which this board does not have; allowed: with the board quality, whose routes take the alerts of all boards (--board)',
    );
  },
};

/** The groups that Grafana is to judge. */
function grafanaJudges(groups: readonly AlertGroupDefinition[]): readonly AlertGroupDefinition[] {
  return groups.filter(({ judge = 'grafana' }) => judge === 'grafana');
}

/** Which Grafana the operator writes to: the platform's managed one. */
const INSTANCE_SELECTOR = { matchLabels: { dashboards: 'external' } };
const OPERATOR_API = 'grafana.integreatly.org/v1beta1';

function dashboardResource(definition: DashboardDefinition, options: ResolvedGrafanaOptions): object {
  return {
    apiVersion: OPERATOR_API,
    kind: 'GrafanaDashboard',
    metadata: { name: definition.uid },
    spec: {
      instanceSelector: INSTANCE_SELECTOR,
      resyncPeriod: '24h',
      // Several lines of text: written as a literal block.
      json: dashboardJson(definition, options),
    },
  };
}

/** An alert group names its folder, and is refused without it. */
function folderResource({ folder }: ResolvedGrafanaOptions): object {
  return {
    apiVersion: OPERATOR_API,
    kind: 'GrafanaFolder',
    metadata: { name: folder },
    spec: { instanceSelector: INSTANCE_SELECTOR, title: folder },
  };
}

function alertGroupResource(group: AlertGroupDefinition, options: ResolvedGrafanaOptions): object {
  return {
    apiVersion: OPERATOR_API,
    kind: 'GrafanaAlertRuleGroup',
    metadata: { name: group.name },
    spec: {
      instanceSelector: INSTANCE_SELECTOR,
      folderRef: options.folder,
      interval: `${group.intervalSeconds / 60}m`,
      rules: group.alerts.map((alert) => buildAlertRule(alert, options)),
    },
  };
}

/** @see https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/ */
function provisionedGroup(group: AlertGroupDefinition, options: ResolvedGrafanaOptions): object {
  return {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: group.name,
        folder: options.folder,
        interval: `${group.intervalSeconds / 60}m`,
        rules: group.alerts.map((alert) => buildAlertRule(alert, options)),
      },
    ],
  };
}

/** @see https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
function ruleFile(group: AlertGroupDefinition, options: ResolvedGrafanaOptions): object {
  return {
    groups: [
      {
        name: group.name,
        interval: `${group.intervalSeconds}s`,
        rules: [
          ...(group.records ?? []),
          ...group.alerts.map((alert) => ({
            alert: alert.title,
            expr: alert.expr,
            for: alert.for,
            ...(alert.keepFiringFor === undefined ? {} : { keep_firing_for: alert.keepFiringFor }),
            labels: alertLabels(alert, options),
            annotations: alertAnnotations(alert, options),
          })),
        ],
      },
    ],
  };
}

function dashboardJson(definition: DashboardDefinition, options: ResolvedGrafanaOptions): string {
  return `${JSON.stringify(buildDashboard(definition, options), null, 2)}\n`;
}

const GENERATED = '# Generated by `ephemetry boards export`.\n';

function yamlFile(path: string, value: object): RenderedFile {
  // No folding: an expression stays on its line, as a diff shows it.
  const text = stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, blockQuote: 'literal' });
  return { path, content: `${GENERATED}${text}` };
}
