/** A report as one JSON object. */
import { FAILURE_CLASSES } from '@ephemetry/run-telemetry';
import type {
  Latency,
  ObservedQuantile,
  Report,
  ReportRate,
  ReportSum,
} from '@ephemetry/run-telemetry/store';
import {
  byName,
  integer,
  type JsonSchema,
  list,
  maybe,
  nullable,
  number,
  object,
  string,
} from '../command-line/json-schema.ts';
import { timeJson } from './time-json.ts';

const RATE = (description: string): JsonSchema =>
  object(description, {
    value: nullable(number('The share.')),
    n: integer('Of so many runs.'),
    hits: integer('So many of these.'),
    interval: nullable(list("Wilson's 95 % interval, low and high.", number('An end.'))),
    unknown: integer('Left out: it is not known.'),
  });

const QUANTILE = (percent: number): JsonSchema =>
  nullable(
    object(`At or below it are ${percent} %: a value that was seen.`, {
      value: number('In ms.'),
      run_id: string('The run that it was seen in.'),
    }),
  );

const LATENCY = (description: string): JsonSchema =>
  object(description, {
    n: integer('How many are known.'),
    unknown: integer('Left out: nobody said how long it took.'),
    suspect: integer('Left out: the unit is mistaken.'),
    p50: QUANTILE(50),
    p95: QUANTILE(95),
    p99: QUANTILE(99),
  });

const SUM = (description: string): JsonSchema =>
  object(description, {
    sum: nullable(number('Over those of which it is known; null where it is known of none.')),
    n: integer('How many these are.'),
    unknown: integer('Left out: it is not known.'),
  });

export const REPORT_JSON: JsonSchema = object('A report.', {
  rows: list(
    'Slices, the one with the most runs first.',
    object('A slice in a step of time.', {
      values: byName('By dimension; null where runs have no value.', nullable(string('The value.'))),
      from: nullable(string('Begin of the step.')),
      to: nullable(string('End of the step, which does not belong to it.')),
      selection: nullable(
        string(
          'Lists exactly these runs; null where values are taken together as other, or runs have no time.',
        ),
      ),
      runs: integer('Runs.'),
      finished: integer('Of these, finished.'),
      cancelled: integer('Cancelled: in no other number.'),
      unfinished: integer('Without an end.'),
      success: RATE('Finished runs that succeeded.'),
      duration: LATENCY('How long finished runs took.'),
      model_calls: LATENCY('How long calls of models took.'),
      tool_calls: LATENCY('How long calls of tools took.'),
      tokens: SUM('Tokens of finished runs.'),
      cost_usd: SUM('Cost of finished runs.'),
      tool_calls_of_runs: SUM('Calls of tools in finished runs.'),
      tool_failure: RATE(
        'Finished runs that used a tool in which a call of it failed. Unknown: they used none.',
      ),
      failures: object(
        'Failures by class.',
        Object.fromEntries(FAILURE_CLASSES.map((name) => [name, maybe(integer('How many.'))])),
      ),
    }),
  ),
  others: byName('Dimensions of which values are taken together as other.', integer('How many values.')),
});

export function reportJson({ rows, others }: Report): object {
  return {
    rows: rows.map((row) => ({
      values: row.values,
      from: timeJson(row.fromUnixMs),
      to: timeJson(row.toUnixMs),
      selection: row.selection ?? null,
      runs: row.runs,
      ...row.states,
      success: rate(row.success),
      duration: latency(row.duration),
      model_calls: latency(row.modelCalls),
      tool_calls: latency(row.toolCalls),
      tokens: sum(row.tokens),
      cost_usd: sum(row.costUsd),
      tool_calls_of_runs: sum(row.toolCallsOfRuns),
      tool_failure: rate(row.toolFailure),
      failures: row.failures,
    })),
    others,
  };
}

function rate({ n, hits, interval, unknown }: ReportRate): object {
  const ends = interval === undefined ? null : [interval.low, interval.high];
  return { value: n === 0 ? null : hits / n, n, hits, interval: ends, unknown };
}

function latency({ n, unknown, suspect, p50, p95, p99 }: Latency): object {
  return { n, unknown, suspect, p50: quantile(p50), p95: quantile(p95), p99: quantile(p99) };
}

function quantile(seen: ObservedQuantile | undefined): object | null {
  return seen === undefined ? null : { value: seen.value, run_id: seen.runId };
}

function sum({ sum: value, n, unknown }: ReportSum): object {
  return { sum: n === 0 ? null : value, n, unknown };
}
