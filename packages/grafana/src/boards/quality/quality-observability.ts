/** The eleven targets of a team whose code is written and tested around the clock: rules, alerts, and the boards that show them. */
import type { AlertGroupDefinition } from '../../engine/alerts/alert.ts';
import {
  type GrafanaOptions,
  type ResolvedGrafanaOptions,
  resolveGrafanaOptions,
} from '../../engine/grafana-options.ts';
import type { Observability } from '../../engine/output/render.ts';
import { createQueries } from '../../engine/promql/queries.ts';
import {
  type AlertmanagerOptions,
  alertmanagerConfiguration,
} from './alertmanager/alertmanager-configuration.ts';
import { missingReports } from './alerts/missing-reports.ts';
import { rowAlerts } from './alerts/row-alerts.ts';
import { serviceAlerts } from './alerts/service-alerts.ts';
import { stackAlerts } from './alerts/stack-alerts.ts';
import { recordProbes, recordRows, recordSources } from './rows/record-rows.ts';
import type { RowScope } from './rows/row-values.ts';
import type { SuiteAge } from './rows/sources.ts';

/** What is set about the boards and alerts of quality. */
export interface QualityOptions extends GrafanaOptions {
  /** Suites whose reports may be older than 26 hours, or not as old. @default none */
  readonly suites?: readonly SuiteAge[];
  /** The ways to people. @default issues only */
  readonly alertmanager?: AlertmanagerOptions;
}

/**
 * The boards of quality, and its rules and alerts, which Prometheus judges.
 *
 * @throws RangeError when an option is wrong; see {@link resolveGrafanaOptions}
 *
 * @example
 * ```ts
 * import { qualityObservability } from '@ephemetry/grafana';
 *
 * const { alertGroups } = qualityObservability({ suites: [{ name: 'nightly', maxAgeSeconds: 48 * 3600 }] });
 * console.log(alertGroups.map(({ name }) => name));
 * // [ 'quality-probes', 'quality-rows', 'quality-services', 'quality-stack' ]
 * ```
 */
export function qualityObservability({
  suites = [],
  alertmanager,
  ...options
}: QualityOptions = {}): Observability {
  const resolved = resolveGrafanaOptions(options);
  return {
    options: resolved,
    dashboards: [],
    alertGroups: groups(resolved, suites),
    alertmanager: alertmanagerConfiguration(alertmanager),
  };
}

function groups(
  { clusterLabel, store }: ResolvedGrafanaOptions,
  suites: readonly SuiteAge[],
): readonly AlertGroupDefinition[] {
  const scope: RowScope = { queries: createQueries({ clusterLabel, variables: {}, store }), clusterLabel };
  const judge = 'prometheus';
  return [
    { name: 'quality-probes', intervalSeconds: 300, judge, records: recordProbes(scope), alerts: [] },
    {
      name: 'quality-rows',
      intervalSeconds: 60,
      judge,
      // In this order: a row asks when its source reported, and an alert for the row.
      records: [...recordSources(scope), ...recordRows(scope, suites)],
      alerts: [...rowAlerts(), ...missingReports(suites)],
    },
    // Somebody waits for these.
    { name: 'quality-services', intervalSeconds: 15, judge, alerts: serviceAlerts(scope) },
    { name: 'quality-stack', intervalSeconds: 60, judge, alerts: stackAlerts(scope) },
  ];
}
