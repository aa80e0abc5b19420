/** A run with its events, as JSON. */
import { type AgentEvent, FAILURE_CLASSES } from '@ephemetry/run-telemetry';
import type { StoredRun } from '@ephemetry/run-telemetry/store';
import {
  boolean,
  byName,
  integer,
  type JsonSchema,
  list,
  nullable,
  number,
  object,
  string,
  word,
} from '../command-line/json-schema.ts';
import { timeJson } from './time-json.ts';

const EVENT: JsonSchema = object('An event.', {
  seq: integer('Its place in the run.'),
  event_type: string('Its type.'),
  status: nullable(string('Its status.')),
  timestamp: nullable(string('When it was; null where its format tells no times.')),
  payload: string('The fields that are kept, as JSON.'),
});

export const STORED_RUN_JSON: JsonSchema = object('A run. What is null is not known.', {
  run_id: string('Its id.'),
  project: nullable(string('Its project.')),
  scenario: nullable(string('Its scenario.')),
  model: nullable(string('Its model.')),
  agent: nullable(string('Its agent.')),
  group: nullable(string('What it ran together with.')),
  tags: byName('Its tags.', string('A value.')),
  config: byName('Its settings.', string('A value.')),
  start: nullable(string('When it began.')),
  state: word('How it ended.', ['finished', 'cancelled', 'unfinished']),
  success: nullable(boolean('Whether it succeeded.')),
  duration_ms: nullable(number('How long it took.')),
  tokens: nullable(number('Its tokens.')),
  cost_usd: nullable(number('Its cost.')),
  failure: nullable(
    object('What it is counted under, where it did not succeed.', {
      class: word('The class.', FAILURE_CLASSES),
      cluster: string('The id of the cluster.'),
    }),
  ),
  revision: integer('How often it changed after its end, or while a baseline had it.'),
  events: list('Its events, in their order.', EVENT),
  conflicts: list('Events that contradict one of these; they do not count.', EVENT),
});

export function storedRunJson({ run, revision, events, conflicts }: StoredRun): object {
  return {
    run_id: run.runId,
    project: run.project ?? null,
    scenario: run.scenario ?? null,
    model: run.model ?? null,
    agent: run.agent ?? null,
    group: run.group ?? null,
    tags: run.tags,
    config: run.config,
    start: timeJson(run.startUnixMs),
    state: run.state,
    success: run.success ?? null,
    duration_ms: run.durationMs ?? null,
    tokens: run.tokens ?? null,
    cost_usd: run.costUsd ?? null,
    failure: run.primary === undefined ? null : { class: run.primary.class, cluster: run.primary.cluster },
    revision,
    events: events.map(eventJson),
    conflicts: conflicts.map(eventJson),
  };
}

function eventJson({ seq, type, status, unixMs, fields }: AgentEvent): object {
  return {
    seq,
    event_type: type,
    status: status ?? null,
    timestamp: timeJson(unixMs),
    payload: JSON.stringify(Object.fromEntries(fields)),
  };
}
