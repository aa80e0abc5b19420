/** What each panel of "fab — overview" must show for a population, computed from the population alone. */
import { FAB_METRICS, FAB_ROSTER } from '@ephemetry/contract';
import type { GateResult } from '@ephemetry/instrumentation-fab';
import type { Between, Expected } from './grafana-answers.ts';
import type { PlannedFabRun, PlannedSession } from './grafana-population.ts';

/** All that was recorded. */
export interface Population {
  readonly sessions: readonly PlannedSession[];
  readonly gates: readonly GateResult[];
}

/** Share of self-evaluations that should pass: the default of the boards. */
const OBJECTIVE = 0.95;

/** Everything that these runs record. */
export function populationOf(runs: readonly PlannedFabRun[]): Population {
  return { sessions: runs.flatMap(({ sessions }) => sessions), gates: runs.flatMap(({ gates }) => gates) };
}

/** A label of a session that dashboards choose by. */
export type RoleLabel = 'role' | 'phase' | 'group';

/** What is left of it when one value of a label is chosen; gates have none of these labels. */
export function chosen(population: Population, label: RoleLabel, values: readonly string[]): Population {
  const { sessions, gates } = population;
  return { sessions: sessions.filter((session) => values.includes(labelOf(session, label))), gates };
}

/** Title of a panel to what it must show. */
export const OVERVIEW_TRUTH: Readonly<Record<string, (population: Population) => Expected>> = {
  'Self-eval pass rate (30d)': (all) => ratio('pass rate', passed(all), evaluated(all)),
  'Error budget left (30d)': (all) => {
    const { left } = ratio('left', failed(all), evaluated(all));
    return left === undefined ? {} : { left: 1 - left / (1 - OBJECTIVE) };
  },
  'Burn rate (1h)': (all) => burn(all),
  'Burn rate (6h)': (all) => burn(all),
  'Agent sessions by group': ({ sessions }) => above0(sums(sessions, 'group', () => 1)),
  'Sessions by outcome': ({ sessions }) =>
    above0(
      sumsBy(
        sessions,
        ({ outcome }) => outcome,
        () => 1,
      ),
    ),
  'Agent sessions by phase': ({ sessions }) => above0(sums(sessions, 'phase', () => 1)),
  'Self-eval fail ratio by phase': ({ sessions }) =>
    ratios(
      sums(sessions, 'phase', ({ selfEvalFail }) => selfEvalFail),
      sums(sessions, 'phase', ({ selfEvalPass, selfEvalFail }) => selfEvalPass + selfEvalFail),
    ),
  'Session duration p50, p95, p99': ({ sessions }) =>
    Object.fromEntries([50, 95, 99].flatMap((percent) => bucketOf(`p${percent}`, sessions, percent / 100))),
  'Session duration p95 by phase': ({ sessions }) => {
    const phases = [...new Set(sessions.map((session) => labelOf(session, 'phase')))];
    return Object.fromEntries(
      phases.flatMap((phase) =>
        bucketOf(
          phase,
          sessions.filter((session) => labelOf(session, 'phase') === phase),
          0.95,
        ),
      ),
    );
  },
  'Tokens by phase': ({ sessions }) =>
    above0({
      ...sumsBy(
        sessions,
        (each) => `${labelOf(each, 'phase')} input`,
        ({ inputTokens }) => inputTokens,
      ),
      ...sumsBy(
        sessions,
        (each) => `${labelOf(each, 'phase')} output`,
        ({ outputTokens }) => outputTokens,
      ),
    }),
  'Tokens by role': ({ sessions }) =>
    largest15(sums(sessions, 'role', ({ inputTokens, outputTokens }) => inputTokens + outputTokens)),
  'Cost by phase': ({ sessions }) => above0(sums(sessions, 'phase', ({ costUsd }) => costUsd)),
  'Cost by role': ({ sessions }) => largest15(sums(sessions, 'role', ({ costUsd }) => costUsd)),
  'Revisions per session by phase': ({ sessions }) =>
    ratios(
      sums(sessions, 'phase', ({ revisions }) => revisions),
      sums(sessions, 'phase', () => 1),
    ),
  'Advisor calls per session by phase': ({ sessions }) =>
    ratios(
      sums(sessions, 'phase', ({ advisorCalls }) => advisorCalls),
      sums(sessions, 'phase', () => 1),
    ),
  'Merge gate decisions': ({ gates }) =>
    sumsBy(
      gates,
      ({ profile, decision }) => `${profile} ${decision}`,
      () => 1,
    ),
  'Attempts per merge gate decision': ({ gates }) =>
    ratios(
      sumsBy(
        gates,
        ({ profile }) => profile,
        ({ attempts }) => attempts,
      ),
      sumsBy(
        gates,
        ({ profile }) => profile,
        () => 1,
      ),
    ),
};

/** How fast the error budget is spent; nothing without evaluations. */
export function burn(population: Population): Expected {
  const { share } = ratio('share', failed(population), evaluated(population));
  return share === undefined ? {} : { 'burn rate': share / (1 - OBJECTIVE) };
}

/** Self-evaluations with a verdict. */
export function evaluated(population: Population): number {
  return passed(population) + failed(population);
}

function passed({ sessions }: Population): number {
  return sessions.reduce((sum, { selfEvalPass }) => sum + selfEvalPass, 0);
}

function failed({ sessions }: Population): number {
  return sessions.reduce((sum, { selfEvalFail }) => sum + selfEvalFail, 0);
}

function labelOf({ role }: PlannedSession, label: RoleLabel): string {
  return FAB_ROSTER.find((entry) => entry.role === role)?.[label] ?? 'unknown';
}

type Sums = Readonly<Record<string, number>>;

function sums(
  sessions: readonly PlannedSession[],
  label: RoleLabel,
  measured: (session: PlannedSession) => number,
): Sums {
  return sumsBy(sessions, (session) => labelOf(session, label), measured);
}

function sumsBy<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  measured: (item: Item) => number,
): Sums {
  const all: Record<string, number> = {};
  for (const item of items) all[nameOf(item)] = (all[nameOf(item)] ?? 0) + measured(item);
  return all;
}

function above0(all: Sums): Sums {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value > 0));
}

function largest15(all: Sums): Sums {
  const entries = Object.entries(above0(all)).sort(([, a], [, b]) => b - a);
  return Object.fromEntries(entries.slice(0, 15));
}

function ratio(name: string, part: number, whole: number): Sums {
  return whole === 0 ? {} : { [name]: part / whole };
}

function ratios(parts: Sums, wholes: Sums): Sums {
  return Object.assign(
    {},
    ...Object.entries(wholes).map(([name, whole]) => ratio(name, parts[name] ?? 0, whole)),
  );
}

/**
 * The bucket in which the raw duration of that rank lies: a histogram knows no more. Above the last bound Prometheus
 * says the last bound.
 */
function bucketOf(
  name: string,
  sessions: readonly PlannedSession[],
  quantile: number,
): readonly (readonly [string, Between])[] {
  const durations = sessions.map(({ durationSeconds }) => durationSeconds).sort((a, b) => a - b);
  const raw = durations[Math.ceil(quantile * durations.length) - 1];
  if (raw === undefined) return [];
  const bounds: readonly number[] = FAB_METRICS.roleSessionDuration.bounds;
  const above = bounds.findIndex((bound) => raw <= bound);
  const last = bounds.at(-1) ?? 0;
  if (above === -1) return [[name, { from: last, to: last }]];
  return [[name, { from: bounds[above - 1] ?? 0, to: bounds[above] ?? last }]];
}
