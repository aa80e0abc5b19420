/** Events of one run into its facts. Pure: the same events give the same facts, in whatever order they came. */
import { type AgentEvent, numberOf, textOf, textsOf } from '../event/agent-event.ts';
import { STEP_TYPES } from '../event/event-types.ts';
import type { AgentRun, AgentStep, SuspectDuration, ToolUse } from './agent-run.ts';
import { findFailures, hasFailed, primaryFailure } from './find-failures.ts';
import { type SuccessRule, successOf } from './success-rule.ts';

/**
 * @param given - the events of one run, each place once, one or more
 */
export function foldRun(runId: string, given: readonly AgentEvent[], rule: SuccessRule): AgentRun {
  const events = given.toSorted((left, right) => left.seq - right.seq);
  const started = events.filter(({ type }) => type === 'run.started' || type === 'run.queued').reverse();
  const finished = events.findLast(({ type }) => type === 'run.finished');
  const said = (name: string): string | undefined => firstText(started, name);
  const agent = said('agent');
  const startUnixMs = (events.find(({ type }) => type === 'run.started') ?? events[0])?.unixMs;
  const failures = findFailures(events);
  const success = successOf(events, finished, rule);
  const duration = durationOf(events, finished, startUnixMs);
  return {
    runId,
    producer: said('producer') ?? agent,
    project: said('project'),
    scenario: said('scenario'),
    trial: said('trial'),
    model: said('model') ?? mostFrequent(events, 'model'),
    provider: said('provider') ?? mostFrequent(events, 'provider'),
    agent,
    agentVersion: said('agent_version'),
    group: said('group') ?? (startUnixMs === undefined ? undefined : utcDay(startUnixMs)),
    config: allTexts(started.toReversed(), 'config'),
    tags: allTexts(started.toReversed(), 'tags'),
    startUnixMs,
    state: finished === undefined ? 'unfinished' : finished.status === 'cancelled' ? 'cancelled' : 'finished',
    success,
    ...duration,
    tokens: totalOf(events, finished, ['input_tokens', 'output_tokens']),
    costUsd: totalOf(events, finished, ['cost_usd']),
    modelCalls: countOf(events, 'model.call'),
    toolCalls: countOf(events, 'tool.call'),
    tools: toolsOf(events),
    steps: stepsOf(events, new Map(failures.map(({ seq, cluster }) => [seq, cluster]))),
    failures,
    primary: success === false ? primaryFailure(failures) : undefined,
    late: finished === undefined ? 0 : events.filter(({ seq }) => seq > finished.seq).length,
    gaps: (events.at(-1)?.seq ?? 0) - (events[0]?.seq ?? 0) + 1 - events.length,
  };
}

function firstText(events: readonly AgentEvent[], name: string): string | undefined {
  for (const event of events) {
    const value = textOf(event, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** What a later event says stands in place of what an earlier one said. */
function allTexts(events: readonly AgentEvent[], name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(events.flatMap((event) => Object.entries(textsOf(event, name))));
}

function utcDay(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 10);
}

function countOf(events: readonly AgentEvent[], type: string): number {
  return events.reduce((sum, event) => sum + (event.type === type ? 1 : 0), 0);
}

/** Of most model calls; of two that are as frequent the first in the alphabet. */
function mostFrequent(events: readonly AgentEvent[], name: string): string | undefined {
  const counts = new Map<string, number>();
  for (const event of events) {
    const value = event.type === 'model.call' ? textOf(event, name) : undefined;
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  return most?.[0];
}

/** What the end says; else the sum over the model calls, if each of them says it. Zero beside calls is unknown. */
function totalOf(
  events: readonly AgentEvent[],
  finished: AgentEvent | undefined,
  names: readonly string[],
): number | undefined {
  const said = finished === undefined ? undefined : sumOf(finished, names);
  const calls = events.filter(({ type }) => type === 'model.call');
  if (said !== undefined && (said > 0 || calls.length === 0)) return said;
  const sums = calls.map((event) => sumOf(event, names));
  const known = sums.filter((sum) => sum !== undefined);
  const total = known.reduce((sum, each) => sum + each, 0);
  return calls.length > 0 && known.length === calls.length && total > 0 ? total : undefined;
}

function sumOf(event: AgentEvent, names: readonly string[]): number | undefined {
  const values = names.map((name) => numberOf(event, name));
  return values.some((value) => value === undefined)
    ? undefined
    : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/** Below this, whole seconds of timestamps say too little. */
const CHECKED_FROM_MS = 10_000;

/** Off by a power of 1000, within a factor of 2: a unit was mistaken. A slow-down by 10 or 100 is one. */
function durationOf(
  events: readonly AgentEvent[],
  finished: AgentEvent | undefined,
  startUnixMs: number | undefined,
): { readonly durationMs: number | undefined; readonly suspectDuration: SuspectDuration | undefined } {
  if (finished === undefined) return { durationMs: undefined, suspectDuration: undefined };
  const saidMs = numberOf(finished, 'duration_ms');
  // A format that tells no times has nothing to hold a duration against.
  if (startUnixMs === undefined || finished.unixMs === undefined)
    return { durationMs: saidMs, suspectDuration: undefined };
  const observedMs = finished.unixMs - startUnixMs;
  if (saidMs === undefined)
    return {
      durationMs: events.length > 1 && observedMs >= 0 ? observedMs : undefined,
      suspectDuration: undefined,
    };
  const powers = Math.log(saidMs / observedMs) / Math.log(1000);
  const power = Math.round(powers);
  const isSuspect =
    observedMs >= CHECKED_FROM_MS &&
    saidMs > 0 &&
    power !== 0 &&
    Math.abs(powers - power) <= Math.log(2) / Math.log(1000);
  return isSuspect
    ? { durationMs: undefined, suspectDuration: { saidMs, observedMs } }
    : { durationMs: saidMs, suspectDuration: undefined };
}

function toolsOf(events: readonly AgentEvent[]): ReadonlyMap<string, ToolUse> {
  const tools = new Map<string, ToolUse>();
  for (const event of events) {
    const tool = event.type === 'tool.call' ? textOf(event, 'tool') : undefined;
    if (tool === undefined) continue;
    const { calls, failed, slowestOkMs } = tools.get(tool) ?? { calls: 0, failed: 0 };
    const isFailed = hasFailed(event);
    const tookMs = isFailed ? undefined : numberOf(event, 'duration_ms');
    tools.set(tool, {
      calls: calls + 1,
      failed: failed + (isFailed ? 1 : 0),
      slowestOkMs: tookMs === undefined ? slowestOkMs : Math.max(tookMs, slowestOkMs ?? 0),
    });
  }
  return tools;
}

function stepsOf(events: readonly AgentEvent[], clusters: ReadonlyMap<number, string>): readonly AgentStep[] {
  return events
    .filter(({ type }) => STEP_TYPES.has(type))
    .map((event) => {
      const cluster = clusters.get(event.seq);
      const status =
        cluster !== undefined || hasFailed(event) ? 'error' : event.status === 'ok' ? 'ok' : undefined;
      return { type: event.type, tool: textOf(event, 'tool'), status, cluster };
    });
}
