/** Makes Grafana's panel of a definition, with Grafana's own builders. */
import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as gauge from '@grafana/grafana-foundation-sdk/gauge';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { AlertJudge } from '../alerts/alert.ts';
import type { ResolvedGrafanaOptions } from '../grafana-options.ts';
import {
  NOTHING_TO_SHOW,
  type PanelDefinition,
  type Placed,
  type Threshold,
  type ValueName,
} from '../panels/panel.ts';
import { runbookUrl } from '../runbook-url.ts';
import { WINDOW, WINDOW_VARIABLE } from './conventions.ts';

type AnyPanelBuilder =
  | stat.PanelBuilder
  | gauge.PanelBuilder
  | bargauge.PanelBuilder
  | timeseries.PanelBuilder;

/** A chart of more bars than this cannot be read; past it, each looks back further. */
const MOST_BARS = 100;

/** Grafana's default colours by value turn red at 80; what has no bad value has one colour. */
const NO_VALUE_IS_WORSE: readonly Threshold[] = [{ color: 'blue', value: null }];

/** The panel in its place; `judge` is who judges the alert that it names. */
export function buildPanel(
  placed: Placed<PanelDefinition>,
  judge: AlertJudge,
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
  if (item.names !== undefined) builder.mappings(item.names.map(buildMapping));
  if (item.alert !== undefined) builder.links(alertLinks(item.alert, judge, options));
  return builder;
}

function buildMapping({ value, text, color }: ValueName, index: number): dashboard.ValueMap {
  return { type: dashboard.MappingType.ValueToText, options: { [value]: { text, color, index } } };
}

/** Only Grafana's own alerts have a page in Grafana by their uid. */
function alertLinks(
  uid: string,
  judge: AlertJudge,
  options: ResolvedGrafanaOptions,
): dashboard.DashboardLinkBuilder[] {
  const link = (title: string, url: string): dashboard.DashboardLinkBuilder =>
    new dashboard.DashboardLinkBuilder(title)
      .type(dashboard.DashboardLinkType.Link)
      .url(url)
      .targetBlank(true);
  const runbook = link('Runbook', runbookUrl(uid, options));
  return judge === 'grafana' ? [link('Alert', `/alerting/grafana/${uid}/view`), runbook] : [runbook];
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

/** As Grafana spells a place. */
export function gridPos({ x, y, width, height }: Placed<unknown>): dashboard.GridPos {
  return { x, y, w: width, h: height };
}
