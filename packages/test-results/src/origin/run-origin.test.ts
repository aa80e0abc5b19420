import { expect, test } from 'vitest';
import { branchKind, runOrigin } from './run-origin.ts';

const noGit = (): undefined => undefined;
const GITHUB = { GITHUB_ACTIONS: 'true', GITHUB_SHA: 'c0ffee', GITHUB_REF_NAME: 'main' };
const GITLAB = { GITLAB_CI: 'true', CI_COMMIT_SHA: 'c0ffee', CI_COMMIT_REF_NAME: 'main' };

test.each([
  ['a push to the default branch, in GitHub or Gitea', GITHUB, 'default'],
  ['a push to the default branch, in GitLab', GITLAB, 'default'],
  ['a push to another branch', { ...GITHUB, GITHUB_REF_NAME: 'topic' }, 'change'],
  ["a fork's default branch into ours, in GitHub or Gitea", { ...GITHUB, GITHUB_HEAD_REF: 'main' }, 'change'],
  [
    'a pull request of which only the event is told',
    { ...GITHUB, GITHUB_EVENT_NAME: 'pull_request' },
    'change',
  ],
  [
    "a fork's default branch into ours, in GitLab",
    { ...GITLAB, CI_MERGE_REQUEST_IID: '7', CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'main' },
    'change',
  ],
  ['nothing', {}, 'unknown'],
])('the branch of %s is %s', (_, env, kind) => {
  expect(branchKind(runOrigin(env, noGit), 'main')).toBe(kind);
});

test('where no CI system says it, git is asked for commit and branch', () => {
  const git = (...args: readonly string[]): string => (args[0] === 'branch' ? 'topic' : 'c0ffee');
  expect(runOrigin({}, git)).toEqual({ commit: 'c0ffee', branch: 'topic' });
});
