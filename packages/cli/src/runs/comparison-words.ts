/** Numbers and sentences of a comparison, for every format that people read. */
import {
  type Comparison,
  type ComparisonVerdict,
  type ExplainedSlice,
  type SliceVerdict,
  summarise,
} from '@ephemetry/run-telemetry';

/** `71.0 %` */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `-13.0 points` */
export function points(difference: number): string {
  return `${signed(100 * difference)} points`;
}

/** `+1.0`; nothing is `-0.0`. */
function signed(value: number): string {
  const text = value.toFixed(1);
  return value >= 0.05 ? `+${text}` : text === '-0.0' ? '0.0' : text;
}

/** `1.35 times`; without a bound where most of the baseline is 0. */
function times(ratio: number): string {
  return Number.isFinite(ratio) ? `${Number(ratio.toPrecision(3))} times` : 'unbounded';
}

/** A change of a slice, in its unit. */
export function changeText({ metric, measured }: ExplainedSlice): string {
  const { change } = measured;
  if (change === undefined) return '';
  return metric.kind === 'rate' ? points(change.estimate) : times(change.estimate);
}

/** `-17.9 to -8.1` */
export function intervalText({ metric, measured }: ExplainedSlice): string {
  const { change } = measured;
  if (change === undefined) return '';
  const { low, high } = change.interval;
  if (metric.kind === 'rate') return intervalOfPoints(change.interval);
  return `${Number(low.toPrecision(3))} to ${Number.isFinite(high) ? Number(high.toPrecision(3)) : 'unbounded'}`;
}

/** `-17.9 to -8.1` of a share. */
export function intervalOfPoints({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${signed(100 * low)} to ${signed(100 * high)}`;
}

/** A rate, a time, an amount. */
export function valueText({ metric, measured }: ExplainedSlice, window: 'baseline' | 'current'): string {
  const { value } = measured[window];
  if (value === undefined) return 'unknown';
  if (metric.kind === 'rate') return percent(value);
  if (metric.name === 'duration') return `${Number((value / 1000).toPrecision(3))} s`;
  if (metric.name === 'cost') return `${Number(value.toPrecision(3))} USD`;
  return String(value);
}

/** The smallest change that would have been found. */
export function detectableText(slice: ExplainedSlice): string {
  const { detectable } = summarise(slice);
  if (detectable === undefined) return '';
  return slice.metric.kind === 'rate' ? `${(100 * detectable).toFixed(1)} points` : times(detectable);
}

/** `tool search`, `model*tool m1 × search`; `all runs`. */
export function sliceName({ slice }: ExplainedSlice): string {
  return slice.dimension === 'all' ? 'all runs' : `${slice.dimension} ${slice.value}`;
}

/** `no difference` */
export function verdictWords(verdict: SliceVerdict | ComparisonVerdict): string {
  return verdict.replaceAll('_', ' ');
}

/** Rows that a reader looks at first: all runs, and slices of which something is said. */
export function notableSlices({ slices }: Comparison): readonly ExplainedSlice[] {
  const said: readonly SliceVerdict[] = ['degraded', 'improved', 'suspect', 'use_changed'];
  // A tail of what nobody tells says nothing that its metric does not say.
  const isSilent = ({ metric, verdict }: ExplainedSlice): boolean =>
    metric.name.endsWith('-tail') && verdict === 'not_comparable';
  const isNotable = (each: ExplainedSlice): boolean =>
    (each.slice.dimension === 'all' && !isSilent(each)) || said.includes(each.verdict);
  return slices.filter(isNotable);
}

/** The success of all runs, which most sentences are about. */
export function wholeSuccess({ slices }: Comparison): ExplainedSlice | undefined {
  return slices.find(({ metric, slice }) => metric.name === 'success' && slice.dimension === 'all');
}

/** The first sentence. */
export function headline(comparison: Comparison): string {
  const { slices, verdict } = comparison;
  const worst = slices.filter((slice) => slice.verdict === verdict);
  const [first] = worst;
  if (first !== undefined && (verdict === 'degraded' || verdict === 'improved')) {
    const more = worst.length - 1;
    const others = more === 0 ? '' : `; ${more} more ${more === 1 ? 'slice is' : 'slices are'} ${verdict}`;
    return `${verdict}: ${first.metric.name} of ${sliceName(first)} ${fromTo(first)}${others}`;
  }
  switch (verdict) {
    case 'no_difference':
      return noDifference(comparison);
    case 'suspect':
      return 'suspect: what is unknown or mistaken may be the difference, so nothing is judged';
    case 'too_few_runs':
      return 'too few runs: 20 runs in each window that have a partner are needed';
    default:
      return `not comparable: no run of one window has a partner in the other${sameIds(comparison)}`;
  }
}

/** Ids that a harness counts from 0 in every window are the ids of the same runs. */
function sameIds({ leftOut: { inBoth } }: Comparison): string {
  return inBoth === 0 ? '' : `; ${inBoth} current runs have the id of a baseline run, and count there alone`;
}

/** Of what was judged: success stands first, where it was. */
function noDifference({ slices }: Comparison): string {
  const judged = slices.find(
    ({ slice, metric, verdict }) =>
      slice.dimension === 'all' && metric.name !== 'unfinished' && verdict === 'no_difference',
  );
  if (judged === undefined) return 'no difference shown';
  const found = detectableText(judged);
  const from = found === '' ? '' : `; a change of ${found} would have been found four times in five`;
  return `no difference shown: ${judged.metric.name} ${fromTo(judged)}${from}`;
}

function fromTo(slice: ExplainedSlice): string {
  const { baseline, current } = slice.measured;
  return `${changeText(slice)} (95 %: ${intervalText(slice)}), from ${valueText(slice, 'baseline')} of ${baseline.n} runs to ${valueText(slice, 'current')} of ${current.n}`;
}

/** What runs and values are in no figure, in sentences. */
export function leftOutLines({ leftOut }: Comparison): readonly string[] {
  const pair = ({ baseline, current }: { readonly baseline: number; readonly current: number }): string =>
    `${baseline} baseline and ${current} current`;
  const some = (counts: { readonly baseline: number; readonly current: number }): boolean =>
    counts.baseline + counts.current > 0;
  const { cancelled, unpaired, successUnknown, suspectDurations, inBoth, untestedSlices } = leftOut;
  return [
    ...(some(cancelled) ? [`${pair(cancelled)} runs were cancelled`] : []),
    ...(some(unpaired) ? [`${pair(unpaired)} runs have no partner in the other window`] : []),
    ...(some(successUnknown) ? [`of ${pair(successUnknown)} runs it is unknown whether they succeeded`] : []),
    ...(inBoth > 0 ? [`${inBoth} current runs are in the baseline as well, and stay there alone`] : []),
    ...(untestedSlices > 0 ? [`${untestedSlices} slices are beyond the 2,000 that are tested`] : []),
    ...suspectDurations
      .slice(0, 5)
      .map(
        ({ runId, saidMs, observedMs }) =>
          `run ${runId} says it took ${saidMs} ms, and its events lie ${Math.round(observedMs)} ms apart: a mistaken unit`,
      ),
    ...(suspectDurations.length > 5 ? [`and ${suspectDurations.length - 5} more such durations`] : []),
  ];
}

/** Clusters that a reader asks about: new ones, those that became more, those that explain what is worse. */
export function notableClusters({ clusters, slices }: Comparison): readonly string[] {
  const worse = slices.filter(({ verdict }) => verdict === 'degraded');
  return [
    ...clusters
      .filter(({ verdict }) => verdict === 'new' || verdict === 'more')
      .map(({ failure }) => failure.cluster),
    ...worse.flatMap(({ explained }) =>
      explained.filter(({ change }) => change < 0).map(({ cluster }) => cluster),
    ),
  ];
}
