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
  type MarkDefinition,
  NOTHING_TO_SHOW,
  type PanelDefinition,
  type Placed,
  placeRows,
  type Threshold,
  type VariableDefinition,
} from '../panels/panel.ts';
import { runbookUrl } from '../runbook-url.ts';
import { WINDOW, WINDOW_VARIABLE } from './conventions.ts';

/** The platform's boards are of this version; Grafana migrates it when it loads it. */
const SCHEMA_VERSION = 39;

type AnyPanelBuilder =
  | stat.PanelBuilder
  | gauge.PanelBuilder
  | bargauge.PanelBuilder
  | timeseries.PanelBuilder;

/** Grafana's JSON model of a dashboard. */
export type GrafanaDashboard = Omit<dashboard.Dashboard, 'panels'> & {
  readonly panels: readonly (dashboard.Panel | dashboard.RowPanel)[];
};

/** A chart of more bars than this cannot be read; past it, each looks back further. */
const MOST_BARS = 100;

/** Grafana's default colours by value turn red at 80; what has no bad value has one colour. */
const NO_VALUE_IS_WORSE: readonly Threshold[] = [{ color: 'blue', value: null }];

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
    .time({ from: 'now-6h', to: 'now' })
    // What is changed in the browser is gone with the next sync.
    .readonly()
    // A moment in one chart is the same moment in all.
    .tooltip(dashboard.DashboardCursorSync.Crosshair);
  for (const link of boardLinks(definition, options)) builder.link(link);
  for (const mark of definition.marks ?? []) builder.annotation(buildMark(mark, options));
  for (const variable of definition.variables) builder.withVariable(buildVariable(variable, options));
  for (const { row, panels } of placeRows(definition.rows)) {
    builder.withRow(new dashboard.RowBuilder(row.item.title).gridPos(gridPos(row)));
    for (const panel of panels) builder.withPanel(buildPanel(panel, options));
  }
  const built = builder.build();
  const panels = (built.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 }));
  return { ...built, schemaVersion: SCHEMA_VERSION, panels };
}

/** To the boards of the same tags with what is chosen here, to the alerts, and to free questions. */
function boardLinks(
  { tags }: DashboardDefinition,
  { datasource, folder }: ResolvedGrafanaOptions,
): readonly Builder<dashboard.DashboardLink>[] {
  const link = (title: string, url: string, icon: string): Builder<dashboard.DashboardLink> =>
    new dashboard.DashboardLinkBuilder(title)
      .type(dashboard.DashboardLinkType.Link)
      .url(url)
      .icon(icon)
      .targetBlank(true);
  const pane = { datasource, queries: [{ refId: 'A' }], range: { from: 'FROM', to: 'TO' } };
  // Grafana fills variables into a link as it stands, so these two must not be encoded.
  const panes = encodeURIComponent(JSON.stringify({ a: pane }))
    .replace('FROM', '$__from')
    .replace('TO', '$__to');
  return [
    new dashboard.DashboardLinkBuilder('Boards')
      .type(dashboard.DashboardLinkType.Dashboards)
      .tags([...tags])
      .includeVars(true)
      .keepTime(true),
    link('Alerts', `/alerting/list?search=${encodeURIComponent(`namespace:${folder}`)}`, 'bolt'),
    link('Explore', `/explore?schemaVersion=1&panes=${panes}`, 'external link'),
  ];
}

function buildMark(
  { name, expr, text, color }: MarkDefinition,
  { datasource }: ResolvedGrafanaOptions,
): Builder<dashboard.AnnotationQuery> {
  return new dashboard.AnnotationQueryBuilder()
    .name(name)
    .datasource({ type: 'prometheus', uid: datasource })
    .enable(true)
    .iconColor(color)
    .expr(expr)
    .titleFormat(name)
    .textFormat(text)
    .step('60s');
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
    .datasource({ type: 'prometheus', uid: options.datasource })
    .unit(item.unit)
    .noValue(item.empty ?? NOTHING_TO_SHOW)
    .thresholds(
      new dashboard.ThresholdsConfigBuilder()
        .mode(dashboard.ThresholdsMode.Absolute)
        .steps((item.thresholds ?? NO_VALUE_IS_WORSE).map(({ color, value }) => ({ color, value }))),
    )
    .targets(item.queries.map((query, index) => buildQuery(item, query, index)));
  if (item.decimals !== undefined) builder.decimals(item.decimals);
  if (item.min !== undefined) builder.min(item.min);
  if (item.max !== undefined) builder.max(item.max);
  for (const [name, color] of Object.entries(item.colors ?? {})) {
    builder.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }]);
  }
  if (item.alert !== undefined) builder.links(alertLinks(item.alert, options));
  return builder;
}

function alertLinks(uid: string, options: ResolvedGrafanaOptions): dashboard.DashboardLinkBuilder[] {
  const link = (title: string, url: string): dashboard.DashboardLinkBuilder =>
    new dashboard.DashboardLinkBuilder(title)
      .type(dashboard.DashboardLinkType.Link)
      .url(url)
      .targetBlank(true);
  return [link('Alert', `/alerting/grafana/${uid}/view`), link('Runbook', runbookUrl(uid, options))];
}

function panelBuilder(item: PanelDefinition): AnyPanelBuilder {
  const newest = new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']);
  switch (item.kind) {
    case 'stat':
      return (
        new stat.PanelBuilder()
          .reduceOptions(newest)
          .graphMode(common.BigValueGraphMode.None)
          // A single number of several possible ones would not say which it is.
          .textMode(
            item.queries.length > 1 || item.queries.some(({ legend }) => legend.includes('{{'))
              ? common.BigValueTextMode.ValueAndName
              : common.BigValueTextMode.Value,
          )
      );
    case 'gauge':
      return new gauge.PanelBuilder().reduceOptions(newest);
    case 'bargauge':
      return (
        new bargauge.PanelBuilder()
          .reduceOptions(newest)
          .orientation(common.VizOrientation.Horizontal)
          // A gradient would begin a red bar in green.
          .displayMode(
            item.thresholds === undefined
              ? common.BarGaugeDisplayMode.Gradient
              : common.BarGaugeDisplayMode.Basic,
          )
      );
    case 'timeseries':
      return chartBuilder(item);
  }
}

/** Every line has its name beside it, with the figure that a reader would ask for; the largest comes first. */
function chartBuilder({ drawn = 'line', thresholds, queries }: PanelDefinition): timeseries.PanelBuilder {
  const [figure, column] = drawn === 'bars' ? ['sum', 'Total'] : ['lastNotNull', 'Last *'];
  const builder = new timeseries.PanelBuilder()
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Right)
        .calcs([figure])
        .sortBy(column)
        .sortDesc(true),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending)
        .hideZeros(true),
    )
    .colorScheme(new dashboard.FieldColorBuilder().mode(colorsOf(queries)))
    .spanNulls(false);
  if (thresholds !== undefined) {
    builder.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    );
  }
  switch (drawn) {
    case 'bars':
      return (
        builder
          .drawStyle(common.GraphDrawStyle.Bars)
          // A bar counts what came before its moment.
          .barAlignment(common.BarAlignment.Before)
          .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'))
          .fillOpacity(80)
          .lineWidth(0)
          .maxDataPoints(MOST_BARS)
      );
    case 'points':
      return builder
        .drawStyle(common.GraphDrawStyle.Points)
        .showPoints(common.VisibilityMode.Always)
        .pointSize(7)
        .maxDataPoints(MOST_BARS);
    case 'bands':
      return builder
        .drawStyle(common.GraphDrawStyle.Line)
        .showPoints(common.VisibilityMode.Never)
        .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'))
        .lineInterpolation(common.LineInterpolation.StepAfter)
        .fillOpacity(60)
        .lineWidth(0);
    case 'line':
      return builder
        .drawStyle(common.GraphDrawStyle.Line)
        .showPoints(common.VisibilityMode.Never)
        .lineWidth(2)
        .fillOpacity(0);
  }
}

/**
 * Where no colour is given: never by value, as single numbers are. A label's value keeps its colour on every panel and
 * every day, whatever else is shown; a fixed name has that of its place.
 */
function colorsOf(queries: PanelDefinition['queries']): dashboard.FieldColorModeId {
  return queries.some(({ legend }) => legend.includes('{{'))
    ? dashboard.FieldColorModeId.PaletteClassicByName
    : dashboard.FieldColorModeId.PaletteClassic;
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
  if (expr.includes(WINDOW)) query.interval(`$${WINDOW_VARIABLE}`);
  return kind === 'timeseries' ? query.range() : query.instant();
}
