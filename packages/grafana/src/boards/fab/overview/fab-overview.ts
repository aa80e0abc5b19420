/** "fab — overview": do the roles do good work, how much of it, at what price, and does it get merged. */
import { FAB_METRICS } from '@ephemetry/contract';
import { clusterVariable, windowVariable } from '../../../engine/dashboards/conventions.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { DashboardDefinition } from '../../../engine/panels/panel.ts';
import { createQueries } from '../../../engine/promql/queries.ts';
import { fabMarks } from '../marks.ts';
import { phasesRow, runsRow } from './activity-rows.ts';
import { objectiveRow } from './objective-row.ts';
import { mergeGateRow, reworkRow } from './quality-rows.ts';
import { spendByRoleRow, spendRow } from './spend-row.ts';

/** The definition under these options. */
export function fabOverview(options: ResolvedGrafanaOptions): DashboardDefinition {
  const { clusterLabel, store } = options;
  const queries = createQueries({
    clusterLabel,
    variables: { [clusterLabel]: 'cluster', group: 'group', phase: 'phase', role: 'role' },
    store,
  });
  return {
    uid: 'fab-overview',
    title: 'fab — overview',
    purpose: 'Whether fab’s roles do good work, how much of it, at what price, and whether it gets merged.',
    tags: ['nanohype', 'fab'],
    marks: fabMarks(queries),
    variables: [
      clusterVariable(clusterLabel, FAB_METRICS.agentSessions.name),
      ...labelVariables(clusterLabel, ['group', 'phase', 'role']),
      windowVariable(),
    ],
    rows: [
      objectiveRow(queries, options),
      runsRow(queries),
      phasesRow(queries, options),
      spendRow(queries),
      spendByRoleRow(queries),
      reworkRow(queries),
      mergeGateRow(queries),
    ],
  };
}

/** Each narrows the next: a phase offers the roles it has. */
function labelVariables(clusterLabel: string, labels: readonly string[]): DashboardDefinition['variables'] {
  return labels.map((name, index) => {
    const before = [
      `${clusterLabel}=~"$cluster"`,
      ...labels.slice(0, index).map((label) => `${label}=~"$${label}"`),
    ];
    return {
      kind: 'label',
      name,
      query: `label_values(${FAB_METRICS.agentSessions.name}{${before.join(',')}}, ${name})`,
    };
  });
}
