/** `merges explain <metric>`: the merges that a rate is made of. */
import type { MergeRate } from '@ephemetry/contract';
import type { Thresholds, TriggerState } from '@ephemetry/statistics';
import { sql } from 'kysely';
import type { MergeAnalyzer } from '../analyzer/merge-analyzer.ts';
import { type RateReading, readRate } from '../events/metric-events.ts';
import type { Scope } from '../fold/crossing.ts';
import type { Merge } from '../fold/merge.ts';
import { projectRate } from '../fold/project-rate.ts';
import { contributionOf } from '../fold/rate-definition.ts';
import { EMPTY_SCOPE, type ScopeState } from '../fold/scope-state.ts';
import { loadGlobalScope, loadProjectScopes } from '../store/scope-table.ts';
import { foldOutbox } from './fold-outbox.ts';
import type { MergeReader } from './merge-reader.ts';
import { assertScope } from './read-history.ts';

/** What to explain. */
export interface ExplainOptions {
  readonly rate: MergeRate;
  /** @default the global scope */
  readonly scope?: Scope;
}

/** A rate with all it is made of. */
export interface Explanation {
  readonly rate: MergeRate;
  readonly scope: Scope;
  /** Whose window this is: a project with too few merges has the global rebase conflict rate. */
  readonly source: 'project' | 'global';
  /** Merges of the scope itself, at most the window. */
  readonly ownN: number;
  readonly reading: RateReading;
  readonly state: TriggerState | null;
  readonly thresholds: Thresholds | null;
  /** Newest first. */
  readonly merges: readonly ExplainedMerge[];
}

/** One merge of the window. */
export interface ExplainedMerge extends Merge {
  /** 1 or 0 in the numerator of a share; the attempts of a percentile. */
  readonly contribution: number;
  /** The merge that the next one pushes out. Only in a full window. */
  readonly isNextToLeave: boolean;
  /** What the work item cost by `cost_ledger`; null when nobody knows. */
  readonly usd: number | null;
}

/**
 * The window of a rate, newest merge first, with what each contributed.
 *
 * @throws RangeError when the rate has no such scope.
 * @example
 * ```ts
 * import { createOrchestratorTables, explainRate, openMergeAnalyzer, openPglite } from '@ephemetry/merge-analyzer';
 *
 * const database = openPglite(); // or openPostgresql({ url: 'postgres://…' })
 * await createOrchestratorTables(database); // only where no orchestrator has made them
 * const analyzer = await openMergeAnalyzer(database);
 * const { reading, merges } = await explainRate(analyzer, { rate: 'rebase_conflict_rate' });
 * await database.close();
 * ```
 */
export async function explainRate(
  analyzer: MergeAnalyzer | MergeReader,
  options: ExplainOptions,
): Promise<Explanation> {
  const { rate, scope = { kind: 'global' } } = options;
  const definition = analyzer.configuration.rates[rate];
  assertScope(definition, scope);
  if ('analyze' in analyzer) await analyzer.analyze();
  const { window, thresholds = null } = definition;
  const { global, own } = await scopesNow(analyzer, scope);
  const held = projectRate(definition, own, global);
  const source = scope.kind === 'global' ? 'global' : held.source;
  const merges = (source === 'global' ? global : own).merges.slice(-window);
  const costs = await costsOf(analyzer, merges);
  return {
    rate,
    scope,
    source,
    ownN: held.ownN,
    reading: readRate(held.rate),
    state: thresholds === null ? null : held.state,
    thresholds,
    merges: merges
      .map((merge, age) => ({
        ...merge,
        contribution: contributionOf(definition, merge),
        isNextToLeave: age === 0 && merges.length === window,
        usd: costs.get(merge.workItemId) ?? null,
      }))
      .reverse(),
  };
}

/** The global scope, and the one that was asked for. */
async function scopesNow(
  analyzer: MergeAnalyzer | MergeReader,
  scope: Scope,
): Promise<{ readonly global: ScopeState; readonly own: ScopeState }> {
  const { database, configuration } = analyzer;
  const { kysely } = database;
  const project = scope.kind === 'project' ? scope.project : undefined;
  if ('because' in analyzer && analyzer.rates === 'folded') {
    const { state } = await kysely
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute((transaction) => foldOutbox(analyzer, transaction, 0));
    const { global, projects } = state;
    return { global, own: project === undefined ? global : (projects.get(project) ?? EMPTY_SCOPE) };
  }
  const everything = Number.MAX_SAFE_INTEGER;
  const global = await loadGlobalScope(kysely, database, configuration, everything);
  if (project === undefined) return { global, own: global };
  const projects = await loadProjectScopes(kysely, database, configuration, everything, [project]);
  return { global, own: projects.get(project) ?? EMPTY_SCOPE };
}

async function costsOf(
  { database, tables }: Pick<MergeAnalyzer, 'database' | 'tables'>,
  merges: readonly Merge[],
): Promise<ReadonlyMap<string, number>> {
  if (!tables.hasCosts || merges.length === 0) return new Map();
  const ids = sql.join(merges.map(({ workItemId }) => workItemId));
  const { rows } = await sql<{ id: string; usd: string | null }>`
    select c.work_item_id::text as id, sum(c.usd)::text as usd
    from ${sql.table(`${database.orchestratorSchema}.cost_ledger`)} c
    where c.work_item_id::text in (${ids}) group by c.work_item_id`.execute(database.kysely);
  return new Map(rows.flatMap(({ id, usd }) => (usd === null ? [] : [[id, Number(usd)] as const])));
}
