import { expect, test } from 'vitest';
import type { KnownIssue } from '../life/own-issues.ts';
import type { HeldAlerts } from './held-alerts.ts';
import { Reconciler } from './reconciler.ts';

const NOTHING: HeldAlerts = { alerts: [], isBelieved: true, problems: [], isAnswered: true };

function firing(number: number): KnownIssue {
  return {
    number,
    isOpen: true,
    createdMs: 0,
    closedMs: undefined,
    record: {
      key: `k${number}`,
      source: 's',
      receiver: 'r',
      groupLabels: {},
      state: 'firing',
      fingerprints: [`${number}`],
      setDigest: 'd',
      sinceMs: 0,
      writtenMs: 0,
    },
  };
}

test('an old list of alerts ends nothing: what is not in it may fire again', async () => {
  let nowMs = 0;
  const ended: number[] = [];
  const known = [1, 2, 3].map(firing);
  const reconciler = new Reconciler({
    issues: { all: () => known, of: () => ({ open: [], closed: undefined }), nowMs: () => nowMs },
    keeper: {
      settleTwins: async () => ({ kind: 'kept' }),
      // Gitea hangs.
      withIssue: async ({ number }) => {
        ended.push(number);
        nowMs += 20_000;
        return { kind: 'failed', failure: { kind: 'timeout', timeoutMs: 20_000 } };
      },
    },
    writer: {
      isByPerson: async () => false,
      closeResolved: async () => ({ kind: 'kept' }),
      end: async () => ({ kind: 'kept' }),
    },
    source: 's',
    graceMs: 1_000,
    onReconciled: () => {},
    nowMs: () => nowMs,
  });
  await reconciler.endGone(NOTHING);
  expect(ended).toEqual([]);
  nowMs += 1_000;
  await reconciler.endGone(NOTHING);
  expect(ended).toEqual([1, 2]);
});
