import { boundLabel, FAB_LABELS } from '@ephemetry/contract';
import type { FabInstruments } from '../fab-instruments.ts';
import { knownAmount, knownCount, properties } from '../known-number.ts';
import type { RoleLabels } from '../role-lookup.ts';
import type { SessionOutcome } from '../session/session-event.ts';
import { type RefusedInput, refuse } from './record-outcome.ts';

/**
 * All that one role session produced, as fab's own `SessionObservation`. A value that is missing, negative, infinite
 * or NaN is unknown, and nothing is recorded for it.
 */
export interface SessionObservation {
  readonly role: string;
  /** Without cached tokens. */
  readonly inputTokens?: number | null | undefined;
  readonly outputTokens?: number | null | undefined;
  /** US dollars of this session. */
  readonly costUsd?: number | null | undefined;
  readonly advisorCalls?: number | null | undefined;
  readonly selfEvalPass?: number | null | undefined;
  readonly selfEvalFail?: number | null | undefined;
  readonly revisions?: number | null | undefined;
  readonly durationSeconds?: number | null | undefined;
  /** @default 'unknown' */
  readonly outcome?: SessionOutcome | undefined;
}

/** Records one session. Refuses only what is not an observation at all: an unknown role is still a session. */
export function recordObservation(
  observation: SessionObservation,
  labelsOf: (role: unknown) => RoleLabels,
  instruments: FabInstruments,
): RefusedInput | undefined {
  const given = properties(observation);
  if (given === undefined)
    return refuse('the observation given to recordSession', observation, 'an object with a role');
  const labels = labelsOf(given.role);
  const outcome = boundLabel(FAB_LABELS.outcome, text(given.outcome));
  instruments.record('agentSessions', 1, labels);
  instruments.record('sessionOutcomes', 1, { ...labels, outcome });
  recordCounts(given, labels, instruments);
  instruments.record('costUsd', knownAmount(given.costUsd) ?? 0, labels);
  const durationSeconds = knownAmount(given.durationSeconds);
  if (durationSeconds !== undefined) instruments.record('roleSessionDuration', durationSeconds, labels);
  return undefined;
}

function recordCounts(
  given: Readonly<Record<string, unknown>>,
  labels: RoleLabels,
  instruments: FabInstruments,
): void {
  const count = (name: string): number => knownCount(given[name]) ?? 0;
  instruments.record('selfEval', count('selfEvalPass'), { ...labels, result: 'pass' });
  instruments.record('selfEval', count('selfEvalFail'), { ...labels, result: 'fail' });
  instruments.record('advisorCalls', count('advisorCalls'), labels);
  instruments.record('revisions', count('revisions'), labels);
  instruments.record('tokens', count('inputTokens'), { ...labels, direction: 'input' });
  instruments.record('tokens', count('outputTokens'), { ...labels, direction: 'output' });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
