/** The boards of quality, as they are rendered: eleven rows at their heads, coloured as their alerts judge. */
import { HOST_METRICS, METRIC_FAMILIES, STACK_METRICS } from '@ephemetry/contract';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { rowThresholds } from '../src/boards/quality/boards/row-panels.ts';
import { isBad, missesTarget, type QualityRow, recordOf } from '../src/boards/quality/rows/quality-row.ts';
import { QUALITY_ROWS } from '../src/boards/quality/rows/quality-rows.ts';
import { METRIC_STORES, qualityObservability, renderObservability } from '../src/index.ts';
import { type Board, type Panel, panelsOf } from './outputs.ts';
import { metricNames } from './promql-names.ts';

const OBSERVABILITY = qualityObservability();
const ALERTS = OBSERVABILITY.alertGroups.flatMap(({ alerts }) => alerts);
const RECORDED = new Set(
  OBSERVABILITY.alertGroups.flatMap(({ records = [] }) => records.map(({ record }) => record)),
);
const DECLARED = [
  ...Object.values(METRIC_FAMILIES).flatMap(({ metrics }) => Object.values(metrics)),
  ...Object.values(HOST_METRICS),
  ...Object.values(STACK_METRICS),
].map(({ name }) => name);

const BOARDS: readonly Board[] = renderObservability('provisioning', OBSERVABILITY).map(({ content }) =>
  JSON.parse(content),
);

test('are four, and the eleven rows stand at their heads, each once', () => {
  expect(BOARDS.map(({ title }) => title)).toEqual([
    'Wizard Fleet Health',
    'Test Suite Quality',
    'Performance Metrics',
    'Infrastructure',
  ]);
  const shown = BOARDS.flatMap(panelsOf).flatMap(({ title }) =>
    QUALITY_ROWS.filter((row) => title.startsWith(`${row.title}: `)),
  );
  expect(shown.map(({ id }) => id).toSorted()).toEqual(QUALITY_ROWS.map(({ id }) => id).toSorted());
});

describe.each(BOARDS.map((board): [string, Board] => [board.title, board]))('%s', (_, board) => {
  test('stands in the grid, and no panel on another', () => {
    const cells = board.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_cell, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos, title } of board.panels)
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
  });

  test('asks a question in each panel, says what is missing, and leads to a page that exists', () => {
    const uids = ALERTS.map(({ uid }) => uid);
    for (const { description, fieldConfig, links = [], title } of panelsOf(board)) {
      expect(description, title).toMatch(/[?.]$/);
      expect(fieldConfig?.defaults.noValue, title).toMatch(/^[a-z].*[\w?]$/);
      expect(
        links.map((link) => link.title),
        title,
      ).toEqual(['Runbook']);
      const [, uid] = /\/([\w-]+)\.md#\1$/.exec(links[0]?.url ?? '') ?? [];
      expect(uids, title).toContain(uid);
    }
    expect(new Set(board.panels.map(({ title }) => title)).size).toBe(board.panels.length);
  });

  test('uses each of its variables, and no other', () => {
    const used = panelsOf(board).flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr, interval = '' }) =>
        [...`${expr} ${interval}`.matchAll(/\$(\w+)/g)].map(([, name]) => name),
      ),
    );
    const names = board.templating.list.map(({ name }) => name);
    expect(new Set(used.filter((name) => name?.startsWith('__') === false))).toEqual(new Set(names));
  });
});

describe.each(METRIC_STORES)('with %s', (store) => {
  const observability = qualityObservability({ store });
  const panels = renderObservability('provisioning', observability)
    .map(({ content }): Board => JSON.parse(content))
    .flatMap(panelsOf)
    .flatMap(({ title, targets = [] }: Panel) => targets.map(({ expr }) => ({ where: title, expr })));
  const rules = renderObservability('prometheus-rules', observability).flatMap(({ content }) =>
    parse(content).groups[0].rules.map(
      ({ alert, record, expr }: { alert?: string; record?: string; expr: string }) => ({
        where: alert ?? record,
        expr,
      }),
    ),
  );
  const pages = observability.alertGroups.flatMap(({ alerts }) =>
    alerts.flatMap(({ title, page }) =>
      page.look.map(({ query }) => ({ where: `${title}, page`, expr: query })),
    ),
  );

  test.each([...panels, ...rules, ...pages])(
    '$where parses, and asks for what is declared or recorded',
    ({ expr }) => {
      const text = expr.replaceAll(/(?<=\[)\$\w+/g, '1h');
      const faults: string[] = [];
      parser.parse(text).iterate({
        enter: ({ type, from }) => {
          if (type.isError) faults.push(`does not parse at ${from}: ${text}`);
        },
      });
      expect(faults).toEqual([]);
      const known = metricNames(expr).filter((name) => name !== 'ALERTS');
      for (const name of known) {
        const base = name.replace(/_(?:bucket|count|sum)$/, '');
        expect(RECORDED.has(name) || DECLARED.includes(name) || DECLARED.includes(base), name).toBe(true);
      }
      expect(known.length + Number(/vector|ALERTS/.test(expr))).toBeGreaterThan(0);
    },
  );
});

/** What a board and the alerts say of a value. */
function colorOf(row: QualityRow, value: number): string {
  return rowThresholds(row).findLast((step) => step.value === null || value >= step.value)?.color ?? '';
}

function judged(row: QualityRow, value: number): string {
  const holds = (expr: string): boolean => {
    const [, is, limit] = new RegExp(`^${recordOf(row.id)} ([<>]=?) (\\S+)$`).exec(expr) ?? [];
    return (
      {
        '<': value < Number(limit),
        '<=': value <= Number(limit),
        '>': value > Number(limit),
        '>=': value >= Number(limit),
      }[is ?? ''] === true
    );
  };
  if (row.alerts.some((alert) => holds(isBad(row, alert)))) return 'red';
  return holds(missesTarget(row)) ? 'orange' : 'green';
}

test.each(QUALITY_ROWS)('$title has the colour of its alerts, at its limits too', (row) => {
  const limits = [row.target.value, ...row.alerts.map(({ value }) => value)];
  const values = limits.flatMap((limit) => [limit * 0.999 - 1e-6, limit, limit * 1.001 + 1e-6]);
  for (const value of values) expect([value, colorOf(row, value)]).toEqual([value, judged(row, value)]);
});

test('alerts that Prometheus judges are in no file for Grafana', () => {
  for (const format of ['operator', 'provisioning'] as const) {
    const files = renderObservability(format, OBSERVABILITY);
    expect(
      files.filter(({ path, content }) => path.includes('alert') || content.includes('AlertRuleGroup')),
    ).toEqual([]);
  }
});

test('each alert has a name, a page and a level of its own kind', () => {
  expect(new Set(ALERTS.map(({ uid }) => uid)).size).toBe(ALERTS.length);
  expect(new Set(ALERTS.map(({ title }) => title)).size).toBe(ALERTS.length);
  for (const { page, title, uid, urgency } of ALERTS) {
    expect(uid, title).toMatch(/^[\w-]{1,40}$/);
    expect(urgency, title).toMatch(/^(?:p[0-3]|target|none)$/);
    expect(page.act, title).toHaveLength(3);
    expect([page.closes, page.silence], title).toEqual([expect.any(String), expect.stringContaining(title)]);
  }
});

test('a silence on a page hides what the alert is about, and nothing else', () => {
  const about = ALERTS.filter(({ title }) => title !== 'Watchdog');
  for (const { page, summary, title } of about) {
    const labels = [...summary.matchAll(/\{\{ \$labels\.(\w+) \}\}/g)].map(([, label = '']) => label);
    const [, command = ''] = /^`(amtool silence add [^`]+)`/.exec(page.silence ?? '') ?? [];
    const chosen = [...command.matchAll(/ (\w+)="([A-Z_]+)"/g)].map(([, label = '']) => label);
    expect(command, title).toContain(`alertname=${title} `);
    expect(chosen, title).toEqual(labels);
  }
});
