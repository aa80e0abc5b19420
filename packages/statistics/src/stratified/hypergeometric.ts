/** How many of the events fall into the current window by chance, when their total is given. */
import type { RateStratum } from './rate-stratum.ts';

/** The probabilities of `from`, `from + 1`, … events in the current window. */
export interface CountDistribution {
  readonly from: number;
  readonly probabilities: Float64Array;
}

/** Of one stratum. Ratios of neighbours from the mode outwards: nothing overflows, whatever the counts are. */
export function hypergeometric({ baseline, current }: RateStratum): CountDistribution {
  const events = baseline.events + current.events;
  const from = Math.max(0, events - baseline.n);
  const to = Math.min(events, current.n);
  const probabilities = new Float64Array(to - from + 1);
  const ratioAt = (count: number): number =>
    ((events - count) * (current.n - count)) / ((count + 1) * (baseline.n - events + count + 1));
  const all = baseline.n + current.n;
  const mode = Math.min(to, Math.max(from, Math.floor(((events + 1) * (current.n + 1)) / (all + 2))));
  probabilities[mode - from] = 1;
  let sum = 1;
  for (let count = mode, value = 1; count < to; count += 1) {
    value *= ratioAt(count);
    probabilities[count + 1 - from] = value;
    sum += value;
  }
  for (let count = mode, value = 1; count > from; count -= 1) {
    value /= ratioAt(count - 1);
    probabilities[count - 1 - from] = value;
    sum += value;
  }
  return { from, probabilities: probabilities.map((value) => value / sum) };
}

/** What is less likely than this is left out at both ends: 3,000 strata of ten then take a tenth of the time. */
const NEGLIGIBLE = 1e-40;

/** The distribution of the sum of two counts that know nothing of each other. */
export function convolve(left: CountDistribution, right: CountDistribution): CountDistribution {
  const [a, b] = [left.probabilities, right.probabilities];
  const sums = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i += 1) {
    const share = a[i] ?? 0;
    for (let j = 0; j < b.length; j += 1) sums[i + j] = (sums[i + j] ?? 0) + share * (b[j] ?? 0);
  }
  return trimmed(left.from + right.from, sums);
}

function trimmed(from: number, sums: Float64Array): CountDistribution {
  let [start, end] = [0, sums.length];
  while (end - start > 1 && (sums[start] ?? 0) < NEGLIGIBLE) start += 1;
  while (end - start > 1 && (sums[end - 1] ?? 0) < NEGLIGIBLE) end -= 1;
  return { from: from + start, probabilities: sums.subarray(start, end) };
}
