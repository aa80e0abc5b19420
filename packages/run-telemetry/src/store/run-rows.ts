/** Facts of a run as rows, and back: what is read is what was folded. */
import type { AgentEvent } from '../event/agent-event.ts';
import { faultOf, numberOf, textOf } from '../event/agent-event.ts';
import { STEP_TYPES } from '../event/event-types.ts';
import type { AgentRun, AgentStep, ToolUse } from '../facts/agent-run.ts';
import { hasFailed } from '../facts/find-failures.ts';
import { type Failure, WRONG_RESULT } from '../failure/failure.ts';
import type { QualityKind } from './quality-kinds.ts';
import type { DerivedTable, Row } from './tables.ts';

/** What is known of a run besides its events. */
export type RunKey = Row<'run_keys'>;

/** Rows of the derived tables. */
export type DerivedRows = { readonly [Name in DerivedTable]: Row<Name>[] };

/** None yet. */
export function noRows(): DerivedRows {
  return { runs: [], run_labels: [], calls: [], run_tools: [], failures: [], quality: [] };
}

/** Adds the rows of a run. */
export function addRunRows(
  rows: DerivedRows,
  key: RunKey,
  run: AgentRun,
  events: readonly AgentEvent[],
  conflicts: number,
): void {
  const number = key.number;
  rows.runs.push(runRow(key, run));
  for (const [kind, texts] of [
    ['tag', run.tags],
    ['config', run.config],
  ] as const)
    for (const [name, value] of inOrder(Object.entries(texts)))
      rows.run_labels.push({ run_number: number, name: `${kind}.${name}`, value });
  const clusters = new Map(run.failures.map(({ seq, cluster }) => [seq, cluster]));
  for (const event of events)
    if (STEP_TYPES.has(event.type)) rows.calls.push(callRow(number, event, clusters.get(event.seq)));
  for (const [tool, { calls, failed }] of inOrder(run.tools))
    rows.run_tools.push({ run_number: number, tool, calls, failed });
  const isKnown = run.primary !== undefined && run.failures.includes(run.primary);
  for (const failure of run.failures)
    rows.failures.push(failureRow(number, failure, failure === run.primary));
  if (run.primary !== undefined && !isKnown) rows.failures.push(failureRow(number, run.primary, true));
  for (const [kind, count] of qualityOf(key, run, conflicts))
    if (count > 0) rows.quality.push({ run_number: number, kind, count });
}

function runRow(key: RunKey, run: AgentRun): Row<'runs'> {
  return {
    run_number: key.number,
    run_id: run.runId,
    producer: run.producer ?? null,
    project: run.project ?? null,
    scenario: run.scenario ?? null,
    trial: run.trial ?? null,
    model: run.model ?? null,
    provider: run.provider ?? null,
    agent: run.agent ?? null,
    agent_version: run.agentVersion ?? null,
    run_group: run.group ?? null,
    started_ms: run.startUnixMs ?? null,
    state: run.state,
    success: run.success === undefined ? null : Number(run.success),
    duration_ms: run.durationMs ?? null,
    suspect_said_ms: run.suspectDuration?.saidMs ?? null,
    suspect_observed_ms: run.suspectDuration?.observedMs ?? null,
    tokens: run.tokens ?? null,
    cost_usd: run.costUsd ?? null,
    model_calls: run.modelCalls,
    tool_calls: run.toolCalls,
    late: run.late,
    gaps: run.gaps,
    revision: key.revision,
    details: detailsText(run),
  };
}

function callRow(number: number, event: AgentEvent, cluster: string | undefined): Row<'calls'> {
  return {
    run_number: number,
    seq: event.seq,
    type: event.type,
    tool: textOf(event, 'tool') ?? textOf(event, 'source') ?? textOf(event, 'policy') ?? null,
    model: textOf(event, 'model') ?? null,
    duration_ms: numberOf(event, 'duration_ms') ?? null,
    input_tokens: numberOf(event, 'input_tokens') ?? null,
    output_tokens: numberOf(event, 'output_tokens') ?? null,
    cost_usd: numberOf(event, 'cost_usd') ?? null,
    failed: Number(event.type === 'error' || hasFailed(event) || faultOf(event) !== undefined),
    cluster: cluster ?? null,
  };
}

function failureRow(number: number, failure: Failure, isPrimary: boolean): Row<'failures'> {
  const { cluster, class: failureClass, place, code, template, seq } = failure;
  return {
    run_number: number,
    seq: seq === WRONG_RESULT.seq ? -1 : seq,
    cluster,
    class: failureClass,
    place: place ?? null,
    code: code ?? null,
    template,
    is_primary: Number(isPrimary),
  };
}

/** What is unknown, contradicts or is missing in a run, each with how often. */
function qualityOf(
  key: RunKey,
  run: AgentRun,
  conflicts: number,
): readonly (readonly [QualityKind, number])[] {
  const isFinished = run.state === 'finished';
  return [
    ['duplicates', key.duplicates],
    ['conflicts', conflicts],
    ['late', run.late],
    ['gaps', run.gaps],
    ['unfinished', Number(run.state === 'unfinished')],
    ['success_unknown', Number(isFinished && run.success === undefined)],
    [
      'duration_unknown',
      Number(isFinished && run.durationMs === undefined && run.suspectDuration === undefined),
    ],
    ['duration_suspect', Number(run.suspectDuration !== undefined)],
    ['tokens_unknown', Number(isFinished && run.tokens === undefined)],
    ['cost_unknown', Number(isFinished && run.costUsd === undefined)],
  ];
}

/** What SQL asks nothing of. */
interface Details {
  readonly config: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly tools: readonly (readonly [string, ToolUse])[];
  readonly steps: readonly (readonly (string | 0)[])[];
  readonly failures: readonly Failure[];
  /** The place in the failures; -1 for a wrong result, absent where there is none. */
  readonly primary?: number;
}

function detailsText({ config, tags, tools, steps, failures, primary }: AgentRun): string {
  const details: Details = {
    config: Object.fromEntries(inOrder(Object.entries(config))),
    tags: Object.fromEntries(inOrder(Object.entries(tags))),
    tools: [...tools],
    steps: steps.map(packedStep),
    failures,
    ...(primary === undefined ? {} : { primary: failures.indexOf(primary) }),
  };
  return JSON.stringify(details);
}

function packedStep({ type, tool, status, cluster }: AgentStep): readonly (string | 0)[] {
  const packed = [type, tool ?? 0, status ?? 0, cluster ?? 0] as const;
  const end = packed.findLastIndex((each) => each !== 0) + 1;
  return packed.slice(0, end);
}

/** The facts of a row. */
export function runOfRow(row: Row<'runs'>): AgentRun {
  const { config, tags, tools, steps, failures, primary }: Details = JSON.parse(row.details);
  const known = failures.map(toFailure);
  return {
    runId: row.run_id,
    producer: row.producer ?? undefined,
    project: row.project ?? undefined,
    scenario: row.scenario ?? undefined,
    trial: row.trial ?? undefined,
    model: row.model ?? undefined,
    provider: row.provider ?? undefined,
    agent: row.agent ?? undefined,
    agentVersion: row.agent_version ?? undefined,
    group: row.run_group ?? undefined,
    config,
    tags,
    startUnixMs: row.started_ms ?? undefined,
    state: row.state as AgentRun['state'],
    success: row.success === null ? undefined : row.success === 1,
    durationMs: row.duration_ms ?? undefined,
    suspectDuration:
      row.suspect_said_ms === null || row.suspect_observed_ms === null
        ? undefined
        : { saidMs: row.suspect_said_ms, observedMs: row.suspect_observed_ms },
    tokens: row.tokens ?? undefined,
    costUsd: row.cost_usd ?? undefined,
    modelCalls: row.model_calls,
    toolCalls: row.tool_calls,
    tools: new Map(tools),
    steps: steps.map(stepOf),
    failures: known,
    primary: primary === undefined ? undefined : (known[primary] ?? WRONG_RESULT),
    late: row.late,
    gaps: row.gaps,
  };
}

function toFailure({ place, code, ...failure }: Failure): Failure {
  return { ...failure, place: place ?? undefined, code: code ?? undefined };
}

function stepOf([type, tool, status, cluster]: readonly (string | 0)[]): AgentStep {
  return {
    type: String(type),
    tool: tool === 0 ? undefined : tool,
    status: status === 0 || status === undefined ? undefined : (status as AgentStep['status']),
    cluster: cluster === 0 ? undefined : cluster,
  };
}

function inOrder<Value>(named: Iterable<readonly [string, Value]>): readonly (readonly [string, Value])[] {
  return [...named].sort(([left], [right]) => (left < right ? -1 : 1));
}
