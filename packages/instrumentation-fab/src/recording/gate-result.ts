import { boundLabel, FAB_LABELS } from '@ephemetry/contract';
import type { FabInstruments } from '../fab-instruments.ts';
import { knownCount, properties } from '../known-number.ts';
import { type RefusedInput, refuse } from './record-outcome.ts';

/** How one merge gate ended: what fab gives to its `recordQuality`. */
export interface GateResult {
  /** Which set of gate roles reviewed: `code` or `docs`. */
  readonly profile: string;
  /** `approve`, `revise` or `reject`. */
  readonly decision: string;
  /** Attempts up to this decision: 1 to 3 in fab, 0 when its pre-hook failed and no gate role ran. */
  readonly attempts: number;
}

/** fab stops at 3; this is what a later fab may raise it to before the figure is taken for a mistake. */
const ATTEMPTS_LIMIT = 100;

/** Records one gate. A word outside the contract counts as `unknown`; attempts must be a number of attempts. */
export function recordGateResult(result: GateResult, instruments: FabInstruments): RefusedInput | undefined {
  const given = properties(result);
  if (given === undefined)
    return refuse('the result given to recordGate', result, 'an object with profile, decision and attempts');
  const attempts = knownCount(given.attempts);
  if (attempts === undefined || attempts > ATTEMPTS_LIMIT)
    return refuse('attempts given to recordGate', given.attempts, `a whole number of 0 to ${ATTEMPTS_LIMIT}`);
  const profile = boundLabel(FAB_LABELS.profile, result.profile);
  const decision = boundLabel(FAB_LABELS.decision, result.decision);
  instruments.record('mergeGateDecisions', 1, { profile, decision });
  instruments.record('mergeGateAttempts', attempts, { profile });
  return undefined;
}
