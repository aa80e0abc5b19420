/** What a forge says of a repository, its items and its runs, as Gitea and Forgejo write it. */
import {
  type JsonObject,
  listOf,
  momentOf,
  namesOf,
  objectOf,
  textOf,
  timeOf,
  wholeNumberOf,
} from './read-value.ts';

/** A repository as it is now. */
export interface RepositoryAnswer {
  readonly id: number;
  /** Not the name that was asked for, when it was renamed. */
  readonly fullName: string;
  readonly hasIssues: boolean;
  readonly hasChanges: boolean;
  readonly hasRuns: boolean;
}

export function parseRepository(body: unknown): RepositoryAnswer {
  const given = objectOf(body, 'the repository');
  return {
    id: wholeNumberOf(given['id'], 'id'),
    fullName: textOf(given['full_name'], 'full_name'),
    hasIssues: given['has_issues'] === true,
    hasChanges: given['has_pull_requests'] === true,
    // What an older server does not say is found out by asking for runs.
    hasRuns: given['has_actions'] !== false,
  };
}

/** An issue or a change: a forge numbers them together, and lists them together. */
export interface Item {
  readonly kind: 'issue' | 'change';
  readonly number: number;
  /** 0 where nobody knows. */
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly isOpen: boolean;
  readonly closedMs: number | undefined;
  readonly mergedMs: number | undefined;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
}

export function parseItems(body: unknown): readonly Item[] {
  return listOf(body, 'the list of issues').map(parseItem);
}

export function parseItem(body: unknown): Item {
  const given = objectOf(body, 'an issue');
  const change = given['pull_request'] ?? undefined;
  const meta: JsonObject = change === undefined ? {} : objectOf(change, 'pull_request');
  const closedMs = timeOf(given['closed_at'], 'closed_at');
  const updatedMs = momentOf(given['updated_at'], 'updated_at');
  const isMerged = meta['merged'] === true;
  const assignees = namesOf(given['assignees'], 'login', 'assignees');
  return {
    kind: change === undefined ? 'issue' : 'change',
    number: wholeNumberOf(given['number'], 'number'),
    createdMs: momentOf(given['created_at'], 'created_at'),
    updatedMs,
    isOpen: textOf(given['state'], 'state') === 'open',
    closedMs,
    mergedMs: isMerged ? (timeOf(meta['merged_at'], 'merged_at') ?? closedMs ?? updatedMs) : undefined,
    labels: namesOf(given['labels'], 'name', 'labels'),
    assignees,
  };
}

/** How a run ended, in OpenTelemetry's words. */
export const RUN_RESULTS = [
  'success',
  'failure',
  'error',
  'timeout',
  'cancellation',
  'skip',
  'unknown',
] as const;
export type RunResult = (typeof RUN_RESULTS)[number];

/** A run of a pipeline. */
export interface Run {
  readonly id: number;
  /** The file of the workflow. */
  readonly workflow: string;
  readonly state: 'pending' | 'executing' | 'unknown' | 'finished';
  /** Of one that is finished. */
  readonly result: RunResult | undefined;
  readonly startedMs: number | undefined;
  readonly completedMs: number | undefined;
}

/** A page of runs: its total stands in the body. */
export interface RunPage {
  readonly runs: readonly Run[];
  readonly total: number | undefined;
}

export function parseRunPage(body: unknown): RunPage {
  const given = objectOf(body, 'the list of runs');
  const total = given['total_count'];
  return {
    // Go writes an empty list as null.
    runs: listOf(given['workflow_runs'] ?? [], 'workflow_runs').map(parseRun),
    total: total === undefined || total === null ? undefined : wholeNumberOf(total, 'total_count'),
  };
}

/**
 * Gitea has a status and, of a run that is completed, a conclusion; Forgejo one word for both. Both write 1970, or the year 1,
 * for the end of a run that has none.
 */
export function parseRun(body: unknown): Run {
  const given = objectOf(body, 'a run');
  const status = textOf(given['status'], 'status');
  const conclusion = typeof given['conclusion'] === 'string' ? given['conclusion'] : '';
  const word = status === 'completed' ? conclusion : status;
  const state = STATES.get(word) ?? (RESULTS.has(word) || status === 'completed' ? 'finished' : 'unknown');
  const startedMs = timeOf(given['started_at'] ?? given['started'], 'started_at');
  return {
    id: wholeNumberOf(given['id'], 'id'),
    workflow: workflowOf(given),
    state,
    result: state === 'finished' ? (RESULTS.get(word) ?? 'unknown') : undefined,
    startedMs,
    completedMs:
      state === 'finished' ? timeOf(given['completed_at'] ?? given['stopped'], 'completed_at') : undefined,
  };
}

const STATES: ReadonlyMap<string, Run['state']> = new Map([
  ['queued', 'pending'],
  ['waiting', 'pending'],
  ['blocked', 'pending'],
  ['pending', 'pending'],
  ['requested', 'pending'],
  ['in_progress', 'executing'],
  ['running', 'executing'],
]);

const RESULTS: ReadonlyMap<string, RunResult> = new Map([
  ['success', 'success'],
  ['failure', 'failure'],
  ['error', 'error'],
  ['startup_failure', 'error'],
  ['timed_out', 'timeout'],
  ['cancelled', 'cancellation'],
  ['skipped', 'skip'],
  ['neutral', 'skip'],
]);

/** Forgejo names the file; Gitea its path and reference, `ci.yaml@refs/heads/main`. */
function workflowOf(given: JsonObject): string {
  const named = given['workflow_id'] ?? given['path'];
  const path = typeof named === 'string' ? (named.split('@')[0] ?? '') : '';
  const name = path.split('/').at(-1) ?? '';
  return FILE_NAME.test(name) ? name : '';
}

/** What no file is called can be no pipeline that a deployment names, and no text in every database. */
const FILE_NAME = /^\P{Cc}{1,255}$/u;
