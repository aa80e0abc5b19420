/** Boards and alerts that ask deltas in VictoriaMetrics, from the same definitions. */
import { EPHEMETRY_METRICS, FAB_METRICS, fabRoleLabels } from '@ephemetry/contract';
import { fabObservability } from '@ephemetry/grafana';
import { queryPrometheus, type Sample, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { batchOf, counterOf } from '../support/hostile-requests.ts';
import { postAll } from '../support/post.ts';
import { startVictoriaStack, type VictoriaStack } from '../support/victoria-stack.ts';
import { EVERYTHING, withVariables } from './grafana-answers.ts';

const DAY_SECONDS = 86_400;
const { dashboards, alertGroups } = fabObservability({ store: 'victoria-metrics' });
const PANELS = dashboards.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels));
const ALERTS = alertGroups.flatMap(({ alerts }) => alerts);
const VARIABLES = { ...EVERYTHING, __interval: '1d', __range: '1d' };
const ROLE = fabRoleLabels('product');

/** One run's counter, dated so many seconds ago. */
function dated(
  run: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  ageSeconds: number,
): string {
  const nano = `${Date.now() - ageSeconds * 1_000}000000`;
  const point = (value: object): object => ({ startTimeUnixNano: nano, timeUnixNano: nano, ...value });
  const attributes = Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  return batchOf(run, [counterOf(name, point({ attributes, asInt: '1' }))], { 'service.name': 'fab' });
}

function evaluations(count: number, result: string, ageSeconds: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    dated(`${result}-${ageSeconds}-${index}`, FAB_METRICS.selfEval.name, { ...ROLE, result }, ageSeconds),
  );
}

async function given(stack: VictoriaStack, bodies: readonly string[]): Promise<void> {
  await postAll(stack.gateway.endpoint, bodies, 4);
  await stack.settled();
}

/** What the first query of a panel answers, at so many seconds ago. */
function panelAnswers(stack: VictoriaStack, title: string, ageSeconds = 0): Promise<readonly Sample[]> {
  const expr = PANELS.find((panel) => panel.title === title)?.queries[0]?.expr;
  if (expr === undefined) throw new Error(`no panel "${title}"`);
  return queryPrometheus(stack.store.url, withVariables(expr, VARIABLES), Date.now() / 1_000 - ageSeconds);
}

function firing(stack: VictoriaStack, uid: string): Promise<readonly Sample[]> {
  const expr = ALERTS.find((alert) => alert.uid === uid)?.expr;
  if (expr === undefined) throw new Error(`no alert "${uid}"`);
  return queryPrometheus(stack.store.url, expr);
}

test('VictoriaMetrics answers every panel and alert, and none asks for a window that is wider than its step', async (t) => {
  const stack = await startVictoriaStack(t);
  const exprs = [
    ...PANELS.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
    ...ALERTS.map(({ expr }) => expr),
  ];
  expect(exprs.filter((expr) => expr.includes('$__rate_interval'))).toEqual([]);
  expect(exprs.filter((expr) => /increase\((fab_|merge_|ephemetry_(?!gateway_))/.test(expr))).toEqual([]);
  for (const expr of exprs) await queryPrometheus(stack.store.url, withVariables(expr, VARIABLES));
});

test('a batch that comes five days late is in the bar of its day, and in no other', async (t) => {
  const stack = await startVictoriaStack(t);
  const lateSeconds = 5 * DAY_SECONDS;
  await given(stack, [dated('late', FAB_METRICS.agentSessions.name, ROLE, lateSeconds)]);
  const title = 'Agent sessions by group';
  const shown = await Promise.all(
    [0, 1, 2, 3, 4, 5].map((days) => panelAnswers(stack, title, days * DAY_SECONDS - 60)),
  );
  expect(shown.map((samples) => samples.map(({ value }) => value))).toEqual([[], [], [], [], [], [1]]);
});

test('a phase in which everything passed has a fail ratio of 0, and one without evaluations has none', async (t) => {
  const stack = await startVictoriaStack(t);
  await given(stack, evaluations(3, 'pass', 60));
  const shown = await panelAnswers(stack, 'Self-eval fail ratio by phase');
  expect(shown.map(({ labels, value }) => [labels['phase'], value])).toEqual([[ROLE.phase, 0]]);
});

test('what failed five days ago and comes today wakes nobody; what fails now does', async (t) => {
  const stack = await startVictoriaStack(t);
  const uid = 'fab-self-eval-burn-1h';
  await given(stack, evaluations(20, 'fail', 5 * DAY_SECONDS));
  expect(await firing(stack, uid)).toEqual([]);
  await given(stack, evaluations(20, 'fail', 30));
  expect(await firing(stack, uid)).toHaveLength(1);
});

test('a lost batch that is reported late alerts by the time of the report', async (t) => {
  const stack = await startVictoriaStack(t);
  const lost = dated('lost', EPHEMETRY_METRICS.lostBatches.name, { reason: 'expired' }, 30);
  await given(stack, [lost]);
  expect((await firing(stack, 'fab-lost-batches')).map(({ labels }) => labels['reason'])).toEqual([
    'expired',
  ]);
});

test('rows that VictoriaMetrics ignores raise an alert, and none of what the gateway lets through is ignored', async (t) => {
  const stack = await startVictoriaStack(t);
  const many = (count: number, value: string): Readonly<Record<string, string>> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, value]));
  const shapes = [
    ...[many(32, 'x'), { l: 'x'.repeat(3_900) }, { ['k'.repeat(240)]: 'x' }],
    ...[many(33, 'x'), { l: 'x'.repeat(4_100) }, { ['k'.repeat(260)]: 'x' }],
  ];
  const bodies = shapes.map((labels, run) => dated(`shape-${run}`, 'shaped_total', labels, 30));
  await given(stack, bodies);
  const stored = await queryPrometheus(stack.store.url, 'sum(sum_over_time(shaped_total[1h]))');
  expect(stored.map(({ value }) => value)).toEqual([3]);
  expect(await firing(stack, 'fab-ignored-rows')).toEqual([]);
  const labels = Object.keys(many(60, 'x')).map((key) => `${key}="x"`);
  const body = `direct_total{${labels.join(',')}} 1\n`;
  await fetch(`${stack.store.url}/api/v1/import/prometheus`, { method: 'POST', body });
  const fires = async (): Promise<boolean> => (await firing(stack, 'fab-ignored-rows')).length > 0;
  await waitFor(fires, { what: 'the alert for ignored rows', deadlineMs: 30_000 });
});
