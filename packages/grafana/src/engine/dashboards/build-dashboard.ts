/** Makes Grafana's dashboard of a definition, with Grafana's own builders. */

import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type { ResolvedGrafanaOptions } from '../grafana-options.ts';
import {
  type DashboardDefinition,
  type MarkDefinition,
  placeRows,
  type VariableDefinition,
} from '../panels/panel.ts';
import { buildPanel, gridPos } from './build-panel.ts';

/** The platform's boards are of this version; Grafana migrates it when it loads it. */
const SCHEMA_VERSION = 39;

/** Grafana's JSON model of a dashboard. */
export type GrafanaDashboard = Omit<dashboard.Dashboard, 'panels'> & {
  readonly panels: readonly (dashboard.Panel | dashboard.RowPanel)[];
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
    .time({ from: `now-${definition.range ?? '6h'}`, to: 'now' })
    // What is changed in the browser is gone with the next sync.
    .readonly()
    // A moment in one chart is the same moment in all.
    .tooltip(dashboard.DashboardCursorSync.Crosshair);
  for (const link of boardLinks(definition, options)) builder.link(link);
  for (const mark of definition.marks ?? []) builder.annotation(buildMark(mark, options));
  for (const variable of definition.variables) builder.withVariable(buildVariable(variable, options));
  for (const { row, panels } of placeRows(definition.rows)) {
    builder.withRow(new dashboard.RowBuilder(row.item.title).gridPos(gridPos(row)));
    for (const panel of panels) builder.withPanel(buildPanel(panel, definition.judge ?? 'grafana', options));
  }
  const built = builder.build();
  const panels = (built.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 }));
  return { ...built, schemaVersion: SCHEMA_VERSION, panels };
}

/** To the boards of the same tags with what is chosen here, to the alerts, and to free questions. */
function boardLinks(
  { tags, judge = 'grafana' }: DashboardDefinition,
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
  const judged = judge === 'grafana' ? `namespace:${folder}` : 'type:alerting';
  return [
    new dashboard.DashboardLinkBuilder('Boards')
      .type(dashboard.DashboardLinkType.Dashboards)
      .tags([...tags])
      .includeVars(true)
      .keepTime(true),
    link('Alerts', `/alerting/list?search=${encodeURIComponent(judged)}`, 'bolt'),
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
