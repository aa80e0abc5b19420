/** What is compared of runs, as one table: kinds of tests, directions, floors and values follow from it. */
import type { AgentRun } from '../facts/agent-run.ts';
import { rankIn, sortedValues } from './sorted-values.ts';

/** A slice asks of a run what it did with this tool; undefined where it asks of the whole run. */
export type AskedTool = string | undefined;

interface MetricBase {
  readonly name: MetricName;
  readonly meaning: string;
  /** Which side is worse. */
  readonly worse: 'higher' | 'lower';
}

/** A share of runs. */
export interface RateMetric extends MetricBase {
  readonly kind: 'rate';
  /** The least change that counts, in points. */
  readonly floor: number;
  /**
   * Of one run of these, which are those of both windows; undefined where it is not known or does not apply.
   */
  readonly valueAmong: (runs: readonly AgentRun[], tool: AskedTool) => (run: AgentRun) => boolean | undefined;
}

/** A number of each run. */
export interface ValueMetric extends MetricBase {
  readonly kind: 'value';
  /** The least change that counts, in percent. */
  readonly floor: number;
  readonly value: (run: AgentRun, tool: AskedTool) => number | undefined;
}

export type Metric = RateMetric | ValueMetric;

export const METRIC_NAMES = [
  'success',
  'unfinished',
  'tool-failure',
  'duration',
  'tokens',
  'cost',
  'duration-tail',
  'tokens-tail',
  'cost-tail',
  'model-calls',
  'tool-calls',
] as const;

export type MetricName = (typeof METRIC_NAMES)[number];

/** What is judged where nothing else is asked for. */
export const DEFAULT_GATES: readonly MetricName[] = ['success', 'tool-failure', 'duration'];

const FLOOR_POINTS = 2;
const FLOOR_PERCENT = 10;

function toolFailure(run: AgentRun, tool: AskedTool): boolean | undefined {
  if (run.state !== 'finished') return undefined;
  const used = tool === undefined ? [...run.tools.values()] : [run.tools.get(tool)];
  if (used.length === 0 || used.includes(undefined)) return undefined;
  return used.some((use) => use !== undefined && use.failed > 0);
}

function ofFinished<Value>(read: (run: AgentRun) => Value): (run: AgentRun) => Value | undefined {
  return (run) => (run.state === 'finished' ? read(run) : undefined);
}

const rate = (
  name: MetricName,
  meaning: string,
  worse: RateMetric['worse'],
  value: (run: AgentRun, tool: AskedTool) => boolean | undefined,
): RateMetric => ({
  kind: 'rate',
  name,
  meaning,
  worse,
  floor: FLOOR_POINTS,
  valueAmong: (_, tool) => (run) => value(run, tool),
});

/** Runs above this rank of all values are the tail. */
const TAIL_PERCENT = 95;

/** The share of runs above the nearest rank of both windows together: where nothing changed each has a twentieth. */
const tail = (name: MetricName, of: string, read: (run: AgentRun) => number | undefined): RateMetric => ({
  kind: 'rate',
  name,
  meaning: `share of finished runs above the p${TAIL_PERCENT} of ${of}, both windows together`,
  worse: 'higher',
  floor: FLOOR_POINTS,
  valueAmong: (runs) => {
    const known = ofFinished(read);
    const limit = rankIn(sortedValues(runs.flatMap((run) => known(run) ?? [])), TAIL_PERCENT);
    return (run) => {
      const value = known(run);
      return value === undefined ? undefined : value > limit;
    };
  },
});

const amount = (name: MetricName, meaning: string, value: ValueMetric['value']): ValueMetric => ({
  kind: 'value',
  name,
  meaning,
  worse: 'higher',
  floor: FLOOR_PERCENT,
  value,
});

/** In the order in which they are shown. */
export const METRICS: readonly Metric[] = [
  rate(
    'success',
    'share of finished runs that succeeded',
    'lower',
    ofFinished((run) => run.success),
  ),
  rate('unfinished', 'share of runs without an end', 'higher', (run) =>
    run.state === 'cancelled' ? undefined : run.state === 'unfinished',
  ),
  rate(
    'tool-failure',
    'share of runs that used a tool in which a call of it failed, at least once',
    'higher',
    toolFailure,
  ),
  amount(
    'duration',
    'how long finished runs took',
    ofFinished((run) => run.durationMs),
  ),
  amount(
    'tokens',
    'tokens of a run',
    ofFinished((run) => run.tokens),
  ),
  amount(
    'cost',
    'cost of a run in USD',
    ofFinished((run) => run.costUsd),
  ),
  tail('duration-tail', 'how long runs took', (run) => run.durationMs),
  tail('tokens-tail', 'their tokens', (run) => run.tokens),
  tail('cost-tail', 'their cost', (run) => run.costUsd),
  amount(
    'model-calls',
    'model calls of a run',
    ofFinished((run) => run.modelCalls),
  ),
  amount('tool-calls', 'tool calls of a run', (run, tool) =>
    run.state === 'finished' ? (tool === undefined ? run.toolCalls : run.tools.get(tool)?.calls) : undefined,
  ),
];
