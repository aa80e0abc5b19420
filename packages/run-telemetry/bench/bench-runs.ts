/**
 * How often comparisons of agent runs are right, by simulation, and how long they take: `pnpm bench:runs [repetitions]`, 1,000
 * unless said otherwise. Seeds are fixed, so that the shares are the same on every machine. Prints a table; only the full size
 * writes its part of docs/performance.md. `--json` prints one array and writes nothing.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { normalUpperTail } from '@ephemetry/statistics';
import { type Bar, type Figure, toJson, toTable } from '../../../scripts/figure.ts';
import { writePart } from '../../../scripts/performance-page.ts';
import { type Comparison, type ComparisonOptions, compareRuns } from '../src/comparison/compare-runs.ts';
import type { AgentRun } from '../src/facts/agent-run.ts';
import { maskMessage } from '../src/failure/mask-message.ts';
import { type SimulatedRuns, type Simulation, simulateRuns } from '../src/fixtures/simulated-runs.ts';
import { mostPowerfulTest, type PairedCounts } from './most-powerful-test.ts';
import { measureStore } from './store-figures.ts';

const FULL_SIZE = 1000;
const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const REPETITIONS = Number(positionals[0] ?? FULL_SIZE);

/** 40 scenarios, 3 models, 8 tools. */
const SHAPE = { scenarios: 40, models: 3, tools: 8 };
/** 50 scenarios with 4 runs in each window. */
const PAIRED = { scenarios: 50, models: 1, tools: 8, repeats: 4 };
/** One question instead of many: success of all runs has nearly the whole budget. */
const ONE_QUESTION: ComparisonOptions = { gates: ['success'], by: [] };
const ONE_LEVEL = 0.0475;
/** What success of all runs has by default, and success altogether. */
const [WHOLE_LEVEL, SUCCESS_LEVEL] = [0.015, 0.03];

const figures: Figure[] = [];
measureEquals();
measureDrops();
measureTool();
measureCoverage();
measureSpeed();
await measureStore(add, REPETITIONS === FULL_SIZE ? 1_000_000 : 100_000);
process.stdout.write(values.json ? toJson(figures) : toTable(figures));
if (!values.json && REPETITIONS === FULL_SIZE) writePart('pnpm bench:runs', toPart());

function add(name: string, meaning: string, unit: Figure['unit'], value: number, bar?: Bar): void {
  process.stderr.write(`${name}: ${value.toPrecision(3)} ${unit}\n`);
  figures.push({ name, meaning, unit, value, ...(bar === undefined ? {} : { bar }) });
}

type Seen = SimulatedRuns & { readonly comparison: Comparison };

/** The share of repetitions in which each of the questions is answered with yes. */
function sharesOf(
  simulation: Omit<Simulation, 'seed'>,
  questions: readonly ((seen: Seen) => boolean)[],
  options: ComparisonOptions = {},
  isSelected: (run: AgentRun) => boolean = () => true,
): readonly number[] {
  const counts = questions.map(() => 0);
  for (let repetition = 1; repetition <= REPETITIONS; repetition += 1) {
    const all = simulateRuns({ ...simulation, seed: repetition * 7919 });
    const runs = {
      ...all,
      baseline: all.baseline.filter(isSelected),
      current: all.current.filter(isSelected),
    };
    const seen = { ...runs, comparison: compareRuns(runs.baseline, runs.current, options) };
    for (const [index, isSo] of questions.entries())
      counts[index] = (counts[index] ?? 0) + (isSo(seen) ? 1 : 0);
  }
  return counts.map((count) => count / REPETITIONS);
}

function isDegraded({ comparison }: Seen): boolean {
  return comparison.verdict === 'degraded';
}

function hasWorseCluster({ comparison: { clusters } }: Seen): boolean {
  return clusters.some(({ verdict }) => verdict === 'new' || verdict === 'more');
}

function measureEquals(): void {
  const bar = { limit: 0.05, goFor: 0.025 };
  for (const repeats of [2, 5]) {
    const [any = 0, cluster = 0] = sharesOf({ ...SHAPE, repeats }, [isDegraded, hasWorseCluster]);
    const what = `of comparisons of equals, ${repeats} + ${repeats} runs of 40 scenarios and 3 models`;
    add(`runs.equals.${repeats}`, `share ${what}, that call anything degraded`, 'ratio', any, bar);
    add(
      `runs.equals.${repeats}.cluster`,
      `share ${what}, that call any cluster new or more`,
      'ratio',
      cluster,
      {
        limit: 0.05,
      },
    );
  }
  for (const [sd, limit] of [
    [0.3, 0.05],
    [0.6, 0.055],
  ] as const) {
    const [any = 0] = sharesOf({ ...SHAPE, repeats: 7, days: { count: 7, sd } }, [isDegraded]);
    const what = `the same over 7 + 7 days that differ by ${sd} on the logit`;
    add(`runs.equals.days_${10 * sd}`, what, 'ratio', any, { limit });
  }
}

function measureDrops(): void {
  for (const [points, limit, goFor] of [
    [10, 0.68, 0.75],
    [15, 0.95, 0.98],
  ] as const) {
    const simulation = { ...PAIRED, drop: { points } };
    const [found = 0, unpaired = 0] = sharesOf(simulation, [isDegraded, isFoundUnpaired], ONE_QUESTION);
    const bar = { limit, goFor, isLeast: true };
    const what = `a drop of ${points} points in 50 scenarios with 4 + 4 runs is found`;
    add(`runs.drop.${points}`, `${what}, with \`--gate success\` and no slices`, 'ratio', found, bar);
    if (points === 10)
      add(
        'runs.drop.10.to_unpaired',
        'that, to what an unpaired z-test of the same level finds',
        'ratio',
        found / unpaired,
        {
          limit: 1.4,
          goFor: 1.6,
          isLeast: true,
        },
      );
    const best = mostPowerfulTest(PAIRED.repeats, points / 100);
    const [byDefault = 0, most = 0] = sharesOf(simulation, [
      isDegraded,
      (seen) => best(countsOf(seen)) <= WHOLE_LEVEL,
    ]);
    add(
      `runs.drop.${points}.most`,
      `what the most powerful test finds of a drop of ${points} points at the level that all runs have by default`,
      'ratio',
      most,
    );
    add(`runs.drop.${points}.by_default`, `${what}, with all default slices and metrics`, 'ratio', byDefault);
  }
}

/** Passed runs of each scenario and model; both windows have the same ones. */
function countsOf({ baseline, current }: SimulatedRuns): readonly PairedCounts[] {
  const counts = new Map<string, { baseline: number; current: number }>();
  for (const [window, runs] of [
    ['baseline', baseline],
    ['current', current],
  ] as const)
    for (const { scenario, model, success } of runs) {
      const entry = counts.get(`${scenario} ${model}`) ?? { baseline: 0, current: 0 };
      counts.set(`${scenario} ${model}`, entry);
      if (success === true) entry[window] += 1;
    }
  return [...counts.values()];
}

/** What two success rates side by side would say. */
function isFoundUnpaired({ baseline, current }: Seen): boolean {
  const [before, now] = [baseline, current].map((runs) => ({
    n: runs.length,
    share: runs.filter(({ success }) => success === true).length / runs.length,
  }));
  if (before === undefined || now === undefined) return false;
  const pooled = (before.share + now.share) / 2;
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / before.n + 1 / now.n));
  return normalUpperTail((before.share - now.share) / error) <= ONE_LEVEL;
}

function measureTool(): void {
  const dropped = (points: number) => ({ ...SHAPE, repeats: 5, drop: { points, onlyFirstTool: true } });
  const [found = 0] = sharesOf(dropped(10), [isDegraded]);
  const least = (limit: number, goFor: number): Bar => ({ limit, goFor, isLeast: true });
  add(
    'runs.tool.10',
    "a drop of 10 points in one tool's scenarios: anything is found",
    'ratio',
    found,
    least(0.5, 0.6),
  );
  const [named = 0] = sharesOf(dropped(20), [namesTool]);
  add('runs.tool.20', 'a drop of 20 points there: that slice is named', 'ratio', named, least(0.95, 0.98));
  for (const points of [10, 20]) {
    const best = mostPowerfulTest(5, points / 100);
    const [asked = 0, most = 0] = sharesOf(
      dropped(points),
      [isDegraded, (seen) => best(countsOf(seen)) <= SUCCESS_LEVEL],
      ONE_QUESTION,
      usesFirstTool,
    );
    const what = `a drop of ${points} points in one tool's scenarios`;
    add(
      `runs.tool.${points}.asked`,
      `${what}, asked for alone: --where tool=tool-0 --gate success and no slices`,
      'ratio',
      asked,
    );
    add(
      `runs.tool.${points}.most`,
      `${what}: what the most powerful test of this slice finds with the whole budget of success`,
      'ratio',
      most,
    );
  }
}

function usesFirstTool({ tools }: AgentRun): boolean {
  return tools.has('tool-0');
}

function namesTool({ comparison: { slices } }: Seen): boolean {
  return slices.some(
    ({ verdict, slice, metric }) =>
      verdict === 'degraded' && slice.value === 'tool-0' && metric.name === 'success',
  );
}

function measureCoverage(): void {
  const holds =
    (metric: string, truth: (seen: Seen) => number) =>
    (seen: Seen): boolean => {
      const whole = seen.comparison.slices.find(
        (each) => each.metric.name === metric && each.slice.dimension === 'all',
      );
      const interval = whole?.measured.change?.interval;
      return interval !== undefined && interval.low <= truth(seen) && truth(seen) <= interval.high;
    };
  const slowdown = 1.3;
  const questions = [holds('success', ({ trueChange }) => trueChange), holds('duration', () => slowdown)];
  const simulation = { ...SHAPE, repeats: 5, slowdown, drop: { points: 5 } };
  const [difference = 0, ratio = 0] = sharesOf(simulation, questions, { by: [] });
  for (const [name, value] of [
    ['difference', difference],
    ['ratio', ratio],
  ] as const) {
    add(`runs.interval.${name}`, `95 % intervals that hold the planted ${name}`, 'ratio', value, {
      limit: 0.93,
      isLeast: true,
    });
    add(`runs.interval.${name}.most`, 'the same, which must not be too wide', 'ratio', value, {
      limit: 0.98,
    });
  }
}

function measureSpeed(): void {
  // 50,000 with 50,000 runs; 500 scenarios, 20 models, 40 tools and their pairs are more than 1,000 slices.
  const many = simulateRuns({ seed: 1, scenarios: 500, models: 20, tools: 40, repeats: 5 });
  const startMs = performance.now();
  compareRuns(many.baseline, many.current);
  const seconds = (performance.now() - startMs) / 1000;
  add('runs.compare', '50,000 runs with 50,000 over 1,000 slices', 's', seconds, { limit: 8, goFor: 2 });
  const messages = Array.from(
    { length: 20_000 },
    (_, index) =>
      `GET https://api-${index}.example.com/v1/items?id=${index} failed: 'timeout' after ${index} ms (attempt 2 of 3)`,
  );
  for (const message of messages) maskMessage(message);
  const maskedMs = performance.now();
  for (const message of messages) maskMessage(message);
  const rate = messages.length / ((performance.now() - maskedMs) / 1000);
  add('runs.masker', 'messages that are masked', 'messages/s', rate, {
    limit: 50_000,
    goFor: 200_000,
    isLeast: true,
  });
}

function toPart(): string {
  return `## Comparisons of agent runs

Written by \`pnpm bench:runs\`: ${REPETITIONS.toLocaleString('en')} repetitions of each simulation, with fixed seeds, on ${availableParallelism()} cores. Scenarios pass
with probabilities from a Beta(0.55, 0.75), models differ by up to 0.3 on the logit, each scenario uses one to three tools, and a
drop lowers each probability by its points, down to 0: a drop of 10 points is one of 8.5 on average.

${toTable(figures)}
### What each figure of the comparisons means

${figures.map(({ name, meaning }) => `- \`${name}\`: ${meaning}.`).join('\n')}
`;
}
