/** The events of a file as runs, and what of it was not taken. */
import { accessSync, closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type AgentEvent,
  type AgentRun,
  type FoldedRuns,
  foldRuns,
  formatSuccessRule,
  isBaselineFile,
  parseBaseline,
  readEvents,
  type SuccessRule,
} from '@ephemetry/run-telemetry';
import type { Output } from '../terminal/output.ts';

/** Runs of files, or why there are none. */
type RunsOfFiles =
  | { readonly kind: 'runs'; readonly runs: readonly AgentRun[]; readonly remarks: readonly string[] }
  | { readonly kind: 'fault'; readonly message: string };

/** A text of this size still fits into memory, with its events. */
const LIMIT_BYTES = 256 * 1024 * 1024;
const NAMED = 10;

/**
 * Reads files of events and baseline files as one: the events of a run may be in several. Lines that are wrong are told, the
 * others count.
 *
 * @returns undefined after it was told why a file cannot be used
 */
export function readRunsOrTold(
  paths: readonly string[],
  rule: SuccessRule,
  output: Output,
): readonly AgentRun[] | undefined {
  const read = readRuns(paths, rule);
  if (read.kind === 'fault') {
    output.printError(`${read.message}\n`);
    return undefined;
  }
  for (const remark of read.remarks) output.printError(`${remark}\n`);
  return read.runs;
}

function readRuns(paths: readonly string[], rule: SuccessRule): RunsOfFiles {
  const events: AgentEvent[] = [];
  const known = new Map<string, AgentRun>();
  const remarks: string[] = [];
  for (const path of paths) {
    const read = readFile(path, rule);
    if (read.kind === 'fault') return read;
    for (const event of read.events) events.push(event);
    remarks.push(...read.remarks);
    for (const run of read.runs) known.set(run.runId, run);
  }
  const folded = foldRuns(events, rule);
  const [only] = paths;
  const name = paths.length === 1 && only !== undefined ? only : `${paths.length} files`;
  const twice = folded.runs.filter(({ runId }) => known.has(runId));
  if (twice.length > 0)
    remarks.push(`${name}: ${twice.length} runs are in a baseline file as well, and count as they are there`);
  return {
    kind: 'runs',
    runs: [...known.values(), ...folded.runs.filter(({ runId }) => !known.has(runId))],
    remarks: [...remarks, ...remarksOf(name, folded)],
  };
}

interface FileContent {
  readonly kind: 'content';
  readonly events: readonly AgentEvent[];
  /** Those of a baseline file. */
  readonly runs: readonly AgentRun[];
  readonly remarks: readonly string[];
}

type Fault = Extract<RunsOfFiles, { readonly kind: 'fault' }>;

function readFile(path: string, rule: SuccessRule): FileContent | Fault {
  const text = readText(path);
  if (text.kind === 'fault') return text;
  if (isBaselineFile(text.text)) return readBaselineFile(path, text.text, rule);
  const { events, refused } = readEvents(text.text, basename(path));
  if (events.length === 0 && refused.length > 0)
    return {
      kind: 'fault',
      message: `${path} holds no event: line ${refused[0]?.line}: ${refused[0]?.message}`,
    };
  const named = refused.slice(0, NAMED).map(({ line, message }) => `${path}:${line}: ${message}`);
  const more = refused.length > NAMED ? [`${path}: ${refused.length} lines were not taken`] : [];
  return { kind: 'content', events, runs: [], remarks: [...named, ...more] };
}

/** What success was taken from stands in the file: another rule would compare two things. */
function readBaselineFile(path: string, text: string, rule: SuccessRule): FileContent | Fault {
  const read = parseBaseline(text);
  if (read.kind === 'fault') return { kind: 'fault', message: `${path}: ${read.message}` };
  const asked = formatSuccessRule(rule);
  if (read.success === asked) return { kind: 'content', events: [], runs: read.runs, remarks: [] };
  const words = (success: string): string =>
    success === 'none' ? 'without --success' : `with --success ${success}`;
  return {
    kind: 'fault',
    message: `${path} was exported ${words(read.success)}, and is read ${words(asked)}: allowed is the same, or export it again`,
  };
}

function remarksOf(name: string, { runs, duplicates, conflicts, uncounted }: FoldedRuns): readonly string[] {
  const late = runs.filter((run) => run.late > 0).length;
  const gaps = runs.filter((run) => run.gaps > 0).length;
  return [
    ...(duplicates > 0 ? [`${name}: ${duplicates} events came again, and count once`] : []),
    ...conflicts
      .slice(0, NAMED)
      .map(({ runId, seq }) => `${name}: run ${runId} has two events ${seq}; the first one counts`),
    ...(conflicts.length > NAMED ? [`${name}: ${conflicts.length} events contradict an earlier one`] : []),
    ...(uncounted > 0 ? [`${name}: ${uncounted} events are of other types, and are not counted`] : []),
    ...(late > 0 ? [`${name}: ${late} runs have events after their end; they count`] : []),
    ...(gaps > 0 ? [`${name}: ${gaps} runs have gaps in their numbers: events are missing`] : []),
  ];
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
