/** Gauges over an orchestrator's merge history. `./family.ts` checks their type. */

/** Every gauge of the merge analyzer by a short key. */
export const MERGE_METRICS = {
  firstPass: {
    name: 'merge_first_pass_ratio',
    instrument: 'gauge',
    valueType: 'double',
    unit: '1',
    description: 'Share of the last 50 merges that needed one attempt',
    labels: [],
    stability: 'experimental',
    notes: 'No sample until there are 50 merges: never a partial average.',
    exampleQuery: 'last_over_time(merge_first_pass_ratio[1h])',
  },
  rebaseConflict: {
    name: 'merge_rebase_conflict_ratio',
    instrument: 'gauge',
    valueType: 'double',
    unit: '1',
    description: 'Share of the last 100 merges whose final verdict before the merge was a rebase conflict',
    labels: [],
    stability: 'experimental',
    notes:
      'Over all projects. No sample until there are 100 merges. The rate of one project is in the events and in `ephemetry metrics`.',
    exampleQuery: 'last_over_time(merge_rebase_conflict_ratio[1h])',
  },
  rebaseConflictProjects: {
    name: 'merge_rebase_conflict_projects',
    instrument: 'gauge',
    valueType: 'int',
    unit: '{project}',
    description: 'Projects by the state of their own rebase conflict rate',
    labels: ['state'],
    stability: 'experimental',
    notes: '`unknown` holds the projects that use the global rate because they have fewer than 100 merges.',
    exampleQuery: 'last_over_time(merge_rebase_conflict_projects{state="high"}[1h])',
  },
  attemptsP95: {
    name: 'merge_attempts_p95',
    instrument: 'gauge',
    valueType: 'int',
    unit: '{attempt}',
    description: 'Nearest-rank 95th percentile of the attempts of the last 100 merges',
    labels: [],
    stability: 'experimental',
    notes: 'Over all projects. No sample until there are 100 merges.',
    exampleQuery: 'last_over_time(merge_attempts_p95[1h])',
  },
  newestAge: {
    name: 'merge_newest_age_seconds',
    instrument: 'gauge',
    valueType: 'double',
    unit: 's',
    description: 'Time since the newest merge that the rates include',
    labels: [],
    stability: 'experimental',
    notes: 'Says how stale the rates are. No sample before the first merge.',
    exampleQuery: 'last_over_time(merge_newest_age_seconds[1h]) > 86400',
  },
  quarantined: {
    name: 'merge_quarantined_events',
    instrument: 'gauge',
    valueType: 'int',
    unit: '{event}',
    description: 'Merge events that are left out of the rates because they could not be read',
    labels: [],
    stability: 'experimental',
    notes: '`ephemetry metrics` names each with its reason.',
    exampleQuery: 'last_over_time(merge_quarantined_events[1h]) > 0',
  },
} as const;

/** A gauge's short key. */
export type MergeMetricKey = keyof typeof MERGE_METRICS;
