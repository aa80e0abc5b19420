/** What a tired reader needs of a board, on what is rendered. */
import { FAB_LABELS, GATEWAY_METRICS } from '@ephemetry/contract';
import { describe, expect, test } from 'vitest';
import { type Board, boards, type Panel, panelsOf } from './outputs.ts';

const CHARTS = boards().flatMap((board) =>
  panelsOf(board)
    .filter(({ type }) => type === 'timeseries')
    .map((panel): [string, Panel] => [`${board.title}, ${panel.title}`, panel]),
);
const BOARDS = boards().map((board): [string, Board] => [board.title, board]);

describe.each(CHARTS)('%s', (_, panel) => {
  test('names every line in a table, with a figure', () => {
    expect(panel.options?.legend).toMatchObject({ showLegend: true, displayMode: 'table' });
    expect(panel.options?.legend?.calcs).toHaveLength(1);
    for (const { legendFormat } of panel.targets ?? []) expect(legendFormat).toMatch(/\w/);
  });

  test('shows all lines of a moment in its tooltip, the largest first', () => {
    expect(panel.options?.tooltip).toMatchObject({ mode: 'multi', sort: 'desc' });
  });

  test('joins nothing that is hours apart', () => {
    const { drawStyle, spanNulls } = panel.fieldConfig?.defaults.custom ?? {};
    expect(spanNulls).toBe(false);
    const looksBack = panel.targets?.some(({ expr }) => expr.includes('$__rate_interval'));
    expect(drawStyle).toMatch(looksBack === true ? /^(bars|points)$/ : /^line$/);
  });

  test('looks back over no less and no more than its step, which follows the range', () => {
    for (const { expr, interval } of panel.targets ?? []) {
      expect(expr).not.toMatch(/\[\$(window|__interval)\]/);
      expect(interval, expr).toBe(expr.includes('$__rate_interval') ? '$window' : undefined);
      if (interval !== undefined) expect(panel.maxDataPoints).toBeLessThanOrEqual(100);
    }
  });

  test('draws its thresholds, where it has some', () => {
    const { thresholds, custom } = panel.fieldConfig?.defaults ?? {};
    const hasSome = (thresholds?.steps.length ?? 0) > 1;
    expect(custom?.['thresholdsStyle']).toEqual(hasSome ? { mode: 'dashed' } : undefined);
  });

  test('gives each value of a label of fab a colour of its own', () => {
    const names = (panel.targets ?? []).flatMap(({ legendFormat = '' }) => namesOf(legendFormat));
    const colors = colorsOf(panel);
    expect(names.filter((name) => !colors.has(name))).toEqual([]);
  });
});

test('a failure is red and a success is green, on every chart', () => {
  const all = CHARTS.map(([, panel]) => colorsOf(panel));
  const colorOf = (name: string): Set<unknown> =>
    new Set(all.flatMap((colors) => (colors.has(name) ? [colors.get(name)] : [])));
  expect(colorOf('error')).toEqual(new Set(['red']));
  expect(colorOf('completed')).toEqual(new Set(['green']));
  expect(colorOf('code approve')).toEqual(new Set(['green']));
  expect(colorOf('code reject')).toEqual(new Set(['red']));
  for (const phase of FAB_LABELS.phase.values) expect(colorOf(phase).size, phase).toBe(1);
});

test('pages that are all scraped do not hide each other, and none of them looks bad', () => {
  const scrapes = CHARTS.map(([, panel]) => panel).find(({ title }) => title === 'Scrapes that worked');
  if (scrapes === undefined) throw new Error('no such panel');
  expect(scrapes.fieldConfig?.defaults.custom).toMatchObject({ stacking: { mode: 'normal' } });
  const colors = GATEWAY_METRICS.up.job.map((job) => colorsOf(scrapes).get(job));
  expect(new Set(colors).size).toBe(GATEWAY_METRICS.up.job.length);
  for (const color of colors) expect(color).not.toMatch(/red|orange|green/);
});

describe.each(BOARDS)('%s', (_, board) => {
  test('no panel turns red at 80 by default', () => {
    for (const { fieldConfig, title } of panelsOf(board)) {
      expect(fieldConfig?.defaults.thresholds?.steps.length, title).toBeGreaterThan(0);
    }
  });

  test('counts are shown as whole numbers', () => {
    for (const { fieldConfig, targets = [], type, title } of panelsOf(board)) {
      const isCount = type === 'timeseries' && fieldConfig?.defaults.custom?.['drawStyle'] === 'bars';
      const isMoney = targets.some(({ expr }) => expr.includes('cost_usd'));
      if (isCount && !isMoney) expect(fieldConfig.defaults.decimals, title).toBe(0);
    }
  });

  test('leads to the other boards, the alerts and Explore, and marks what happened meanwhile', () => {
    expect(board.links.map(({ title, type }) => [title, type])).toEqual([
      ['Boards', 'dashboards'],
      ['Alerts', 'link'],
      ['Explore', 'link'],
    ]);
    expect(board.annotations.list.map(({ name }) => name)).toEqual(['Gateway restarted', 'Alert']);
  });

  test('is not edited in the browser, where the next sync would undo it', () => {
    expect(board.editable).toBe(false);
  });
});

/** Every name that a legend can take, as far as its labels are fab's and short. */
function namesOf(legend: string): readonly string[] {
  const label = /\{\{(\w+)\}\}/.exec(legend);
  if (label === null) return [legend];
  const known = Object.values(FAB_LABELS).find(({ name }) => name === label[1]);
  if (known === undefined || known.name === 'role' || known.name === 'group') return [];
  return known.values.flatMap((value) => namesOf(legend.replace(label[0], value)));
}

/** Names that stand alone need none: there is nothing to confuse them with. */
function colorsOf(panel: Panel): ReadonlyMap<string, unknown> {
  const { overrides = [] } = panel.fieldConfig ?? {};
  const named = overrides.flatMap(({ matcher, properties }) =>
    properties.flatMap(({ id, value }): [string, unknown][] =>
      id === 'color' && typeof value === 'object' && value !== null
        ? [[matcher.options, Reflect.get(value, 'fixedColor')]]
        : [],
    ),
  );
  const [only, ...more] = panel.targets ?? [];
  const alone = more.length === 0 && only?.legendFormat !== undefined && !only.legendFormat.includes('{{');
  return new Map(alone ? [...named, [only.legendFormat, 'alone']] : named);
}
