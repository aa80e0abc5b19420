/**
 * fab's metrics, each declared once. `./family.ts` checks their type: `satisfies` cannot stand here,
 * because isolated declarations infer literal types from a bare `as const` only.
 */

/** Every metric of fab by a short key. A misspelled key or label does not compile. */
export const FAB_METRICS = {
  agentSessions: {
    name: 'fab_agent_sessions_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{session}',
    description: 'Role sessions that ended, however they ended',
    labels: ['role', 'phase', 'group'],
    stability: 'stable',
    notes: 'One per role session, on every transport. `fab_session_outcomes_total` says how they ended.',
    exampleQuery: 'sum by (phase) (increase(fab_agent_sessions_total[1d]))',
  },
  selfEval: {
    name: 'fab_self_eval_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{evaluation}',
    description: 'Verdicts that roles gave on their own work',
    labels: ['role', 'phase', 'group', 'result'],
    stability: 'stable',
    notes:
      'At most one per message: the first line that begins with `SELF-EVAL: PASS` or `SELF-EVAL: FAIL`. A session may hold none or several.',
    exampleQuery:
      'sum by (role) (increase(fab_self_eval_total{result="pass"}[7d])) / sum by (role) (increase(fab_self_eval_total[7d]))',
  },
  advisorCalls: {
    name: 'fab_advisor_calls_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{call}',
    description: 'Times a role consulted the advisor model',
    labels: ['role', 'phase', 'group'],
    stability: 'stable',
    notes:
      'Counts when fab answers. A call that fab denies, because the session used up its share, does not count.',
    exampleQuery:
      'sum by (role) (increase(fab_advisor_calls_total[1d])) / sum by (role) (increase(fab_agent_sessions_total[1d]))',
  },
  revisions: {
    name: 'fab_revisions_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{revision}',
    description: 'Times a role announced that it revises its work',
    labels: ['role', 'phase', 'group'],
    stability: 'stable',
    notes: 'One per message that says `Revising`. Not the revisions that the merge gate asks for.',
    exampleQuery: 'topk(10, sum by (role) (increase(fab_revisions_total[7d])))',
  },
  tokens: {
    name: 'fab_tokens_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{token}',
    description: 'Tokens that models read and wrote for role sessions',
    labels: ['role', 'phase', 'group', 'direction'],
    stability: 'stable',
    notes:
      'Only where the transport reports tokens. A transport that does not adds nothing: unknown is not zero.',
    exampleQuery: 'sum by (direction) (rate(fab_tokens_total[1h]))',
  },
  roleSessionDuration: {
    name: 'fab_role_session_duration_seconds',
    instrument: 'histogram',
    valueType: 'double',
    unit: 's',
    description: 'Time from the start of a role session to its end, as the caller saw it',
    labels: ['role', 'phase', 'group'],
    bounds: [1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200],
    stability: 'stable',
    notes: 'Wall-clock time, waiting for the advisor included. Bounds never change under this name.',
    exampleQuery:
      'histogram_quantile(0.95, sum by (le, phase) (rate(fab_role_session_duration_seconds_bucket[1h])))',
  },
  sessionOutcomes: {
    name: 'fab_session_outcomes_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{session}',
    description: 'Role sessions by how they ended',
    labels: ['role', 'phase', 'group', 'outcome'],
    stability: 'stable',
    notes:
      '`completed`: the role went idle with nothing left to ask. `error`: the session reported an error or its transport failed. `timeout`: fab stopped it because it said nothing or ran for too long. `terminated`: the platform ended it. `budget`: fab stopped it at its budget. `interrupted`: the caller or a signal stopped it.',
    exampleQuery:
      'sum(increase(fab_session_outcomes_total{outcome=~"error|timeout|terminated"}[1h])) / sum(increase(fab_session_outcomes_total[1h]))',
  },
  costUsd: {
    name: 'fab_cost_usd_total',
    instrument: 'counter',
    valueType: 'double',
    unit: '{USD}',
    description: 'What role sessions cost, in US dollars',
    labels: ['role', 'phase', 'group'],
    stability: 'experimental',
    notes:
      'The sum that the transport states or fab estimates from tokens; not an invoice. A session whose cost nobody knows adds nothing.',
    exampleQuery: 'sum by (phase) (increase(fab_cost_usd_total[1d]))',
  },
  mergeGateDecisions: {
    name: 'fab_merge_gate_decisions_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{decision}',
    description: 'Final decisions of the merge gate',
    labels: ['profile', 'decision'],
    stability: 'stable',
    notes:
      'One per gated workflow, after its last attempt; a failed pre-hook is a `reject`. `revise` means that the attempts ran out while the gate still asked for changes.',
    exampleQuery:
      'sum(increase(fab_merge_gate_decisions_total{decision="approve"}[7d])) / sum(increase(fab_merge_gate_decisions_total[7d]))',
  },
  mergeGateAttempts: {
    name: 'fab_merge_gate_attempts_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{attempt}',
    description: 'Attempts that gated workflows took to their final decision',
    labels: ['profile'],
    stability: 'stable',
    notes:
      'Adds 1 to 3 for each decision, and 0 where a failed pre-hook rejected before any gate role ran; divide by the decisions for the mean.',
    exampleQuery:
      'sum by (profile) (increase(fab_merge_gate_attempts_total[7d])) / sum by (profile) (increase(fab_merge_gate_decisions_total[7d]))',
  },
} as const;

/** A key of {@link FAB_METRICS}. */
export type FabMetricKey = keyof typeof FAB_METRICS;
