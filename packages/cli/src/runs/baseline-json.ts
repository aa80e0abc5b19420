/** A baseline as JSON. */
import type { Baseline } from '@ephemetry/run-telemetry/store';
import { integer, type JsonSchema, nullable, object, string } from '../command-line/json-schema.ts';

export const BASELINE_JSON: JsonSchema = object('A baseline.', {
  name: string('Its name.'),
  created: string('When it was made.'),
  selection: string('What it was made of; empty for all runs.'),
  note: nullable(string('What was said of it.')),
  digest: string('Equal for the same runs.'),
  statistics: string('The version of the statistics.'),
  runs: integer('How many runs.'),
  revised: integer('Runs that changed since: their facts are not those of then.'),
});

export function baselineJson({ createdUnixMs, note, ...baseline }: Baseline): object {
  return { ...baseline, created: new Date(createdUnixMs).toISOString(), note: note ?? null };
}
