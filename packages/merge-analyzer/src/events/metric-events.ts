/**
 * The two events that the analyzer writes into the outbox, as they stand there. Names are snake_case like the
 * orchestrator's columns. Consumers: skills/SKILL.md.
 */
import { MERGE_RATES, type MergeRate } from '@ephemetry/contract';
import { type Fraction, type Rate, type TriggerState, toNumber } from '@ephemetry/statistics';
import type { AnalyzerConfiguration } from '../fold/configuration.ts';
import { type Crossing, formatScope } from '../fold/crossing.ts';
import { type EffectiveRate, effectiveConflictRate } from '../fold/effective-rate.ts';
import type { TouchedScopes } from '../fold/fold-merge.ts';
import type { Merge } from '../fold/merge.ts';
import { rateOf } from '../fold/rates.ts';
import type { TriggeredRate } from '../fold/scope-state.ts';
import { VERSION } from '../generated/version.ts';

/** A rate reached a threshold; once for each crossing, whatever is replayed. */
export const THRESHOLD_CROSSED = 'metric.threshold_crossed';
/** The rates after a merge; one for each merge. */
export const METRIC_SNAPSHOT = 'metric.snapshot';
/** Both: what the analyzer itself must not take for a transition. */
export const METRIC_EVENT_KINDS: readonly string[] = [THRESHOLD_CROSSED, METRIC_SNAPSHOT];

/** Payload of {@link THRESHOLD_CROSSED}. */
export interface ThresholdCrossed {
  readonly metric: MergeRate;
  /** `global` or `project:<name>`. */
  readonly scope: string;
  readonly direction: 'up' | 'down';
  /** `fraction` as a number. */
  readonly value: number;
  readonly fraction: Fraction;
  /** Merges that the value is made of. Act only on `n >= window`. */
  readonly n: number;
  readonly window: number;
  /** The threshold that was reached: `value >= threshold` for up, `value <= threshold` for down. */
  readonly threshold: number;
  readonly previous_state: TriggerState;
  readonly new_state: TriggerState;
  readonly merge_event_id: string;
  readonly work_item_id: string;
  /** When the merge event was written: how old the news is. */
  readonly merged_at: string;
  readonly configuration_version: string;
  readonly analyzer_version: string;
}

/** A rate as events and `--json` show it: `value` is null until the window is full. */
export interface RateReading {
  readonly value: number | null;
  readonly fraction: Fraction | null;
  readonly n: number;
  readonly window: number;
}

/** A rate with thresholds. */
export interface TriggeredReading extends RateReading {
  readonly state: TriggerState;
}

/** The rebase conflict rate of a project: its own, or the global one while it has too few merges. */
export interface ProjectConflictReading extends TriggeredReading {
  readonly source: 'project' | 'global';
  /** Merges of the project itself, at most the window. */
  readonly own_n: number;
}

/** All rates of all scopes that a merge touched. */
export interface RatesReading {
  readonly [MERGE_RATES.firstPassMergeRate]: { readonly global: TriggeredReading };
  readonly [MERGE_RATES.rebaseConflictRate]: {
    readonly global: TriggeredReading;
    readonly project: ProjectConflictReading;
  };
  readonly [MERGE_RATES.p95AttemptsToMerge]: {
    readonly global: RateReading;
    readonly project: RateReading;
  };
}

/** Payload of {@link METRIC_SNAPSHOT}. */
export interface MetricSnapshotEvent {
  /** The merge and what it counted for: from these the analyzer's own tables can be made again. */
  readonly merge: {
    readonly ordinal: number;
    readonly event_id: string;
    readonly work_item_id: string;
    readonly project: string;
    readonly attempts: number;
    readonly rebase_conflict: boolean;
    readonly merged_at: string;
  };
  readonly rates: RatesReading;
  readonly configuration_version: string;
  readonly analyzer_version: string;
}

/** The payload that announces a crossing. */
export function thresholdCrossed(crossing: Crossing, { version }: AnalyzerConfiguration): ThresholdCrossed {
  const { rate, scope, direction, value, n, window, threshold, previousState, newState, merge } = crossing;
  return {
    metric: rate,
    scope: formatScope(scope),
    direction,
    value: toNumber(value),
    fraction: value,
    n,
    window,
    threshold: toNumber(threshold),
    previous_state: previousState,
    new_state: newState,
    merge_event_id: merge.eventId,
    work_item_id: merge.workItemId,
    merged_at: merge.mergedAt,
    configuration_version: version,
    analyzer_version: VERSION,
  };
}

/**
 * The payload that records a merge and the rates after it. The keys of each object stand as jsonb keeps them, short ones
 * first: the server sorts them otherwise, which takes longer than all the rest of reading the payload.
 */
export function metricSnapshot(
  merge: Merge,
  scopes: TouchedScopes,
  configuration: AnalyzerConfiguration,
): MetricSnapshotEvent {
  return {
    merge: {
      ordinal: merge.ordinal,
      project: merge.project,
      attempts: merge.attempts,
      event_id: merge.eventId,
      merged_at: merge.mergedAt,
      work_item_id: merge.workItemId,
      rebase_conflict: merge.isRebaseConflict,
    },
    rates: readRates(scopes, configuration),
    analyzer_version: VERSION,
    configuration_version: configuration.version,
  };
}

/** Every rate of two scopes. */
export function readRates(
  { global, project }: TouchedScopes,
  configuration: AnalyzerConfiguration,
): RatesReading {
  const { firstPassMergeRate, rebaseConflictRate, p95AttemptsToMerge } = MERGE_RATES;
  const conflicts = effectiveConflictRate(project, global, configuration);
  const triggeredReading = (rate: TriggeredRate): TriggeredReading =>
    withState(readRate(rateOf(rate, global, configuration)), global.triggers[rate]);
  return {
    [rebaseConflictRate]: {
      global: triggeredReading(rebaseConflictRate),
      project: projectReading(conflicts),
    },
    [firstPassMergeRate]: { global: triggeredReading(firstPassMergeRate) },
    [p95AttemptsToMerge]: {
      global: readRate(rateOf(p95AttemptsToMerge, global, configuration)),
      project: readRate(rateOf(p95AttemptsToMerge, project, configuration)),
    },
  };
}

function withState({ n, value, window, fraction }: RateReading, state: TriggerState): TriggeredReading {
  return { n, state, value, window, fraction };
}

function projectReading({ rate, state, source, ownN }: EffectiveRate): ProjectConflictReading {
  const { n, value, window, fraction } = readRate(rate);
  return { n, own_n: ownN, state, value, source, window, fraction };
}

/** A rate as shown. */
export function readRate(rate: Rate): RateReading {
  const { n, minimum: window } = rate;
  return rate.kind === 'defined'
    ? { n, value: toNumber(rate.value), window, fraction: rate.value }
    : { n, value: null, window, fraction: null };
}
