/**
 * The two events that the analyzer writes into the outbox, as they stand there. Names are snake_case like the
 * orchestrator's columns. Consumers: skills/SKILL.md.
 */
import type { MergeRate } from '@ephemetry/contract';
import { type Fraction, type Rate, type TriggerState, toNumber } from '@ephemetry/statistics';
import type { AnalyzerConfiguration } from '../fold/configuration.ts';
import { type Crossing, formatScope } from '../fold/crossing.ts';
import type { TouchedScopes } from '../fold/fold-merge.ts';
import type { Merge } from '../fold/merge.ts';
import { projectRate } from '../fold/project-rate.ts';
import { mapRates, type RateDefinition, type RateTable } from '../fold/rate-definition.ts';
import { rateOf } from '../fold/rate-of.ts';
import type { ScopeState } from '../fold/scope-state.ts';
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

/** A rate over all merges. */
export interface GlobalReading extends RateReading {
  /** Only of a rate with thresholds. */
  readonly state?: TriggerState;
}

/** A rate of a project. */
export interface ProjectReading extends GlobalReading {
  /** Whose rate it is. Only of a rate that is the global one while the project has too few merges. */
  readonly source?: 'project' | 'global';
  /** Merges of the project itself, at most the window. With `source`. */
  readonly own_n?: number;
}

/** Each rate in the scopes that a merge touched; `project` where the rate has one. */
export type RatesReading = Readonly<
  Record<MergeRate, { readonly global: GlobalReading; readonly project?: ProjectReading }>
>;

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
  { rates }: AnalyzerConfiguration,
): RatesReading {
  const toReadings = (rate: RateDefinition) => ({
    global: readGlobal(rate, global),
    ...(rate.scopes === 'global' ? {} : { project: readProject(rate, project, global) }),
  });
  return mapRates(inJsonbOrder(rates), toReadings);
}

/** As jsonb keeps keys: short ones first, then by their bytes. */
function inJsonbOrder(rates: RateTable): readonly RateDefinition[] {
  const byKey = (left: RateDefinition, right: RateDefinition): number =>
    left.name.length - right.name.length || (left.name < right.name ? -1 : 1);
  return Object.values<RateDefinition>(rates).sort(byKey);
}

function readGlobal(rate: RateDefinition, global: ScopeState): GlobalReading {
  const { n, value, window, fraction } = readRate(rateOf(rate, global));
  return { n, ...readState(rate, global.triggers[rate.name]), value, window, fraction };
}

function readProject(rate: RateDefinition, project: ScopeState, global: ScopeState): ProjectReading {
  const { rate: now, state, source, ownN } = projectRate(rate, project, global);
  const { n, value, window, fraction } = readRate(now);
  const own = readState(rate, state);
  if (rate.scopes !== 'projectElseGlobal') return { n, ...own, value, window, fraction };
  return { n, own_n: ownN, ...own, value, source, window, fraction };
}

function readState(
  { thresholds }: RateDefinition,
  state: TriggerState = 'unknown',
): Pick<GlobalReading, 'state'> {
  return thresholds === undefined ? {} : { state };
}

/** A rate as shown. */
export function readRate(rate: Rate): RateReading {
  const { n, minimum: window } = rate;
  return rate.kind === 'defined'
    ? { n, value: toNumber(rate.value), window, fraction: rate.value }
    : { n, value: null, window, fraction: null };
}
