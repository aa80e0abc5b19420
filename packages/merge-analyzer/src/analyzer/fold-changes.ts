/** Folds merges, and says what follows from them. Pure: what is written of it is the commit's. */
import {
  type MetricSnapshotEvent,
  metricSnapshot,
  type ThresholdCrossed,
  thresholdCrossed,
} from '../events/metric-events.ts';
import { type AnalyzerConfiguration, ratesOf } from '../fold/configuration.ts';
import { formatScope } from '../fold/crossing.ts';
import { foldMerge } from '../fold/fold-merge.ts';
import type { Merge } from '../fold/merge.ts';
import { EMPTY_SCOPE, type ScopeState, type Triggers } from '../fold/scope-state.ts';

/** The scopes that merges touch, as they are before or after them. */
export interface TouchedProjects {
  readonly global: ScopeState;
  readonly projects: ReadonlyMap<string, ScopeState>;
}

/** What follows from merges. */
export interface FoldChanges {
  /** Of the configuration that they were folded under. */
  readonly version: string;
  /** The touched scopes after them. */
  readonly scopes: TouchedProjects;
  readonly snapshots: readonly MetricSnapshotEvent[];
  readonly crossings: readonly ThresholdCrossed[];
  /** By scope, those that changed. */
  readonly triggers: ReadonlyMap<string, Triggers>;
}

/**
 * Folds merges that follow each other.
 *
 * @param announcedOrdinal - merges up to this one have their snapshot event already
 */
export function foldChanges(
  before: TouchedProjects,
  merges: readonly Merge[],
  configuration: AnalyzerConfiguration,
  announcedOrdinal: number,
): FoldChanges {
  const rates = ratesOf(configuration);
  let { global } = before;
  const projects = new Map<string, ScopeState>();
  const crossings: ThresholdCrossed[] = [];
  const snapshots: MetricSnapshotEvent[] = [];
  const triggers = new Map<string, Triggers>();
  const noteChange = (scope: string, old: ScopeState, now: ScopeState): void => {
    if (old.triggers !== now.triggers) triggers.set(scope, now.triggers);
  };
  for (const merge of merges) {
    const project = projects.get(merge.project) ?? before.projects.get(merge.project) ?? EMPTY_SCOPE;
    const step = foldMerge({ global, project }, merge, rates);
    noteChange('global', global, step.global);
    noteChange(formatScope({ kind: 'project', project: merge.project }), project, step.project);
    global = step.global;
    projects.set(merge.project, step.project);
    for (const crossing of step.crossings) crossings.push(thresholdCrossed(crossing, configuration));
    if (merge.ordinal > announcedOrdinal) snapshots.push(metricSnapshot(merge, step, configuration));
  }
  return { version: configuration.version, scopes: { global, projects }, snapshots, crossings, triggers };
}
