import { FAB_ROSTER, GATEWAY_METRICS } from '@ephemetry/contract';
import { drain } from '@ephemetry/exporter';
import { fabObservability, type PanelDefinition } from '@ephemetry/grafana';
import { queryPrometheus } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { runOnce } from '../support/load.ts';
import { post } from '../support/post.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { ALERT_TRUTH, ALERTS, alertDifferences } from './grafana-alert-truth.ts';
import {
  answerDifferences,
  answersOf,
  EVERYTHING,
  labelValues,
  type Variables,
  withVariables,
} from './grafana-answers.ts';
import { type Moment, momentOf, settledMoment } from './grafana-moment.ts';
import { unnoticedMutants } from './grafana-mutants.ts';
import {
  burn,
  chosen,
  OVERVIEW_TRUTH,
  type Population,
  populationOf,
  type RoleLabel,
} from './grafana-panel-truth.ts';
import { type PlannedFabRun, planFabRuns, SINGLE_RUN } from './grafana-population.ts';
import { REFUSED_BATCHES } from './grafana-refused-batches.ts';
import { runFab } from './grafana-runs.ts';

const { dashboards } = fabObservability();
const overview = panelsOf('fab-overview');

function panelsOf(uid: string): readonly PanelDefinition[] {
  const dashboard = dashboards.find((each) => each.uid === uid);
  return (dashboard?.rows ?? []).flatMap(({ panels }) => panels);
}

test('every panel and every alert has a truth to be compared with', () => {
  expect(overview.map(({ title }) => title).sort()).toEqual(Object.keys(OVERVIEW_TRUTH).sort());
  expect(ALERTS.map(({ uid }) => uid).sort()).toEqual(Object.keys(ALERT_TRUTH).sort());
});

/** One way to look at the board, and what there is to see. */
interface View {
  readonly name: string;
  readonly moment: Moment;
  readonly population: Population;
  readonly variables: Variables;
}

/** One line for each series of each panel that is not as the population says. */
async function overviewDifferences(stack: Stack, view: View): Promise<readonly string[]> {
  const lines = await Promise.all(overview.map((panel) => panelDifferences(stack, panel, view)));
  return lines.flat();
}

async function panelDifferences(
  { prometheus }: Stack,
  panel: Pick<PanelDefinition, 'kind' | 'title' | 'queries'>,
  { moment, population, variables }: View,
): Promise<readonly string[]> {
  const answers = await answersOf(prometheus.url, panel, variables, momentOf(moment));
  return answerDifferences(panel.title, answers, OVERVIEW_TRUTH[panel.title]?.(population) ?? {});
}

const MIXED = {
  seed: 1,
  failShare: 0.2,
  mostEvaluations: 2,
  decisions: ['approve', 'revise', 'reject'],
} as const;
const FAILING = { seed: 2, failShare: 1, mostEvaluations: 16, decisions: ['revise'] } as const;

test('panels and alerts say what was recorded: nothing, one run, many runs, failing runs', async (t) => {
  const stack = await startStack(t);
  const recorded: PlannedFabRun[] = [];
  const views: View[] = [];
  const looksRight = async (view: View): Promise<void> => {
    expect.soft(await overviewDifferences(stack, view), view.name).toEqual([]);
    views.push(view);
  };
  const agrees = async (name: string): Promise<Moment> => {
    const moment = await settledMoment(stack);
    const population = populationOf(recorded);
    await looksRight({ name, moment, population, variables: EVERYTHING });
    expect
      .soft(
        await alertDifferences(stack.prometheus.url, moment, { ...population, lost: {}, refused: {} }),
        name,
      )
      .toEqual([]);
    return moment;
  };
  const record = async (runs: readonly PlannedFabRun[]): Promise<void> => {
    const { endpoint } = stack.gateway;
    const report = await runFab({ runs, endpoint, directory: stack.directory });
    const killed = runs.filter(({ ending }) => ending === 'killed');
    const batches = killed.reduce((sum, { sessions, gates }) => sum + sessions.length + gates.length, 0);
    expect(report).toMatchObject({ delivered: batches, spooled: 0, rejected: 0 });
    recorded.push(...runs);
  };

  await agrees('nothing');
  await record([SINGLE_RUN]);
  await agrees('one run');
  await record(planFabRuns(48, MIXED));
  // A verdict that is none counts nowhere.
  const labels = { role: 'product', phase: 'discovery', group: 'factory', result: 'unknown' };
  const measurements = [{ metric: 'selfEval', labels, value: 1_000 }] as const;
  const { endpoint } = stack.gateway;
  const spoolDir = stack.directory;
  await runOnce({ measurements, ending: 'exit' }, { endpoint, spoolDir });
  // On a busy machine its exit budget may be over first.
  await drain({ endpoint, spoolDir, env: {} });
  const moment = await agrees('many runs');
  const all = populationOf(recorded);
  for (const [label, ...values] of CHOICES) {
    const variables = { ...EVERYTHING, [label]: values.join('|') };
    await looksRight({ name: label, moment, population: chosen(all, label, values), variables });
  }
  const variables = { ...EVERYTHING, cluster: 'other' };
  await looksRight({ name: 'another cluster', moment, population: populationOf([]), variables });
  // Most mistakes show where there is most.
  const mostFirst = views.toSorted((a, b) => b.population.sessions.length - a.population.sessions.length);
  const differences = async function* (panel: PanelDefinition): AsyncGenerator<readonly string[]> {
    for (const view of mostFirst) yield panelDifferences(stack, panel, view);
  };
  expect.soft(await unnoticedMutants(overview, differences)).toEqual([]);

  await record(planFabRuns(24, FAILING));
  expect(burn(populationOf(recorded))['burn rate']).toBeGreaterThan(14.4);
  const failing = await agrees('failing runs');
  await forgets(stack, failing);
  await pagesAnswer(stack);
  await offersValues(stack);
});

/** As a reader chooses: Grafana joins several values with a bar. */
const CHOICES = [
  ['phase', 'build'],
  ['phase', 'build', 'operate'],
  ['group', 'firm'],
  ['role', 'product', 'unknown'],
  // Nobody ran these.
  ['phase', 'system-curators'],
  ['role', 'aws-curator'],
] as const;

/** What shows shortly before the end of its window and not after it: all runs ended within the last two minutes. */
const REMEMBERED = [
  ['Self-eval pass rate (30d)', 30 * 24 * 60],
  ['Error budget left (30d)', 30 * 24 * 60],
  ['Burn rate (1h)', 60],
  ['Burn rate (6h)', 6 * 60],
  // As long as both windows have it.
  ['fab-self-eval-burn-1h', 5],
  ['fab-self-eval-burn-6h', 30],
  ['fab-self-eval-burn-1d', 2 * 60],
  ['fab-self-eval-burn-3d', 6 * 60],
] as const;

/** No time passes: Prometheus is asked about the future, in which nothing more was recorded. */
async function forgets({ prometheus }: Stack, { totals }: Moment): Promise<void> {
  const counts = async (expr: string, atSeconds: number): Promise<number> =>
    (await queryPrometheus(prometheus.url, withVariables(expr, EVERYTHING), atSeconds)).length;
  const expressions = new Map([
    ...overview.map(({ title, queries }) => [title, queries[0]?.expr ?? ''] as const),
    ...ALERTS.map(({ uid, expr }) => [uid, expr] as const),
  ]);
  for (const [name, minutes] of REMEMBERED) {
    const expr = expressions.get(name) ?? '';
    expect.soft(await counts(expr, totals + (minutes - 2) * 60), `${name} within its window`).toBe(1);
    expect.soft(await counts(expr, totals + minutes * 60 + 1), `${name} after its window`).toBe(0);
  }
  const noRuns = expressions.get('fab-no-runs') ?? '';
  const hour = 60 * 60;
  expect.soft(await counts(noRuns, totals + 178 * hour), 'no runs, and none a week ago').toBe(0);
  expect.soft(await counts(noRuns, totals + 180 * hour), 'no runs, but some a week ago').toBe(1);
  const absent = expressions.get('fab-metrics-absent') ?? '';
  expect.soft(await counts(absent, totals + hour), 'no totals for an hour').toBe(1);
  expect.soft(await counts(absent, totals + 48 * hour), 'no totals for two days').toBe(0);
}

/** The queries on the alerts' pages show something while it burns. */
async function pagesAnswer({ gateway, prometheus }: Stack): Promise<void> {
  // The gateway names a reason and a program once it has refused something.
  const [refused] = REFUSED_BATCHES;
  await post(gateway.endpoint, refused?.body ?? '');
  const answers = { timeout: 60_000, message: 'what was refused' };
  await expect
    .poll(() => queryPrometheus(prometheus.url, GATEWAY_METRICS.droppedPoints.name), answers)
    .not.toEqual([]);
  for (const { uid, page } of ALERTS) {
    for (const { tells, query } of page.look) {
      const samples = await queryPrometheus(prometheus.url, query);
      // Appears only when it is reached.
      if (query.includes('error="limit"')) continue;
      expect.soft(samples.length, `${uid}: ${tells}: ${query}`).toBeGreaterThan(0);
    }
  }
}

/** What Grafana offers in the lists at the head of the boards. */
async function offersValues(stack: Stack): Promise<void> {
  const offered = async (name: string, variables: Variables): Promise<readonly string[]> => {
    const all = dashboards.flatMap((dashboard) => dashboard.variables);
    const variable = all.find((each) => each.name === name);
    if (variable?.kind !== 'label') throw new Error(`no variable ${name}`);
    return labelValues(stack.prometheus.url, withVariables(variable.query, variables));
  };
  const roster = [...FAB_ROSTER, { role: 'unknown', phase: 'unknown', group: 'unknown' }];
  const of = (label: RoleLabel, entries: readonly Readonly<Record<RoleLabel, string>>[]): readonly string[] =>
    [...new Set(entries.map((entry) => entry[label]))].sort();
  const firm = roster.filter(({ group }) => group === 'firm');
  const business = firm.filter(({ phase }) => phase === 'business');
  expect.soft(await offered('cluster', EVERYTHING)).toEqual(['e2e']);
  expect.soft(await offered('group', EVERYTHING)).toEqual(of('group', roster));
  expect.soft(await offered('phase', EVERYTHING)).toEqual(of('phase', roster));
  expect.soft(await offered('role', EVERYTHING)).toEqual(of('role', roster));
  expect.soft(await offered('phase', { ...EVERYTHING, group: 'firm' })).toEqual(of('phase', firm));
  expect
    .soft(await offered('role', { ...EVERYTHING, group: 'firm', phase: 'business' }))
    .toEqual(of('role', business));
  expect.soft(await offered('group', { ...EVERYTHING, cluster: 'other' })).toEqual([]);
}
