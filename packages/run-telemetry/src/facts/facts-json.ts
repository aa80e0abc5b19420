/** Facts of a run as JSON and back, so that runs can be compared where their events are not. */

import type { Failure } from '../failure/failure.ts';
import { FAILURE_CLASSES } from '../failure/failure-class.ts';
import type { AgentRun, AgentStep, SuspectDuration, ToolUse } from './agent-run.ts';

/** What is not as {@link runToJson} writes it. The message names the field, and what is allowed. */
export class FactsFault extends Error {
  override readonly name = 'FactsFault';
}

/** Everything that is known of a run. What is unknown is left out. */
export function runToJson(run: AgentRun): Readonly<Record<string, unknown>> {
  return {
    run_id: run.runId,
    producer: run.producer,
    project: run.project,
    scenario: run.scenario,
    trial: run.trial,
    model: run.model,
    provider: run.provider,
    agent: run.agent,
    agent_version: run.agentVersion,
    group: run.group,
    config: run.config,
    tags: run.tags,
    start_unix_ms: run.startUnixMs,
    state: run.state,
    success: run.success,
    duration_ms: run.durationMs,
    suspect_duration:
      run.suspectDuration === undefined
        ? undefined
        : { said_ms: run.suspectDuration.saidMs, observed_ms: run.suspectDuration.observedMs },
    tokens: run.tokens,
    cost_usd: run.costUsd,
    model_calls: run.modelCalls,
    tool_calls: run.toolCalls,
    tools: [...run.tools].map(([tool, { calls, failed, slowestOkMs }]) => ({
      tool,
      calls,
      failed,
      slowest_ok_ms: slowestOkMs,
    })),
    steps: run.steps.map(({ type, tool, status, cluster }) => [
      type,
      tool ?? null,
      status ?? null,
      cluster ?? null,
    ]),
    failures: run.failures.map(failureToJson),
    primary: run.primary === undefined ? undefined : failureToJson(run.primary),
    late: run.late,
    gaps: run.gaps,
  };
}

function failureToJson(failure: Failure): object {
  return {
    cluster: failure.cluster,
    class: failure.class,
    place: failure.place,
    code: failure.code,
    template: failure.template,
    values: failure.values,
    seq: failure.seq,
    duration_ms: failure.durationMs,
    documents: failure.documents,
    is_recovered: failure.isRecovered,
  };
}

/**
 * The run that {@link runToJson} wrote.
 *
 * @throws {FactsFault}
 */
export function runFromJson(value: unknown): AgentRun {
  const run = fieldsOf('run', value);
  const suspect = run.maybe('suspect_duration', fieldsOf);
  return {
    runId: run.must('run_id', text),
    producer: run.maybe('producer', text),
    project: run.maybe('project', text),
    scenario: run.maybe('scenario', text),
    trial: run.maybe('trial', text),
    model: run.maybe('model', text),
    provider: run.maybe('provider', text),
    agent: run.maybe('agent', text),
    agentVersion: run.maybe('agent_version', text),
    group: run.maybe('group', text),
    config: run.must('config', texts),
    tags: run.must('tags', texts),
    startUnixMs: run.maybe('start_unix_ms', number),
    state: run.must('state', oneOf(['finished', 'cancelled', 'unfinished'] as const)),
    success: run.maybe('success', truth),
    durationMs: run.maybe('duration_ms', amount),
    suspectDuration: suspect === undefined ? undefined : suspectFrom(suspect),
    tokens: run.maybe('tokens', amount),
    costUsd: run.maybe('cost_usd', amount),
    modelCalls: run.must('model_calls', amount),
    toolCalls: run.must('tool_calls', amount),
    tools: new Map(run.must('tools', listOf(toolFrom))),
    steps: run.must('steps', listOf(stepFrom)),
    failures: run.must('failures', listOf(failureFrom)),
    primary: run.maybe('primary', failureFrom),
    late: run.must('late', amount),
    gaps: run.must('gaps', amount),
  };
}

type Read<Value> = (name: string, value: unknown) => Value;

/** The fields of an object, each of which is read by its kind. */
interface Fields {
  must<Value>(name: string, read: Read<Value>): Value;
  /** Undefined where it is missing or null. */
  maybe<Value>(name: string, read: Read<Value>): Value | undefined;
}

function fieldsOf(place: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(place, 'an object', value);
  const found = new Map<string, unknown>(Object.entries(value ?? {}));
  const at = (name: string): string => `${place}.${name}`;
  return {
    must: (name, read) => read(at(name), found.get(name)),
    maybe: (name, read) => {
      const given = found.get(name) ?? undefined;
      return given === undefined ? undefined : read(at(name), given);
    },
  };
}

function suspectFrom(fields: Fields): SuspectDuration {
  return { saidMs: fields.must('said_ms', amount), observedMs: fields.must('observed_ms', amount) };
}

function toolFrom(place: string, value: unknown): readonly [string, ToolUse] {
  const fields = fieldsOf(place, value);
  const use = { calls: fields.must('calls', amount), failed: fields.must('failed', amount) };
  return [fields.must('tool', text), { ...use, slowestOkMs: fields.maybe('slowest_ok_ms', amount) }];
}

const stepStatus = oneOf(['ok', 'error'] as const);

function stepFrom(place: string, value: unknown): AgentStep {
  if (!Array.isArray(value) || value.length !== 4)
    return refuse(place, 'a list of type, tool, status and cluster', value);
  const [type, tool, status, cluster]: readonly unknown[] = value;
  return {
    type: text(place, type),
    tool: tool === null ? undefined : text(place, tool),
    status: status === null ? undefined : stepStatus(place, status),
    cluster: cluster === null ? undefined : text(place, cluster),
  };
}

function failureFrom(place: string, value: unknown): Failure {
  const fields = fieldsOf(place, value);
  return {
    cluster: fields.must('cluster', text),
    class: fields.must('class', oneOf(FAILURE_CLASSES)),
    place: fields.maybe('place', text),
    code: fields.maybe('code', text),
    template: fields.must('template', text),
    values: fields.must('values', listOf(text)),
    seq: fields.must('seq', amount),
    durationMs: fields.maybe('duration_ms', amount),
    documents: fields.maybe('documents', amount),
    isRecovered: fields.must('is_recovered', truth),
  };
}

function text(place: string, value: unknown): string {
  return typeof value === 'string' ? value : refuse(place, 'text', value);
}

function truth(place: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse(place, 'true or false', value);
}

function number(place: string, value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : refuse(place, 'a number', value);
}

function amount(place: string, value: unknown): number {
  const given = number(place, value);
  return given >= 0 ? given : refuse(place, 'a number of 0 or more', value);
}

function texts(place: string, value: unknown): Readonly<Record<string, string>> {
  fieldsOf(place, value);
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value ?? {});
  return Object.fromEntries(entries.map(([name, each]) => [name, text(`${place}.${name}`, each)]));
}

function oneOf<Word extends string>(words: readonly Word[]): Read<Word> {
  return (place, value) =>
    words.find((each) => each === value) ?? refuse(place, `one of ${words.join(', ')}`, value);
}

function listOf<Value>(read: Read<Value>): Read<readonly Value[]> {
  return (place, value) =>
    Array.isArray(value)
      ? value.map((each: unknown, index) => read(`${place}[${index}]`, each))
      : refuse(place, 'a list', value);
}

function refuse(place: string, allowed: string, value: unknown): never {
  const shown = value === undefined ? 'missing' : (JSON.stringify(value) ?? String(value)).slice(0, 60);
  throw new FactsFault(`${place} must be ${allowed}, but is ${shown}`);
}
