/**
 * A baseline in one file: facts and steps of its runs, so that a comparison needs neither their events nor a database. The
 * first line says what the file is, each further one is a run:
 *
 *     {"format":"ephemetry-baseline","version":1,"statistics":"s1","masker":1,"success":"none","runs":240,"digest":"sha256:…"}
 *     {"run_id":"r1","scenario":"refund",…}
 */
import { createHash } from 'node:crypto';
import { STATISTICS_VERSION } from '../comparison/statistics-version.ts';
import type { AgentRun } from '../facts/agent-run.ts';
import { FactsFault, runFromJson, runToJson } from '../facts/facts-json.ts';
import { formatSuccessRule, type SuccessRule } from '../facts/success-rule.ts';
import { MASKER_VERSION } from '../failure/mask-message.ts';

const FORMAT = 'ephemetry-baseline';
const FORMAT_VERSION = 1;

/** The runs of a baseline file, or why they cannot be used. */
export type ReadBaseline =
  | {
      readonly kind: 'baseline';
      readonly runs: readonly AgentRun[];
      /** What their success was taken from, as `--success` has it; `none` where runs say it themselves. */
      readonly success: string;
    }
  | { readonly kind: 'fault'; readonly message: string };

/** The file of these runs; the same runs give the same bytes. */
export function formatBaseline(runs: readonly AgentRun[], rule: SuccessRule): string {
  const sorted = runs.toSorted((left, right) => (left.runId < right.runId ? -1 : 1));
  const lines = sorted.map((run) => JSON.stringify(runToJson(run)));
  const head = {
    format: FORMAT,
    version: FORMAT_VERSION,
    statistics: STATISTICS_VERSION,
    masker: MASKER_VERSION,
    success: formatSuccessRule(rule),
    runs: lines.length,
    digest: digestOf(lines),
  };
  return `${[JSON.stringify(head), ...lines].join('\n')}\n`;
}

/** Whether a text is a baseline file, of whatever version. */
export function isBaselineFile(text: string): boolean {
  return headOf(text)?.['format'] === FORMAT;
}

/** Reads a baseline file: all of it or nothing. */
export function parseBaseline(text: string): ReadBaseline {
  const head = headOf(text);
  if (head?.['format'] !== FORMAT)
    return fault(`the first line of a baseline file says "format":"${FORMAT}", and this one does not`);
  const versions = versionFault(head);
  if (versions !== undefined) return fault(versions);
  // Kept beside a project it is checked out on Windows as well, where lines end in another way.
  const lines = text
    .split(/\r?\n/)
    .slice(1)
    .filter((line) => line !== '');
  if (lines.length !== head['runs'])
    return fault(
      `the file says that it has ${shown(head['runs'])} runs, but has ${lines.length}: it is cut off`,
    );
  const digest = digestOf(lines);
  if (digest !== head['digest'])
    return fault(
      `the digest of its runs is ${digest}, but the file says ${shown(head['digest'])}: it was changed after it was exported`,
    );
  const runs: AgentRun[] = [];
  for (const [index, line] of lines.entries()) {
    const read = runOf(line);
    if (typeof read === 'string') return fault(`line ${index + 2}: ${read}`);
    runs.push(read);
  }
  const success = head['success'];
  return { kind: 'baseline', runs, success: typeof success === 'string' ? success : 'none' };
}

function headOf(text: string): Readonly<Record<string, unknown>> | undefined {
  const end = text.indexOf('\n');
  const line = (end === -1 ? text : text.slice(0, end)).replace(/^\ufeff/, '');
  if (line.length > 10_000 || !line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Facts of another version mean something else: they are not compared. */
function versionFault(head: Readonly<Record<string, unknown>>): string | undefined {
  const again = 'export the baseline again with this version of the command';
  const known = [
    ['version', 'the version of the file', FORMAT_VERSION],
    ['statistics', 'the version of the statistics', STATISTICS_VERSION],
    ['masker', 'the version of the masker', MASKER_VERSION],
  ] as const;
  for (const [name, what, allowed] of known)
    if (head[name] !== allowed)
      return `${what} is ${shown(head[name])}; allowed is ${shown(allowed)}: ${again}`;
  return undefined;
}

function runOf(line: string): AgentRun | string {
  try {
    return runFromJson(JSON.parse(line));
  } catch (error) {
    if (error instanceof FactsFault) return error.message;
    if (error instanceof SyntaxError) return 'the line is not JSON';
    throw error;
  }
}

function digestOf(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return `sha256:${hash.digest('hex').slice(0, 32)}`;
}

function fault(message: string): ReadBaseline {
  return { kind: 'fault', message };
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : (JSON.stringify(value) ?? '').slice(0, 60);
}
