import { UNKNOWN } from '@ephemetry/contract';
import type { FabInstruments } from '../fab-instruments.ts';
import type { RoleLabels } from '../role-lookup.ts';
import { parsePerfReading, type RoleMetrics, subtractRoleMetrics } from './perf-reading.ts';
import type { RefusedInput } from './record-outcome.ts';

/** What two readings of `.fab-perf.json` gave. */
export interface PerfDifference {
  /** Sessions that came in between. */
  readonly sessions: number;
  /** Roles whose figures had shrunk: a new file; all of their later figures were recorded. */
  readonly restartedRoles: readonly string[];
  /** Roles that the later reading no longer holds: nothing was recorded for them. */
  readonly vanishedRoles: readonly string[];
}

/** Records what came in between two readings: all of it, or nothing when either cannot be read. */
export function recordPerfDifference(
  before: unknown,
  after: unknown,
  labelsOf: (role: unknown) => RoleLabels,
  instruments: FabInstruments,
): PerfDifference | RefusedInput {
  const earlier = parsePerfReading('the earlier reading', before);
  if (earlier.kind === 'refused') return earlier;
  const later = parsePerfReading('the later reading', after);
  if (later.kind === 'refused') return later;
  const differences = [...later.roles].map(([role, metrics]) => ({
    role,
    ...subtractRoleMetrics(earlier.roles.get(role), metrics),
  }));
  for (const { role, added } of differences) recordRole(added, labelsOf(role), instruments);
  return {
    sessions: differences.reduce((sum, { added }) => sum + added.sessions, 0),
    restartedRoles: differences.filter(({ isRestart }) => isRestart).map(({ role }) => role),
    vanishedRoles: [...earlier.roles.keys()].filter((role) => !later.roles.has(role)),
  };
}

/** The file does not say how sessions ended nor how long they took. */
function recordRole(added: RoleMetrics, labels: RoleLabels, instruments: FabInstruments): void {
  instruments.record('agentSessions', added.sessions, labels);
  instruments.record('sessionOutcomes', added.sessions, { ...labels, outcome: UNKNOWN });
  instruments.record('selfEval', added.selfEvalPass, { ...labels, result: 'pass' });
  instruments.record('selfEval', added.selfEvalFail, { ...labels, result: 'fail' });
  instruments.record('advisorCalls', added.advisorCalls, labels);
  instruments.record('revisions', added.revisions, labels);
  instruments.record('tokens', added.totalInputTokens, { ...labels, direction: 'input' });
  instruments.record('tokens', added.totalOutputTokens, { ...labels, direction: 'output' });
  instruments.record('costUsd', added.totalCostUsd ?? 0, labels);
}
