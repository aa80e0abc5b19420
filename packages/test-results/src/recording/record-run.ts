/** A run into the instruments of the contract's family `tests`. Counts are recorded, never ratios: sums stay right. */
import { instrumentOptions, type LabelsOf, type MetricDefinition, TESTS_METRICS } from '@ephemetry/contract';
import type { Meter } from '@opentelemetry/api';
import type { Run } from '../judging/judge-run.ts';
import { OUTCOMES, REPORT_OUTCOMES } from '../outcome.ts';

/** Which branch a run tested, as the label has it. */
export type BranchKind = 'default' | 'change' | 'unknown';

/** Lines that were executed, and all that could have been. */
export interface Coverage {
  readonly covered: number;
  readonly total: number;
}

/** What a run shows beside the runs before it, see `rememberRun` of `…/history`. */
export interface HistoryFindings {
  /** Tests that passed in one run of the commit and failed in another. */
  readonly rerun: number;
  /** The same, in such numbers that the environment is to blame. */
  readonly mass: number;
  /** By category: tests of the default branch that changed since the last run of an earlier commit. */
  readonly transitions: {
    readonly [Category in string]: { readonly broken: number; readonly fixed: number };
  };
  /** Tests that are flaky now; missing when nothing could be seen. */
  readonly flaky?: number;
}

/** What is recorded with a run. */
export interface RunLabels {
  readonly suite: string;
  readonly branch: BranchKind;
  /** Names of the suite's categories by their place, see `categoryNames`. */
  readonly categories: readonly string[];
  /** When the run ended. */
  readonly endUnixMs: number;
  /** @default there was no coverage file */
  readonly coverage?: Coverage;
  /** @default no history */
  readonly history?: HistoryFindings;
}

/** Records a run. */
export function recordRun(meter: Meter, run: Run, labels: RunLabels): void {
  recordCounts(meter, run, labels);
  recordDurations(meter, run, labels);
  if (labels.branch === 'default') recordLastRun(meter, run, labels);
  if (labels.coverage !== undefined) recordCoverage(meter, labels.coverage, labels);
  if (labels.history !== undefined) recordHistory(meter, labels.history, labels);
}

function recordCounts(meter: Meter, run: Run, { suite, branch }: RunLabels): void {
  const results = counterOf(meter, TESTS_METRICS.results);
  for (const [category, counts] of run.categories)
    for (const outcome of OUTCOMES) results(counts[outcome], { suite, category, branch, outcome });
  counterOf(meter, TESTS_METRICS.runs)(1, { suite, branch, result: run.result });
  const reports = counterOf(meter, TESTS_METRICS.reports);
  for (const outcome of REPORT_OUTCOMES) reports(run.reports[outcome], { suite, outcome });
  counterOf(meter, TESTS_METRICS.flips)(run.flaky, { suite, branch, kind: 'retry' });
}

function recordDurations(meter: Meter, run: Run, { suite, categories }: RunLabels): void {
  const { duration } = TESTS_METRICS;
  const histogram = meter.createHistogram(duration.name, instrumentOptions(duration));
  const labels = categories.map((category) => ({ suite, category }));
  for (const durations of run.durations)
    durations.forEach((seconds, place) => void histogram.record(seconds, labels[place]));
  counterOf(meter, TESTS_METRICS.unknownDurations)(run.unknownDurations, { suite });
}

/**
 * Every declared label set, those at 0 too: nothing of an older run stays. Of a run whose reports could not be read nothing is
 * known but that they are missing: the results of the run before stay, with its time.
 */
function recordLastRun(meter: Meter, run: Run, { suite, endUnixMs }: RunLabels): void {
  gaugeOf(meter, TESTS_METRICS.lastRunMissingReports)(run.reports.lost, { suite });
  if (run.reports.read + run.reports.empty === 0) return;
  const results = gaugeOf(meter, TESTS_METRICS.lastRunResults);
  for (const [category, counts] of run.categories)
    for (const outcome of OUTCOMES) results(counts[outcome], { suite, category, outcome });
  gaugeOf(meter, TESTS_METRICS.lastRunTimestamp)(endUnixMs / 1000, { suite });
  gaugeOf(meter, TESTS_METRICS.lastRunBusy)(run.busySeconds, { suite });
  gaugeOf(meter, TESTS_METRICS.lastRunWall)(run.wallSeconds ?? NO_VALUE, { suite });
}

function recordCoverage(meter: Meter, { covered, total }: Coverage, { suite, endUnixMs }: RunLabels): void {
  const lines = gaugeOf(meter, TESTS_METRICS.coverageLines);
  lines(covered, { suite, state: 'covered' });
  lines(total, { suite, state: 'total' });
  gaugeOf(meter, TESTS_METRICS.coverageTimestamp)(endUnixMs / 1000, { suite });
}

function recordHistory(
  meter: Meter,
  { rerun, mass, transitions, flaky }: HistoryFindings,
  { suite, branch }: RunLabels,
): void {
  const flips = counterOf(meter, TESTS_METRICS.flips);
  flips(rerun, { suite, branch, kind: 'rerun' });
  flips(mass, { suite, branch, kind: 'mass' });
  const changed = counterOf(meter, TESTS_METRICS.transitions);
  for (const [category, { broken, fixed }] of Object.entries(transitions)) {
    changed(broken, { suite, category, kind: 'broken' });
    changed(fixed, { suite, category, kind: 'fixed' });
  }
  gaugeOf(meter, TESTS_METRICS.flaky)(flaky ?? NO_VALUE, { suite });
}

/** A gauge that lasts would show the value of an older run. */
const NO_VALUE = Number.NaN;

type Recorder<Metric extends MetricDefinition> = (value: number, labels: LabelsOf<Metric>) => void;

/** A counter takes no 0: it would only announce a series. */
function counterOf<Metric extends MetricDefinition>(meter: Meter, metric: Metric): Recorder<Metric> {
  const counter = meter.createCounter(metric.name, instrumentOptions(metric));
  return (value, labels) => {
    if (value > 0) counter.add(value, { ...labels });
  };
}

function gaugeOf<Metric extends MetricDefinition>(meter: Meter, metric: Metric): Recorder<Metric> {
  const gauge = meter.createGauge(metric.name, instrumentOptions(metric));
  return (value, labels) => gauge.record(value, { ...labels });
}
