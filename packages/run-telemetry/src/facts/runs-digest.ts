/** Names a set of runs as it was compared. */
import { createHash } from 'node:crypto';
import type { AgentRun } from './agent-run.ts';

/** Equal for the same runs with the same facts, in any order. Anything that a comparison looks at changes it. */
export function runsDigest(runs: readonly AgentRun[]): string {
  const lines = runs.map(factsText).sort();
  return `sha256:${createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32)}`;
}

/** What is not known is null. */
function factsText(run: AgentRun): string {
  return JSON.stringify([
    run.runId,
    [run.project, run.scenario, run.trial, run.model, run.provider, run.agent, run.agentVersion, run.group],
    [run.startUnixMs, run.state, run.success, run.durationMs, run.suspectDuration?.saidMs],
    [run.tokens, run.costUsd, run.modelCalls, run.toolCalls, run.late, run.gaps],
    inOrder(Object.entries(run.tags)),
    inOrder(Object.entries(run.config)),
    inOrder([...run.tools].map(([tool, { calls, failed }]) => [tool, calls, failed] as const)),
    run.failures.map(({ cluster, seq }) => [cluster, seq]),
    run.primary?.cluster,
  ]);
}

function inOrder<Row extends readonly [string, ...unknown[]]>(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted(([left], [right]) => (left < right ? -1 : 1));
}
