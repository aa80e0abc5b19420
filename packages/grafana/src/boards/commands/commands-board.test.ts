import { expect, test } from 'vitest';
import { renderObservability } from '../../engine/output/render.ts';
import { METRIC_STORES } from '../../engine/promql/queries.ts';
import { commandsObservability } from './commands-observability.ts';

test.each(METRIC_STORES)('shows 0 %% for a command that ran and never failed, in %s', (store) => {
  const { dashboards } = commandsObservability({ store });
  const panels = dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
  const share = panels.find(({ title }) => title === 'Share of runs that failed');
  const [failed = '', all = ''] = share?.queries[0]?.expr.split(' / ') ?? [];
  expect(all).toMatch(/^\((?<runs>.*) > 0\)$/);
  expect(failed.endsWith(` or ${all.slice(1, -' > 0)'.length)} * 0)`)).toBe(true);
});

test('gives a command its own colour on every chart, and not that of its place in a list', () => {
  const charts = panels().filter(({ type }) => type === 'timeseries');
  const modes = charts
    .filter(({ targets }) => targets.some(({ legendFormat }) => legendFormat === '{{command}}'))
    .map(({ fieldConfig }) => fieldConfig.defaults.color?.mode);
  expect(modes.length).toBeGreaterThan(0);
  expect(new Set(modes)).toEqual(new Set(['palette-classic-by-name']));
});

test('fills the bar of a command that failed last in red, without a green part', () => {
  const lastExitCode = panels().find(({ title }) => title === 'Last exit code');
  expect(lastExitCode).toMatchObject({
    options: { displayMode: 'basic' },
    fieldConfig: {
      defaults: { max: 1, thresholds: { steps: [{ color: 'green' }, { color: 'red', value: 1 }] } },
    },
  });
});

interface PanelJson {
  readonly type: string;
  readonly title: string;
  readonly targets: readonly { readonly legendFormat: string }[];
  readonly fieldConfig: { readonly defaults: { readonly color?: { readonly mode: string } } };
}

function panels(): readonly PanelJson[] {
  const files = renderObservability('provisioning', commandsObservability());
  const board = files.find(({ path }) => path === 'dashboards/commands.json');
  return JSON.parse(board?.content ?? '{}').panels;
}
