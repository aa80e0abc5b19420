/** Folds merges that are in the database already, and writes what follows from them. */
import type { Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';
import {
  type MetricSnapshotEvent,
  metricSnapshot,
  type ThresholdCrossed,
  thresholdCrossed,
} from '../events/metric-events.ts';
import type { AnalyzerConfiguration } from '../fold/configuration.ts';
import { formatScope } from '../fold/crossing.ts';
import { foldMerge } from '../fold/fold-merge.ts';
import type { Merge } from '../fold/merge.ts';
import { EMPTY_SCOPE, type ScopeState, type Triggers } from '../fold/scope-state.ts';
import type { OrchestratorTables } from '../log/orchestrator-tables.ts';
import { announceCrossings, announceSnapshots } from '../store/announce.ts';
import { saveTriggers } from '../store/scope-table.ts';
import { loadMissingScopes, type ScopeCache } from './scope-cache.ts';

/** What folding needs beside the merges. */
export interface FoldContext {
  readonly transaction: Transaction<OwnTables>;
  readonly database: AnalyzerDatabase;
  readonly tables: OrchestratorTables;
  readonly configuration: AnalyzerConfiguration;
  readonly cache: ScopeCache;
  /** Merges up to this ordinal have their snapshot event already. */
  readonly announcedOrdinal: number;
}

/** Folds merges that follow each other, and announces them. @returns the crossings that were new. */
export async function foldPiece(context: FoldContext, merges: readonly Merge[]): Promise<number> {
  const first = merges[0];
  if (first === undefined) return 0;
  const { transaction, database, tables, configuration, cache, announcedOrdinal } = context;
  const projects = merges.map(({ project }) => project);
  const before = first.ordinal - 1;
  let global = await loadMissingScopes(cache, transaction, database, configuration, before, projects);
  const crossings: ThresholdCrossed[] = [];
  const snapshots: MetricSnapshotEvent[] = [];
  const changed = new Map<string, Triggers>();
  for (const merge of merges) {
    const project = cache.projects.get(merge.project) ?? EMPTY_SCOPE;
    const step = foldMerge({ global, project }, merge, configuration);
    noteChange(changed, 'global', global, step.global);
    noteChange(changed, formatScope({ kind: 'project', project: merge.project }), project, step.project);
    global = step.global;
    cache.projects.set(merge.project, step.project);
    for (const crossing of step.crossings) crossings.push(thresholdCrossed(crossing, configuration));
    if (merge.ordinal > announcedOrdinal) snapshots.push(metricSnapshot(merge, step, configuration));
  }
  cache.global = global;
  // Snapshots first: a crossing then has a larger id than its merge's snapshot, by which history finds it.
  await announceSnapshots(transaction, database, tables, snapshots);
  const announced = await announceCrossings(transaction, database, tables, crossings);
  await saveTriggers(transaction, database, configuration, changed);
  return announced;
}

function noteChange(
  changed: Map<string, Triggers>,
  scope: string,
  before: ScopeState,
  after: ScopeState,
): void {
  const isSame = Object.entries(after.triggers).every(
    ([rate, state]) => Object.entries(before.triggers).find(([name]) => name === rate)?.[1] === state,
  );
  if (!isSame) changed.set(scope, after.triggers);
}
