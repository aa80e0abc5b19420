import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { branchKind, isTreeChanged, runOrigin } from './run-origin.ts';

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
  expect(runOrigin({}, git)).toEqual({ commit: 'c0ffee', branch: 'topic', isOfGit: true });
});

test('files that differ from the commit are seen, but not those that the run wrote', () => {
  using directory = temporaryDirectory();
  const path = (name: string): string => join(directory.path, name);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', directory.path, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
    }).trimEnd();
  const isChanged = (...own: readonly string[]): boolean => isTreeChanged(own.map(path), git);
  git('init', '--quiet');
  writeFileSync(path('a.py'), 'one');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  expect(isChanged()).toBe(false);
  mkdirSync(path('out'));
  writeFileSync(path('out/a b.xml'), '');
  expect(isChanged()).toBe(true);
  expect(isChanged('out')).toBe(false);
  expect(isChanged('out/a b.xml')).toBe(false);
  writeFileSync(path('new.py'), '');
  expect(isChanged('out')).toBe(true);
  writeFileSync(path('a.py'), 'two');
  expect(isChanged('out', 'new.py')).toBe(true);
});

test('where git does not answer, everything may have been changed', () => {
  expect(isTreeChanged([], noGit)).toBe(true);
});
