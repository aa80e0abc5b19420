/** What a reader sees on the boards: drawn by Grafana's own components, from the answers of a real Prometheus. */
import { expect, test } from 'vitest';
import { answeredBoards } from './board-answers.ts';
import { bundlePage, readDrawn } from './draw-board.ts';
import { locateDrawingTools } from './drawing-tools.ts';
import type { DrawnBoard, DrawnPanel } from './drawn-board.ts';

const tools = locateDrawingTools();
const draw = await bundlePage(tools);
const boards = await answeredBoards();

test.each(boards.map((board): [string, DrawnBoard] => [board.uid, board]))(
  '%s: every series is named where it is drawn, and an empty panel says why',
  (_, board) => {
    const sections = sectionsOf(readDrawn(tools, draw(board)));
    expect([...sections.keys()]).toEqual(board.panels.map(({ json }) => json.title));
    for (const panel of board.panels) {
      const text = sections.get(panel.json.title) ?? '';
      for (const wanted of textsOf(panel)) expect.soft(text, panel.json.title).toContain(wanted);
      if (panel.series.length > 0 && panel.json.type === 'timeseries') {
        expect.soft(text, panel.json.title).toContain('<canvas');
      }
      if (panel.series.length > 0 && panel.json.type === 'gauge')
        expect.soft(text, panel.json.title).toContain('data-part="track"');
    }
  },
);

test('this suite sees a chart whose lines have no names', () => {
  const [board] = boards;
  if (board === undefined) throw new Error('no board');
  const nameless = board.panels.map(({ json, series }) => ({
    json: { ...json, options: { ...json.options, legend: { ...json.options.legend, showLegend: false } } },
    series,
  }));
  const sections = sectionsOf(readDrawn(tools, draw({ ...board, panels: nameless })));
  const unnamed = board.panels.filter((panel) =>
    textsOf(panel).some((wanted) => sections.get(panel.json.title)?.includes(wanted) !== true),
  );
  expect(unnamed.map(({ json }) => json.title)).toContain('Agent sessions by phase');
});

test('the history fills nearly every panel: a picture of gaps would say nothing', () => {
  const empty = boards.flatMap(({ panels }) =>
    panels.filter(({ series }) => series.length === 0).map(({ json }) => json.title),
  );
  expect(empty).toEqual(['Points left out']);
});

test('a quiet hour is a gap, not a line', () => {
  const counts = boards
    .flatMap(({ panels }) => panels)
    .find(({ json }) => json.title === 'Agent sessions by phase');
  const moments = new Set((counts?.series ?? []).flatMap(({ points }) => points.map(([ms]) => ms)));
  // Twelve windows in six hours, two of them without a run.
  expect(moments.size).toBeLessThanOrEqual(11);
  expect(counts?.json.fieldConfig.defaults.custom).toMatchObject({ drawStyle: 'bars', spanNulls: false });
});

/** What must be readable in a panel. */
function textsOf({ json, series }: DrawnPanel): readonly string[] {
  if (series.length === 0) return [json.fieldConfig.defaults.noValue];
  const isNamed = json.type === 'timeseries' || json.type === 'bargauge';
  return isNamed || series.length > 1 ? series.map(({ name }) => name) : [];
}

/** The drawn HTML by the titles of panels. */
function sectionsOf(html: string): ReadonlyMap<string, string> {
  const [, ...sections] = html.split('data-panel="');
  return new Map(sections.map((section) => [plain(section.slice(0, section.indexOf('"'))), section]));
}

/** A browser writes these of a title as entities. */
function plain(html: string): string {
  return html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
