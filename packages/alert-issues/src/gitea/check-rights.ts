/** Finds out before the first alert whether the token may do all that will be asked of it, and names what it may not. */
import { listOf, objectOf, textOf, wholeNumberOf } from '../read-value.ts';
import type { AskGitea } from './gitea-client.ts';
import { describeGiteaFailure, type GiteaFailure, isPassing } from './gitea-failure.ts';
import { repositoryPath } from './issue-repository.ts';
import { readList } from './read-list.ts';

/** What the receiver may do. */
export type Rights =
  | { readonly kind: 'ready'; readonly login: string; readonly labelIds: readonly number[] }
  /** What somebody has to change. */
  | { readonly kind: 'wrong'; readonly problem: string }
  /** It may be well by itself. */
  | { readonly kind: 'away'; readonly problem: string };

/** Asks Gitea. It changes nothing there. */
export async function checkRights(
  ask: AskGitea,
  repository: string,
  labels: readonly string[],
): Promise<Rights> {
  const user = await ask({ method: 'GET', path: '/user', parse: parseLogin });
  if (user.kind !== 'answer') return problemOf(user, 'who the token belongs to cannot be read', 'read:user');
  const path = repositoryPath(repository);
  const found = await ask({ method: 'GET', path, parse: parseRepository });
  if (found.kind !== 'answer') {
    return problemOf(found, `the repository ${repository} cannot be read`, 'read:repository');
  }
  const fault = repositoryFault(found.value, repository, labels);
  if (fault !== undefined) return { kind: 'wrong', problem: fault };
  const writing = await mayWrite(ask, path);
  if (writing !== undefined) {
    return problemOf(writing, `issues of ${repository} cannot be written`, 'write:issue');
  }
  if (labels.length === 0) return { kind: 'ready', login: user.value, labelIds: [] };
  return labelled(ask, path, found.value, user.value, labels);
}

interface RepositoryAnswer {
  readonly fullName: string;
  readonly owner: string;
  readonly hasIssues: boolean;
  readonly isArchived: boolean;
  readonly mayPush: boolean;
}

function parseRepository(body: unknown): RepositoryAnswer {
  const given = objectOf(body, 'the repository');
  const permissions = objectOf(given['permissions'] ?? {}, 'permissions');
  const owner = objectOf(given['owner'], 'owner');
  return {
    fullName: textOf(given['full_name'], 'full_name'),
    owner: textOf(owner['login'], 'owner.login'),
    hasIssues: given['has_issues'] === true,
    isArchived: given['archived'] === true,
    mayPush: permissions['push'] === true || permissions['admin'] === true,
  };
}

function parseLogin(body: unknown): string {
  return textOf(objectOf(body, 'the user')['login'], 'login');
}

function repositoryFault(
  { fullName, hasIssues, isArchived, mayPush }: RepositoryAnswer,
  repository: string,
  labels: readonly string[],
): string | undefined {
  if (fullName.toLowerCase() !== repository.toLowerCase()) {
    return `the repository ${repository} is called ${fullName} now: name that with --repository`;
  }
  if (!hasIssues) return `the repository ${repository} has no issues: turn them on in its settings`;
  if (isArchived) return `the repository ${repository} is archived: nobody can open an issue there`;
  if (labels.length > 0 && !mayPush) {
    return `the token's user may not set labels in ${repository}, and Gitea would drop them without a word: give it the right to write, or leave out --label`;
  }
  return undefined;
}

/** An issue without a title is refused, but only to whom an issue with one would not be. */
async function mayWrite(ask: AskGitea, path: string): Promise<GiteaFailure | undefined> {
  const refused = await ask({
    method: 'POST',
    path: `${path}/issues`,
    body: { title: '' },
    parse: () => undefined,
  });
  const isAllowed = refused.kind === 'answer' || (refused.kind === 'refused' && refused.status === 422);
  return isAllowed ? undefined : refused;
}

async function labelled(
  ask: AskGitea,
  path: string,
  { owner }: RepositoryAnswer,
  login: string,
  labels: readonly string[],
): Promise<Rights> {
  const own = await readList({ ask, path: `${path}/labels?`, ...LABELS });
  if (own.kind !== 'list') return problemOf(own, 'the labels of the repository cannot be read', 'read:issue');
  // A user's repository has no labels of an organisation, and a token need not read organisations.
  const shared = await readList({ ask, path: `/orgs/${encodeURIComponent(owner)}/labels?`, ...LABELS });
  const known = [...own.entries, ...(shared.kind === 'list' ? shared.entries : [])];
  const ids = labels.map((name) => known.find((label) => label.name === name)?.id);
  const missing = labels.filter((_, index) => ids[index] === undefined);
  if (missing.length > 0) {
    const problem = `there is no label ${missing.map((name) => JSON.stringify(name)).join(', ')} in the repository: make it there, or change --label`;
    return { kind: 'wrong', problem };
  }
  return { kind: 'ready', login, labelIds: ids.filter((id) => id !== undefined) };
}

interface Label {
  readonly id: number;
  readonly name: string;
}

const LABELS = {
  parse: (body: unknown): readonly Label[] =>
    listOf(body ?? [], 'the list of labels').map((each) => {
      const given = objectOf(each, 'a label');
      return { id: wholeNumberOf(given['id'], 'id'), name: textOf(given['name'], 'name') };
    }),
  keyOf: ({ id }: Label): number => id,
};

function problemOf(failure: GiteaFailure, what: string, scope: string): Rights {
  const needed = failure.kind === 'forbidden' ? `; the token needs ${scope}` : '';
  const problem = `${what}${needed}: ${describeGiteaFailure(failure)}`;
  return { kind: isPassing(failure) ? 'away' : 'wrong', problem };
}
