/** Makes Grafana's dashboard of a definition, with Grafana's own builders. */

import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as gauge from '@grafana/grafana-foundation-sdk/gauge';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { ResolvedGrafanaOptions } from '../grafana-options.ts';
import {
  type DashboardDefinition,
  NOTHING_TO_SHOW,
  type PanelDefinition,
  type Placed,
  placeRows,
  type VariableDefinition,
} from '../panels/panel.ts';
import { runbookUrl } from '../runbook-url.ts';

/** The platform's boards are of this version; Grafana migrates it when it loads it. */
const SCHEMA_VERSION = 39;

type AnyPanelBuilder =
  | stat.PanelBuilder
  | gauge.PanelBuilder
  | bargauge.PanelBuilder
  | timeseries.PanelBuilder;

/** A panel whose data source is its plain uid, which Grafana accepts and the platform's boards use. */
type GrafanaPanel = Omit<dashboard.Panel, 'datasource'> & { readonly datasource: string };

/** Grafana's JSON model of a dashboard. */
export type GrafanaDashboard = Omit<dashboard.Dashboard, 'panels'> & {
  readonly panels: readonly (GrafanaPanel | dashboard.RowPanel)[];
};

/** The dashboard as Grafana's JSON model. */
export function buildDashboard(
  definition: DashboardDefinition,
  options: ResolvedGrafanaOptions,
): GrafanaDashboard {
  const builder = new dashboard.DashboardBuilder(definition.title)
    .uid(definition.uid)
    .description(definition.purpose)
    .tags([...definition.tags])
    .timezone('browser')
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' });
  for (const variable of definition.variables) builder.withVariable(buildVariable(variable, options));
  for (const { row, panels } of placeRows(definition.rows)) {
    builder.withRow(new dashboard.RowBuilder(row.item.title).gridPos(gridPos(row)));
    for (const panel of panels) builder.withPanel(buildPanel(panel, options));
  }
  const built = builder.build();
  const panels = (built.panels ?? []).map((panel, index): GrafanaPanel | dashboard.RowPanel => {
    const id = index + 1;
    return isRow(panel) ? { ...panel, id } : { ...panel, id, datasource: options.datasource };
  });
  return { ...built, schemaVersion: SCHEMA_VERSION, panels };
}

function isRow(panel: dashboard.Panel | dashboard.RowPanel): panel is dashboard.RowPanel {
  return panel.type === 'row';
}

function gridPos({ x, y, width, height }: Placed<unknown>): dashboard.GridPos {
  return { x, y, w: width, h: height };
}

function buildVariable(
  variable: VariableDefinition,
  { datasource }: ResolvedGrafanaOptions,
): Builder<dashboard.VariableModel> {
  if (variable.kind === 'choice') {
    const [first = ''] = variable.values;
    return new dashboard.CustomVariableBuilder(variable.name)
      .values(variable.values.join(','))
      .current({ text: first, value: first })
      .options(variable.values.map((value) => ({ text: value, value, selected: value === first })));
  }
  return new dashboard.QueryVariableBuilder(variable.name)
    .datasource({ type: 'prometheus', uid: datasource })
    .query(variable.query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] });
}

function buildPanel(
  placed: Placed<PanelDefinition>,
  options: ResolvedGrafanaOptions,
): Builder<dashboard.Panel> {
  const { item } = placed;
  const builder = panelBuilder(item)
    .title(item.title)
    .description(item.question)
    .gridPos(gridPos(placed))
    .unit(item.unit)
    .noValue(item.empty ?? NOTHING_TO_SHOW)
    .targets(item.queries.map((query, index) => buildQuery(item, query, index)));
  if (item.decimals !== undefined) builder.decimals(item.decimals);
  if (item.min !== undefined) builder.min(item.min);
  if (item.max !== undefined) builder.max(item.max);
  if (item.thresholds !== undefined) {
    builder.thresholds(
      new dashboard.ThresholdsConfigBuilder()
        .mode(dashboard.ThresholdsMode.Absolute)
        .steps(item.thresholds.map(({ color, value }) => ({ color, value }))),
    );
  }
  if (item.alert !== undefined) {
    builder.links([
      new dashboard.DashboardLinkBuilder('Runbook')
        .type(dashboard.DashboardLinkType.Link)
        .url(runbookUrl(item.alert, options))
        .targetBlank(true),
    ]);
  }
  return builder;
}

function panelBuilder({ kind }: PanelDefinition): AnyPanelBuilder {
  const newest = new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']);
  switch (kind) {
    case 'stat':
      return new stat.PanelBuilder().reduceOptions(newest).graphMode(common.BigValueGraphMode.None);
    case 'gauge':
      return new gauge.PanelBuilder().reduceOptions(newest);
    case 'bargauge':
      return new bargauge.PanelBuilder()
        .reduceOptions(newest)
        .orientation(common.VizOrientation.Horizontal)
        .displayMode(common.BarGaugeDisplayMode.Gradient);
    case 'timeseries':
      // A run is a point between gaps: without points it would not be seen.
      return new timeseries.PanelBuilder().showPoints(common.VisibilityMode.Always).fillOpacity(10);
  }
}

function buildQuery(
  { kind }: PanelDefinition,
  { expr, legend }: PanelDefinition['queries'][number],
  index: number,
): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .expr(expr)
    .legendFormat(legend);
  return kind === 'timeseries' ? query.range() : query.instant();
}
