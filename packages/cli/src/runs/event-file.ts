/** The events of a file as runs, and what of it was not taken. */
import { accessSync, closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { type AgentRun, foldRuns, readEvents, type SuccessRule } from '@ephemetry/run-telemetry';

/** Runs of a file, or why there are none. */
export type RunsOfFile =
  | { readonly kind: 'runs'; readonly runs: readonly AgentRun[]; readonly remarks: readonly string[] }
  | { readonly kind: 'fault'; readonly message: string };

/** A text of this size still fits into memory, with its events. */
const LIMIT_BYTES = 256 * 1024 * 1024;
const NAMED = 10;

/** Reads a file of events. Lines that are wrong are named, the others count. */
export function readRuns(path: string, rule: SuccessRule): RunsOfFile {
  const text = readText(path);
  if (text.kind === 'fault') return text;
  const { events, refused } = readEvents(text.text);
  if (events.length === 0 && refused.length > 0)
    return {
      kind: 'fault',
      message: `${path} holds no event: line ${refused[0]?.line}: ${refused[0]?.message}`,
    };
  const { runs, duplicates, conflicts, uncounted } = foldRuns(events, rule);
  const named = refused.slice(0, NAMED).map(({ line, message }) => `${path}:${line}: ${message}`);
  const late = runs.filter((run) => run.late > 0).length;
  const gaps = runs.filter((run) => run.gaps > 0).length;
  const remarks = [
    ...named,
    ...(refused.length > NAMED ? [`${path}: ${refused.length} lines were not taken`] : []),
    ...(duplicates > 0 ? [`${path}: ${duplicates} events came again, and count once`] : []),
    ...conflicts
      .slice(0, NAMED)
      .map(({ runId, seq }) => `${path}: run ${runId} has two events ${seq}; the first one counts`),
    ...(conflicts.length > NAMED ? [`${path}: ${conflicts.length} events contradict an earlier one`] : []),
    ...(uncounted > 0 ? [`${path}: ${uncounted} events are of other types, and are not counted`] : []),
    ...(late > 0 ? [`${path}: ${late} runs have events after their end; they count`] : []),
    ...(gaps > 0 ? [`${path}: ${gaps} runs have gaps in their numbers: events are missing`] : []),
  ];
  return { kind: 'runs', runs, remarks };
}

type ReadText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'fault'; readonly message: string };

/** Why a file cannot be read as a stream; undefined where it can. */
export function readableFile(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return `${path} is not a file`;
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `${path} cannot be read: ${code}`;
  }
}

/** Opened without waiting for a writer: a pipe is no file. */
function readText(path: string): ReadText {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(file);
    if (!status.isFile()) return { kind: 'fault', message: `${path} is not a file` };
    if (status.size > LIMIT_BYTES)
      return { kind: 'fault', message: `${path} has ${status.size} bytes; allowed are ${LIMIT_BYTES}` };
    return { kind: 'text', text: readFileSync(file, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { kind: 'fault', message: `${path} cannot be read: ${code}` };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
