/** Names a set of runs as it was compared. */
import { createHash } from 'node:crypto';
import type { AgentRun } from './agent-run.ts';

/** Equal for the same runs with the same events behind their ends, in any order. */
export function runsDigest(runs: readonly AgentRun[]): string {
  const lines = runs.map(({ runId, late }) => JSON.stringify([runId, late])).sort();
  return `sha256:${createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32)}`;
}
