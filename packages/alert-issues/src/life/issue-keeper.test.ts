/** How often Gitea is asked on the way from news to an issue. */
import { expect, test } from 'vitest';
import type { GiteaAnswer } from '../gitea/gitea-client.ts';
import type { Issue, IssueRepository } from '../gitea/issue-repository.ts';
import { resolvedBlock } from '../issue/issue-words.ts';
import { DeferredGroups } from './deferred-groups.ts';
import { IssueKeeper } from './issue-keeper.ts';
import { IssueWriter } from './issue-writer.ts';
import { firingRecord, type News } from './news.ts';
import { OwnIssues } from './own-issues.ts';

const OVER = { isFiring: false, fingerprint: 'aa', labels: {}, annotations: {}, startsMs: 1, endsMs: 9 };
const RESOLVED: News = {
  ...{ key: 'k', source: 's', receiver: 'r', groupLabels: {}, commonLabels: {}, groupKey: '', truncated: 0 },
  alerts: [OVER],
  firing: [],
};

function answer<Value>(value: Value): Promise<GiteaAnswer<Value>> {
  return Promise.resolve({ kind: 'answer', value, total: undefined, nowMs: undefined });
}

/** A repository with one issue, whose text says that nothing fires, and that is still open. */
function leftOpen(asked: string[]): IssueRepository {
  const record = { ...firingRecord(RESOLVED, 1, 1), state: 'resolved', untilMs: 9 } as const;
  const urls = { url: 'http://git/1', createdMs: 1, closedMs: undefined };
  let issue: Issue = { number: 1, isOpen: true, body: resolvedBlock(record), ...urls };
  const unexpected = (): never => {
    throw new Error('nobody should ask for this');
  };
  return {
    list: async () => ({ kind: 'list', entries: [issue], nowMs: undefined }),
    read: () => answer(issue),
    edit: (_, { isOpen = issue.isOpen }) => {
      asked.push(isOpen ? 'open' : 'close');
      issue = { ...issue, isOpen };
      return answer(issue);
    },
    stateChanges: async () => {
      asked.push('state changes');
      return { kind: 'list', entries: [], nowMs: undefined };
    },
    create: unexpected,
    comments: unexpected,
    comment: unexpected,
    removeComment: unexpected,
  };
}

test('who opened an issue is asked once before it is closed', async () => {
  const asked: string[] = [];
  const repository = leftOpen(asked);
  const issues = new OwnIssues({ repository, reopenWithinMs: 1_000 });
  const shared = { repository, issues, onAction: () => {} };
  const writer = new IssueWriter(shared);
  const deferred = new DeferredGroups(1_000);
  const keeper = new IssueKeeper({ ...shared, writer, deferred, issuesPerHour: 0 });
  expect(await keeper.keep(RESOLVED)).toEqual({ kind: 'kept' });
  expect(asked).toEqual(['state changes', 'close']);
});
