/** Loads and keeps the state of scopes: windows come from the merges, triggers from a table of their own. */
import type { MergeRate } from '@ephemetry/contract';
import type { TriggerState } from '@ephemetry/statistics';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';
import { type AnalyzerConfiguration, longestWindow, ratesOf } from '../fold/configuration.ts';
import { formatScope } from '../fold/crossing.ts';
import { windowOf } from '../fold/merge-window.ts';
import { EMPTY_SCOPE, type ScopeState, type Triggers } from '../fold/scope-state.ts';
import { MERGE_COLUMNS, type MergeRow, toMerge } from './merge-table.ts';

/** A connection that asks, inside a transaction or not. */
export type Asker = Kysely<OwnTables> | Transaction<OwnTables>;

/** The global scope as it was after this ordinal. */
export async function loadGlobalScope(
  asker: Asker,
  { ownSchema }: AnalyzerDatabase,
  configuration: AnalyzerConfiguration,
  ordinal: number,
): Promise<ScopeState> {
  const { rows } = await sql<MergeRow>`
    select ${MERGE_COLUMNS} from ${sql.table(`${ownSchema}.merge`)} m
    where m.ordinal <= ${ordinal}::bigint
    order by m.ordinal desc limit ${longestWindow(ratesOf(configuration))}::int`.execute(asker);
  const triggers = await loadTriggers(asker, ownSchema, configuration, ['global']);
  return {
    ...windowOf(rows.map(toMerge).reverse(), configuration),
    triggers: triggers.get('global') ?? EMPTY_SCOPE.triggers,
  };
}

/** Projects as they were after this ordinal, each with its name; those without a merge are empty. */
export async function loadProjectScopes(
  asker: Asker,
  { ownSchema }: AnalyzerDatabase,
  configuration: AnalyzerConfiguration,
  ordinal: number,
  projects: readonly string[],
): Promise<ReadonlyMap<string, ScopeState>> {
  if (projects.length === 0) return new Map();
  const { rows } = await sql<MergeRow>`
    select m.* from json_array_elements_text(${JSON.stringify(projects)}::text::json) as asked(project)
    cross join lateral (
      select ${MERGE_COLUMNS} from ${sql.table(`${ownSchema}.merge`)} m
      where m.project = asked.project and m.ordinal <= ${ordinal}::bigint
      order by m.ordinal desc limit ${longestWindow(ratesOf(configuration))}::int
    ) m order by m.ordinal`.execute(asker);
  const scopeOf = (project: string): string => formatScope({ kind: 'project', project });
  const triggers = await loadTriggers(asker, ownSchema, configuration, projects.map(scopeOf));
  const byProject = groupBy(rows.map(toMerge), ({ project }) => project);
  return new Map(
    projects.map((project) => [
      project,
      {
        ...windowOf(byProject.get(project) ?? [], configuration),
        triggers: triggers.get(scopeOf(project)) ?? EMPTY_SCOPE.triggers,
      },
    ]),
  );
}

async function loadTriggers(
  asker: Asker,
  ownSchema: string,
  configuration: AnalyzerConfiguration,
  scopes: readonly string[],
): Promise<ReadonlyMap<string, Triggers>> {
  const rows = await asker
    .withSchema(ownSchema)
    .selectFrom('trigger_state')
    .select(['scope', 'rate', 'state'])
    .where('configuration_version', '=', configuration.version)
    .where('scope', 'in', [...scopes])
    .execute();
  const known = ratesOf(configuration);
  const toTriggers = (own: typeof rows): Triggers => {
    const triggers: Partial<Record<MergeRate, TriggerState>> = {};
    for (const { rate, state } of own) {
      const name = known.find((definition) => definition.name === rate)?.name;
      if (name !== undefined && (state === 'low' || state === 'high')) triggers[name] = state;
    }
    return triggers;
  };
  return new Map([...groupBy(rows, ({ scope }) => scope)].map(([scope, own]) => [scope, toTriggers(own)]));
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
