/** The page of a dashboard: what each panel answers, and what to do when it is red. */
import {
  type DashboardDefinition,
  NOTHING_TO_SHOW,
  type PanelDefinition,
} from '../src/engine/panels/panel.ts';

/** Markdown, made from the same definition as the dashboard. */
export function renderDashboardPage(definition: DashboardDefinition): string {
  return `${[
    `# ${definition.title}`,
    `<!-- Generated from packages/grafana/src. Run: pnpm generate -->`,
    definition.purpose,
    `![The board over ${RANGES[definition.range ?? '6h'] ?? definition.range} of example data](${definition.uid}.png)`,
    howDrawn(definition),
    choices(definition),
    ...definition.rows.flatMap((row) => [`## ${row.title}`, ...row.panels.flatMap(panelSection)]),
  ].join('\n\n')}\n`;
}

const RANGES: Readonly<Record<string, string>> = {
  '6h': 'six hours',
  '24h': 'a day',
  '7d': 'a week',
  '14d': 'two weeks',
};

function howDrawn({ rows, marks = [] }: DashboardDefinition): string {
  const hasGauge = rows.some(({ panels }) => panels.some(({ kind }) => kind === 'gauge'));
  const differs = [
    ...(hasGauge ? ['the gauge is drawn like it'] : []),
    ...(marks.length > 0 ? ['the lines of restarts and alerts are left out'] : []),
  ].join(', and ');
  return `The picture is drawn with Grafana’s own panel components from the answers of a real Prometheus${differs === '' ? '' : `; ${differs}`}. Draw it anew with \`pnpm boards:draw\`.`;
}

function choices({ variables, marks = [] }: DashboardDefinition): string {
  const lines =
    marks.length === 0 ? '' : '; lines across the charts mark restarts of the gateway and alerts that fired';
  const labels = variables.filter(({ kind }) => kind === 'label').map(({ name }) => `\`${name}\``);
  return `Choose at the top: ${labels.join(', ')}, several of each, all by default. Each bar and each point of a chart looks back over \`window\`, 30 minutes by default, or over a longer time where the range would make more than 100 of them: each run is in exactly one. What nobody measured is shown as a gap or in words, never as 0. Above the charts are the ways to the other boards, to the alerts and to free questions in Explore${lines}.`;
}

function panelSection({ title, question, whenRed, queries, empty, alert }: PanelDefinition): string[] {
  return [
    `### ${title}`,
    question,
    `When it looks bad: ${whenRed}${alert === undefined ? '' : ` Alert: [${alert}](../alerts/${alert}.md).`}`,
    `Nothing to show: "${empty ?? NOTHING_TO_SHOW}".`,
    ['```promql', ...queries.map(({ expr }) => expr), '```'].join('\n'),
  ];
}
