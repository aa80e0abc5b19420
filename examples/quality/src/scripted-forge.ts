/** What a Gitea of the night answers: an evening, and a morning after which things happened. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Times are hours before now. */
interface Item {
  readonly number: number;
  readonly opened: number;
  readonly closed?: number;
  readonly isChange?: boolean;
  readonly label?: string;
}

interface Run {
  readonly id: number;
  readonly started: number;
  readonly seconds?: number;
  readonly conclusion?: string;
}

/** What is there at one time. */
export interface ForgeState {
  readonly items: readonly Item[];
  readonly runs: readonly Run[];
}

/** Before the first collect: all of it is the past. */
export const EVENING: ForgeState = {
  items: [
    { number: 1, opened: 200, closed: 100 },
    { number: 2, opened: 40 },
    { number: 3, opened: 12 },
    { number: 4, opened: 10, isChange: true },
  ],
  runs: [{ id: 1, started: 9, seconds: 60, conclusion: 'success' }],
};

/**
 * Issue 2 was closed and change 4 merged. Two issues were opened and handed to the automatic worker: one is closed, one it gave
 * up. One pipeline run succeeded, one failed, one is under way.
 */
export const MORNING: ForgeState = {
  items: [
    { number: 1, opened: 200, closed: 100 },
    { number: 2, opened: 40, closed: 3 },
    { number: 3, opened: 12 },
    { number: 4, opened: 10, closed: 2, isChange: true },
    { number: 5, opened: 7, closed: 4, label: 'auto' },
    { number: 6, opened: 6, label: 'auto,auto-failed' },
  ],
  runs: [
    ...EVENING.runs,
    { id: 2, started: 5, seconds: 90, conclusion: 'success' },
    { id: 3, started: 4, seconds: 20, conclusion: 'failure' },
    { id: 4, started: 1 },
  ],
};

/** Answers as Gitea does, in one page. */
export function answerAsForge(
  { items, runs }: ForgeState,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://forge');
  response.setHeader('content-type', 'application/json');
  const send = (body: unknown): void => void response.end(JSON.stringify(body));
  if (pathname.endsWith('/issues')) {
    const isWanted = ({ closed }: Item): boolean =>
      searchParams.get('state') === 'all' || closed === undefined;
    const wanted = items.filter(isWanted);
    response.setHeader('x-total-count', wanted.length);
    send(searchParams.get('page') === '1' ? wanted.map(itemAnswer) : []);
  } else if (pathname.endsWith('/actions/runs')) {
    const newestFirst = runs.toReversed().map(runAnswer);
    send({ workflow_runs: searchParams.get('page') === '1' ? newestFirst : [], total_count: runs.length });
  } else send({ id: 1, full_name: 'team/app', has_issues: true, has_pull_requests: true, has_actions: true });
}

function itemAnswer({ number, opened, closed, isChange = false, label = '' }: Item): object {
  const closedAt = closed === undefined ? null : hoursAgo(closed);
  const isMerged = closedAt !== null;
  return {
    number,
    state: closedAt === null ? 'open' : 'closed',
    created_at: hoursAgo(opened),
    updated_at: closedAt ?? hoursAgo(opened),
    closed_at: closedAt,
    labels: label.split(',').flatMap((name) => (name === '' ? [] : [{ name }])),
    ...(isChange ? { pull_request: { merged: isMerged, merged_at: closedAt } } : {}),
  };
}

/** Of a run that has not ended Gitea says that it ended in 1970. */
function runAnswer({ id, started, seconds, conclusion }: Run): object {
  return {
    id,
    path: 'ci.yaml@refs/heads/main',
    status: conclusion === undefined ? 'in_progress' : 'completed',
    conclusion,
    started_at: hoursAgo(started),
    completed_at: seconds === undefined ? '1970-01-01T00:00:00Z' : hoursAgo(started - seconds / 3600),
  };
}

/** Of one clock for all answers, in the middle of a second: a run takes as long as it is said to. */
const now = Math.floor(Date.now() / 1000) * 1000 + 500;

function hoursAgo(hours: number): string {
  return `${new Date(now - hours * 3_600_000).toISOString().slice(0, 19)}Z`;
}
