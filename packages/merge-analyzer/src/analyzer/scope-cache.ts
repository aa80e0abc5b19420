/**
 * The state of scopes that this process has folded, kept from one step to the next so that a merge does not
 * load its windows again. It is believed only while the database's revision is the one it was left at: when
 * another analyzer wrote in between, it is emptied. Bounded by windows times projects.
 */

import type { Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';
import type { AnalyzerConfiguration } from '../fold/configuration.ts';
import type { ScopeState } from '../fold/scope-state.ts';
import { loadGlobalScope, loadProjectScopes } from '../store/scope-table.ts';

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

/** Forgets everything: after a failure, nobody knows whether the transaction was committed. */
export function forget(cache: ScopeCache): void {
  cache.revision = undefined;
  cache.global = undefined;
  cache.projects.clear();
}

/** Loads what these projects and the global scope lack, as they were after this ordinal. */
export async function loadMissingScopes(
  cache: ScopeCache,
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
  configuration: AnalyzerConfiguration,
  ordinal: number,
  projects: Iterable<string>,
): Promise<ScopeState> {
  const missing = [...new Set(projects)].filter((project) => !cache.projects.has(project));
  const loaded = await loadProjectScopes(transaction, database, configuration, ordinal, missing);
  for (const [project, scope] of loaded) cache.projects.set(project, scope);
  cache.global ??= await loadGlobalScope(transaction, database, configuration, ordinal);
  return cache.global;
}
