/**
 * The state of scopes that this process has folded, kept from one step to the next so that a merge does not
 * load its windows again. It is believed only while the transaction that folded last is the one it was left at: when
 * another analyzer folded in between, it is emptied. Bounded by windows times projects.
 *
 * A count of steps would not do: own tables that were dropped and made again may reach the same one.
 */
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { AnalyzerConfiguration } from '../fold/configuration.ts';
import type { Merge } from '../fold/merge.ts';
import { EMPTY_SCOPE, type ScopeState } from '../fold/scope-state.ts';
import { loadGlobalScope, loadProjectScopes } from '../store/scope-table.ts';
import type { TouchedProjects } from './fold-changes.ts';

/** Scopes as of one revision of the analysis. Mutable: owned by one analyzer. */
export interface ScopeCache {
  revision: number | undefined;
  global: ScopeState | undefined;
  readonly projects: Map<string, ScopeState>;
}

/** A cache that knows nothing. */
export function createScopeCache(): ScopeCache {
  return { revision: undefined, global: undefined, projects: new Map() };
}

/** Forgets everything: after a failure, nobody knows whether it was committed. */
export function forget(cache: ScopeCache): void {
  cache.revision = undefined;
  cache.global = undefined;
  cache.projects.clear();
}

/** The scopes that these merges touch, as they were before them; loads what is missing. */
export async function scopesBefore(
  cache: ScopeCache,
  database: AnalyzerDatabase,
  configuration: AnalyzerConfiguration,
  merges: readonly Merge[],
): Promise<TouchedProjects> {
  const [first] = merges;
  // A step that only sets events aside folds nothing: to load the scopes as of the start would be to forget them.
  if (first === undefined) return { global: cache.global ?? EMPTY_SCOPE, projects: cache.projects };
  const ordinal = first.ordinal - 1;
  const { kysely } = database;
  const missing = [...new Set(merges.map(({ project }) => project))].filter(
    (project) => !cache.projects.has(project),
  );
  if (missing.length > 0) {
    const loaded = await loadProjectScopes(kysely, database, configuration, ordinal, missing);
    for (const [project, scope] of loaded) cache.projects.set(project, scope);
  }
  cache.global ??= await loadGlobalScope(kysely, database, configuration, ordinal);
  return { global: cache.global, projects: cache.projects };
}

/** Remembers the scopes after them. */
export function remember(cache: ScopeCache, { global, projects }: TouchedProjects): void {
  cache.global = global;
  for (const [project, scope] of projects) cache.projects.set(project, scope);
}
