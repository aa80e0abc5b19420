/** Where a run comes from: its commit, its branch and its name, from what a CI system sets and from git. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { BranchKind } from '../recording/record-run.ts';

/** What is known of where a run comes from. Texts are hostile wherever they are shown. */
export interface RunOrigin {
  readonly commit?: string;
  readonly branch?: string;
  /** Whether a pull or merge request is tested: its branch may be called as the default branch, as in a fork. */
  readonly isChange?: boolean;
  /** Whether git says it: files may have been changed since. */
  readonly isOfGit?: boolean;
  /** Names this run of the CI system. */
  readonly runId?: string;
}

/**
 * Whether files differ from the commit that git has checked out, those aside that this run wrote itself.
 *
 * @param own absolute paths of reports and the like: files, or folders with all that is in them
 * @returns true also when git does not answer: nobody knows then what was tested
 */
export function isTreeChanged(own: readonly string[], git: AskGit = askGit): boolean {
  const root = git('rev-parse', '--show-toplevel');
  const status = git('status', '--porcelain', '-z', '--untracked-files=all', '--no-renames');
  if (root === undefined || status === undefined) return true;
  const paths = status.split('\0').filter((entry) => entry !== '');
  return paths.some((entry) => {
    const path = join(root, entry.slice(STATUS_CHARACTERS));
    return !own.some((each) => path === each || path.startsWith(`${each}/`));
  });
}

/** `?? `, ` M `. */
const STATUS_CHARACTERS = 3;

type Environment = Readonly<Record<string, string | undefined>>;

/** Asks git in the working directory; undefined when it does not answer. */
export type AskGit = (...args: readonly string[]) => string | undefined;

/** GitHub and Gitea Actions, GitLab CI, then git. */
export function runOrigin(env: Environment, git: AskGit = askGit): RunOrigin {
  const found = ofActions(env) ?? ofGitLab(env) ?? {};
  return {
    ...found,
    ...text('commit', found.commit ?? git('rev-parse', 'HEAD')),
    ...text('branch', found.branch ?? git('branch', '--show-current')),
    ...(found.commit === undefined ? { isOfGit: true } : {}),
  };
}

/** What the label says of where a run comes from. */
export function branchKind({ branch, isChange }: RunOrigin, defaultBranch: string): BranchKind {
  if (isChange === true) return 'change';
  if (branch === undefined) return 'unknown';
  return branch === defaultBranch ? 'default' : 'change';
}

/** Gitea sets the variables of GitHub too. A pull request is tested on a branch of its own, whatever it is merged into. */
function ofActions(env: Environment): RunOrigin | undefined {
  if (given(env['GITHUB_ACTIONS']) === undefined && given(env['GITEA_ACTIONS']) === undefined)
    return undefined;
  const parts = [
    'GITHUB_SERVER_URL',
    'GITHUB_REPOSITORY',
    'GITHUB_RUN_ID',
    'GITHUB_RUN_ATTEMPT',
    'GITHUB_JOB',
  ];
  return {
    ...text('commit', env['GITHUB_SHA']),
    ...text('branch', given(env['GITHUB_HEAD_REF']) ?? env['GITHUB_REF_NAME']),
    ...change(given(env['GITHUB_HEAD_REF']) !== undefined || isPullRequest(env['GITHUB_EVENT_NAME'])),
    ...(given(env['GITHUB_RUN_ID']) === undefined
      ? {}
      : { runId: parts.map((name) => env[name] ?? '').join(' ') }),
  };
}

function ofGitLab(env: Environment): RunOrigin | undefined {
  if (given(env['GITLAB_CI']) === undefined) return undefined;
  const parts = ['CI_SERVER_URL', 'CI_PROJECT_PATH', 'CI_JOB_ID'];
  return {
    ...text('commit', env['CI_COMMIT_SHA']),
    ...text('branch', given(env['CI_MERGE_REQUEST_SOURCE_BRANCH_NAME']) ?? env['CI_COMMIT_REF_NAME']),
    ...change(given(env['CI_MERGE_REQUEST_IID']) !== undefined),
    ...(given(env['CI_JOB_ID']) === undefined
      ? {}
      : { runId: parts.map((name) => env[name] ?? '').join(' ') }),
  };
}

/** `pull_request`, `pull_request_target` and their kin. */
function isPullRequest(event: string | undefined): boolean {
  return event?.startsWith('pull_request') === true;
}

function change(isChange: boolean): Pick<RunOrigin, 'isChange'> {
  return isChange ? { isChange } : {};
}

function text<Key extends string>(key: Key, value: string | undefined): { [Name in Key]?: string } {
  const known: { [Name in Key]?: string } = {};
  if (value !== undefined && value !== '') known[key] = value;
  return known;
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

const GIT_LIMIT_MS = 2000;

const askGit: AskGit = (...args) => {
  try {
    const answer = execFileSync('git', [...args], {
      encoding: 'utf8',
      timeout: GIT_LIMIT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return answer.replace(/\n$/, '');
  } catch {
    return undefined;
  }
};
