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
  edit(number: number, body: string): Answered<Issue>;
  setOpen(number: number, isOpen: boolean): Answered<Issue>;
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
    edit: (number, body) => patch(number, { body }),
    setOpen: (number, isOpen) => patch(number, { state: isOpen ? 'open' : 'closed' }),
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

function parseComment(body: unknown): IssueComment {
  const given = objectOf(body, 'a comment');
  return {
    id: wholeNumberOf(given['id'], 'id'),
    body: textOf(given['body'] ?? '', 'body'),
    url: textOf(given['html_url'] ?? '', 'html_url'),
  };
}
