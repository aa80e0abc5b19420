/** Numbers of a judged slice that readers of every format want: crude change, mix, what would have been found. */
import type { JudgedSlice } from './judge-metric.ts';

/** What is shown beside the change within strata. */
export interface SliceSummary {
  /** Of all runs, also those without a partner; undefined where a window is empty. */
  readonly crude: number | undefined;
  /** What of the crude change is a change of mix; undefined for ratios. */
  readonly mix: number | undefined;
  /** The smallest change that would have been found four times in five; undefined where nothing was tested. */
  readonly detectable: number | undefined;
  /** Runs of each scenario in each window that 5 points would need; undefined for ratios. */
  readonly runsNeeded: number | undefined;
}

const POINTS_LOOKED_FOR = 0.05;

export function summarise({ metric, measured, level }: JudgedSlice): SliceSummary {
  const { baseline, current, change, paired, strata } = measured;
  const [before, now] = [baseline.value, current.value];
  const isRate = metric.kind === 'rate';
  const crude = before === undefined || now === undefined ? undefined : isRate ? now - before : now / before;
  const mix = isRate && crude !== undefined && change !== undefined ? crude - change.estimate : undefined;
  const detectable = level === undefined ? undefined : change?.detectable(level);
  const aSide = strata === 0 ? 0 : (paired.baseline + paired.current) / 2 / strata;
  const runsNeeded =
    isRate && detectable !== undefined ? Math.ceil(aSide * (detectable / POINTS_LOOKED_FOR) ** 2) : undefined;
  return { crude, mix, detectable, runsNeeded };
}
