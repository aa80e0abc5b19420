/**
 * How much any test could find: the most powerful one of those that hold their level whatever the rates of the scenarios are. Such a test
 * is conditional on the total of each stratum (Lehmann and Romano, Testing Statistical Hypotheses, 4.3: the totals are complete
 * and sufficient for the rates), and among these the likelihood ratio is best (Neyman and Pearson). It has to know what was
 * planted and how the rates are spread, which no user does: it is a bound, not a method.
 */
import { seededRandom } from '../src/fixtures/seeded-random.ts';

/** Counts of one stratum; both windows have the same number of runs. */
export interface PairedCounts {
  readonly baseline: number;
  readonly current: number;
}

const GRID = 2000;
const DRAWS = 4000;
/** The spread of the simulated scenarios. */
const [ALPHA, BETA] = [0.55, 0.75];

interface Outcome {
  /** Where nothing changed, given the stratum's total. */
  readonly probability: number;
  readonly score: number;
}

/** By the stratum's total, the outcomes of the current window. */
type Scores = readonly ReadonlyMap<number, Outcome>[];

/** A test against a drop of this size, in strata of `n` runs in each window. */
export function mostPowerfulTest(n: number, drop: number): (strata: readonly PairedCounts[]) => number {
  const scores = scoresOf(n, drop);
  const random = seededRandom(99);
  return (strata) => {
    const outcomes = strata.map(({ baseline, current }) => scores[baseline + current] ?? new Map());
    const seen = strata.reduce(
      (sum, { current }, index) => sum + (outcomes[index]?.get(current)?.score ?? 0),
      0,
    );
    let above = 0;
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const sum = outcomes.reduce((total, each) => total + drawScore(each, random.uniform()), 0);
      if (sum > seen + 1e-9) above += 1;
      else if (sum > seen - 1e-9) above += 0.5;
    }
    return above / DRAWS;
  };
}

function drawScore(outcomes: ReadonlyMap<number, Outcome>, uniform: number): number {
  let [left, last] = [uniform, 0];
  for (const { probability, score } of outcomes.values()) {
    last = score;
    left -= probability;
    if (left < 0) return score;
  }
  return last;
}

function scoresOf(n: number, drop: number): Scores {
  return Array.from({ length: 2 * n + 1 }, (_, total) => {
    const counts = Array.from({ length: n + 1 }, (__, current) => current).filter(
      (current) => total - current >= 0 && total - current <= n,
    );
    const [same, dropped] = [0, drop].map((points) => {
      const likelihoods = counts.map((current) => likelihood(n, total - current, current, points));
      const sum = likelihoods.reduce((all, each) => all + each, 0);
      return likelihoods.map((each) => each / sum);
    });
    return new Map(
      counts.map((current, index) => {
        const probability = same?.[index] ?? 0;
        return [current, { probability, score: Math.log((dropped?.[index] ?? 0) / probability) }];
      }),
    );
  });
}

/** Over all rates a scenario may have. */
function likelihood(n: number, baseline: number, current: number, drop: number): number {
  let sum = 0;
  for (let index = 0; index < GRID; index += 1) {
    const rate = (index + 0.5) / GRID;
    const weight = rate ** (ALPHA - 1) * (1 - rate) ** (BETA - 1);
    sum += weight * binomial(n, baseline, rate) * binomial(n, current, Math.max(0, rate - drop));
  }
  return sum;
}

function binomial(n: number, events: number, rate: number): number {
  let ways = 1;
  for (let index = 1; index <= events; index += 1) ways = (ways * (n - index + 1)) / index;
  return ways * rate ** events * (1 - rate) ** (n - events);
}
