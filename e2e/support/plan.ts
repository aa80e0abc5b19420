/** What the runs of a load measure: known beforehand, so that the truth does not depend on what is tested. */
import { FAB_ROSTER, fabRoleLabels } from '@ephemetry/contract';
import type { Measurement } from './measurement.ts';
import { createRandom } from './random.ts';

/** The measurements of one run, and how it ends. */
export interface PlannedRun {
  readonly measurements: readonly Measurement[];
  readonly ending: 'exit' | 'throw' | 'natural' | 'killed';
}

/** Few roles, so that many runs meet in each series. */
const ROLES = FAB_ROSTER.slice(0, 8).map(({ role }) => fabRoleLabels(role));

/** Plans runs as fab's sessions look: one to three sessions each, of a few roles. The same seed gives the same plan. */
export function planRuns(count: number, seed: number): readonly PlannedRun[] {
  const random = createRandom(seed);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const session = (): readonly Measurement[] => {
    const labels = { ...(ROLES[upTo(ROLES.length)] ?? fabRoleLabels('unknown')) };
    return [
      { metric: 'agentSessions', labels, value: 1 },
      { metric: 'tokens', labels: { ...labels, direction: 'input' }, value: upTo(100_000) },
      { metric: 'tokens', labels: { ...labels, direction: 'output' }, value: upTo(10_000) },
      { metric: 'selfEval', labels: { ...labels, result: upTo(4) === 0 ? 'fail' : 'pass' }, value: 1 },
      // Sixty-fourths: their sums are exact in any order, so that the comparison needs no tolerance.
      { metric: 'costUsd', labels, value: upTo(640) / 64 },
      { metric: 'roleSessionDuration', labels, value: upTo(64 * 9_000) / 64 },
    ];
  };
  const endings = ['exit', 'exit', 'natural', 'throw'] as const;
  return Array.from({ length: count }, () => ({
    measurements: Array.from({ length: 1 + upTo(3) }, session).flat(),
    ending: endings[upTo(endings.length)] ?? 'exit',
  }));
}
