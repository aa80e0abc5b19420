/** The issues of one repository, as far as the receiver reads and writes them. */
import { listOf, momentOf, objectOf, textOf, wholeNumberOf } from '../read-value.ts';
import type { AskGitea, GiteaAnswer } from './gitea-client.ts';
import type { GiteaFailure } from './gitea-failure.ts';
import { readList } from './read-list.ts';

/** An issue as Gitea has it. */
export interface Issue {
  readonly number: number;
  readonly isOpen: boolean;
  readonly body: string;
  readonly url: string;
  readonly createdMs: number;
  readonly closedMs: number | undefined;
}

/** A comment of an issue. */
export interface IssueComment {
  readonly id: number;
  readonly body: string;
  readonly url: string;
}

/** That an issue was closed, or opened again. */
interface StateChange {
  readonly id: number;
  readonly isOpen: boolean;
  /** Whether the own user did it. */
  readonly isOwn: boolean;
  readonly ms: number;
}

/** What is listed. */
interface IssueFilter {
  readonly state: 'open' | 'closed' | 'all';
  /** Only those that changed since, by Gitea's clock. @default all of them */
  readonly sinceMs?: number | undefined;
}

type Answered<Value> = Promise<GiteaAnswer<Value> | GiteaFailure>;

/** Reads and writes issues. Every method asks Gitea anew. */
export interface IssueRepository {
  /** Those that the own user created. Never a search, whose index lags, nor by label, as unknown ones are dropped. */
  list(filter: IssueFilter): ReturnType<typeof readList<Issue>>;
  read(number: number): Answered<Issue>;
  create(issue: { readonly title: string; readonly body: string }): Answered<Issue>;
  /** In one request: nobody is killed between the text and the state. Where it cannot be closed, the text is written. */
  edit(number: number, change: { readonly body?: string; readonly isOpen?: boolean }): Answered<Issue>;
  /** Closed and opened again since then, by Gitea's clock; the last time is the last one. */
  stateChanges(number: number, sinceMs: number): ReturnType<typeof readList<StateChange>>;
  comments(number: number, sinceMs: number): Answered<readonly IssueComment[]>;
  comment(number: number, body: string): Answered<IssueComment>;
  removeComment(id: number): Answered<void>;
}

/** Options of {@link createIssueRepository}. */
export interface IssueRepositoryOptions {
  readonly ask: AskGitea;
  /** `owner/name`. */
  readonly repository: string;
  /** The login of the own user. */
  readonly login: string;
  /** Set on each new issue. */
  readonly labelIds: readonly number[];
}

/** Makes one. It asks nothing yet. */
export function createIssueRepository({
  ask,
  repository,
  login,
  labelIds,
}: IssueRepositoryOptions): IssueRepository {
  const issues = `${repositoryPath(repository)}/issues`;
  const patch = (number: number, body: object): Answered<Issue> =>
    ask({ method: 'PATCH', path: `${issues}/${number}`, body, parse: parseIssue });
  return {
    list: ({ state, sinceMs }) => {
      const since = sinceMs === undefined ? '' : `&since=${secondsText(sinceMs)}`;
      const mine = `created_by=${encodeURIComponent(login)}`;
      const path = `${issues}?state=${state}&type=issues&${mine}${since}`;
      return readList({ ask, path, parse: parseIssues, keyOf: ({ number }) => number });
    },
    read: (number) => ask({ method: 'GET', path: `${issues}/${number}`, parse: parseIssue }),
    create: (issue) =>
      ask({ method: 'POST', path: issues, body: { ...issue, labels: labelIds }, parse: parseIssue }),
    edit: (number, { body, isOpen }) =>
      patch(number, {
        ...(body === undefined ? {} : { body }),
        ...(isOpen === undefined ? {} : { state: isOpen ? 'open' : 'closed' }),
      }),
    stateChanges: async (number, sinceMs) => {
      const path = `${issues}/${number}/timeline?since=${secondsText(sinceMs)}`;
      const read = await readList({ ask, path, parse: parseTimeline, keyOf: ({ id }) => id });
      if (read.kind !== 'list') return read;
      const changes = read.entries.flatMap(({ id, type, login: who, ms }) =>
        type === 'close' || type === 'reopen'
          ? [{ id, isOpen: type === 'reopen', isOwn: who === login, ms }]
          : [],
      );
      return { ...read, entries: changes.sort((a, b) => a.id - b.id) };
    },
    comments: (number, sinceMs) =>
      ask({
        method: 'GET',
        path: `${issues}/${number}/comments?since=${secondsText(sinceMs)}`,
        parse: (body) => listOf(body ?? [], 'the list of comments').map(parseComment),
      }),
    comment: (number, body) =>
      ask({ method: 'POST', path: `${issues}/${number}/comments`, body: { body }, parse: parseComment }),
    removeComment: (id) =>
      ask({ method: 'DELETE', path: `${issues}/comments/${id}`, parse: () => undefined }),
  };
}

/** Below `/api/v1`. @param repository `owner/name` */
export function repositoryPath(repository: string): string {
  return `/repos/${repository.split('/').map(encodeURIComponent).join('/')}`;
}

/** Whole seconds: Gitea refuses others. */
function secondsText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function parseIssues(body: unknown): readonly Issue[] {
  return listOf(body ?? [], 'the list of issues').map(parseIssue);
}

function parseIssue(body: unknown): Issue {
  const given = objectOf(body, 'an issue');
  const closedAt = given['closed_at'] ?? undefined;
  return {
    number: wholeNumberOf(given['number'], 'number'),
    isOpen: textOf(given['state'], 'state') === 'open',
    body: textOf(given['body'] ?? '', 'body'),
    url: textOf(given['html_url'] ?? '', 'html_url'),
    createdMs: momentOf(given['created_at'], 'created_at'),
    closedMs: closedAt === undefined ? undefined : momentOf(closedAt, 'closed_at'),
  };
}

interface TimelineEntry {
  readonly id: number;
  readonly type: string;
  /** Undefined for a user who is gone. */
  readonly login: string | undefined;
  readonly ms: number;
}

function parseTimeline(body: unknown): readonly TimelineEntry[] {
  return listOf(body ?? [], 'the timeline').map((each) => {
    const given = objectOf(each, 'an entry of the timeline');
    const user = given['user'] ?? undefined;
    return {
      id: wholeNumberOf(given['id'], 'id'),
      type: textOf(given['type'], 'type'),
      login: user === undefined ? undefined : textOf(objectOf(user, 'user')['login'], 'login'),
      ms: momentOf(given['created_at'], 'created_at'),
    };
  });
}

function parseComment(body: unknown): IssueComment {
  const given = objectOf(body, 'a comment');
  return {
    id: wholeNumberOf(given['id'], 'id'),
    body: textOf(given['body'] ?? '', 'body'),
    url: textOf(given['html_url'] ?? '', 'html_url'),
  };
}
