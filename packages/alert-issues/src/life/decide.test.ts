import { expect, test } from 'vitest';
import type { IssueRecord } from '../issue/record.ts';
import { type DecidedIssue, decide } from './decide.ts';
import { firingRecord, firstStartOf, type News, setDigestOf } from './news.ts';

function newsOf(...fingerprints: readonly string[]): News {
  const firing = fingerprints.map((fingerprint) => ({
    isFiring: true,
    fingerprint,
    labels: {},
    annotations: {},
    startsMs: 1,
    endsMs: undefined,
  }));
  const group = { key: 'k', source: 's', receiver: 'r', groupLabels: {}, commonLabels: {} };
  const over = { isFiring: false, fingerprint: 'cc', labels: {}, annotations: {}, startsMs: 1, endsMs: 9 };
  return { ...group, groupKey: '', alerts: [...firing, over], truncated: 0, firing };
}

const FIRING: IssueRecord = firingRecord(newsOf('aa'), 1, 1);
const RESOLVED: IssueRecord = { ...FIRING, state: 'resolved', untilMs: 2 };

const NOW = 100;

const issue = (record: IssueRecord, isOpen: boolean, isByPerson = false): DecidedIssue => ({
  record,
  isOpen,
  isByPerson,
  nowMs: NOW,
});

test.each<[string, string[], DecidedIssue | undefined, string]>([
  ['fires, and there is no issue', ['aa'], undefined, 'open'],
  ['is resolved, and there is no issue', [], undefined, 'nothing'],
  ['fires as before', ['aa'], issue(FIRING, true), 'nothing'],
  ['fires with another alert', ['aa', 'bb'], issue(FIRING, true), 'change'],
  ['is resolved', [], issue(FIRING, true), 'resolve'],
  ['is resolved, and a person closed it', [], issue(FIRING, false, true), 'note-end'],
  ['fires, and a person closed it', ['aa'], issue(FIRING, false, true), 'nothing'],
  ['fires, and nobody closed it', ['aa'], issue(FIRING, false), 'set-state'],
  ['fires again', ['aa'], issue(RESOLVED, false), 'again'],
  ['fires again, and a person had opened it', ['aa'], issue(RESOLVED, true, true), 'again'],
  ['is resolved again', [], issue(RESOLVED, false), 'nothing'],
  ['is resolved, and a person opened it', [], issue(RESOLVED, true, true), 'nothing'],
  ['is resolved, and nobody opened it', [], issue(RESOLVED, true), 'set-state'],
])('a group that %s', (_, fingerprints, known, decision) => {
  expect(decide(newsOf(...fingerprints), known).kind).toBe(decision);
});

test.each([
  [5, 'nothing'],
  [20, 'resolve'],
])('a group whose alerts ended at %s, of an issue whose alerts began at 10', (endsMs, decision) => {
  const [alert] = newsOf('aa').alerts;
  if (alert === undefined) throw new Error('there is no alert');
  const news = { ...newsOf(), alerts: [{ ...alert, isFiring: false, endsMs }] };
  expect(decide(news, issue({ ...FIRING, sinceMs: 10 }, true)).kind).toBe(decision);
});

test('an end that comes late does not end what began after it, whether the set of alerts is another one or the same', () => {
  const began = (fingerprint: string, startsMs: number): News => {
    const news = newsOf(fingerprint);
    return { ...news, firing: news.firing.map((alert) => ({ ...alert, startsMs })) };
  };
  const [alert] = newsOf('aa').alerts;
  if (alert === undefined) throw new Error('there is no alert');
  const ended = (endsMs: number): News => ({ ...newsOf(), alerts: [{ ...alert, isFiring: false, endsMs }] });
  const first = firingRecord(began('aa', 10), 10, 10);
  for (const again of [began('aa', 30), began('bb', 30)]) {
    expect(decide(again, issue(first, true)).kind).toBe('change');
    const changed = issue(firingRecord(again, first.sinceMs, 30), true);
    expect(decide(again, changed).kind).toBe('nothing');
    expect(decide(ended(20), changed).kind).toBe('nothing');
    expect(decide(ended(40), changed).kind).toBe('resolve');
  }
  expect(decide(began('aa', 30), issue(first, true))).toEqual({ kind: 'change', isSilent: true });
  // One that was given an end and no start.
  expect(decide(began('aa', NOW + 1), issue(first, true)).kind).toBe('nothing');
  // Another Alertmanager, which knows since when it fires.
  expect(decide(began('aa', 5), issue(first, true)).kind).toBe('nothing');
});

test('a set of alerts is the same in whatever order it is told', () => {
  expect(setDigestOf(newsOf('bb', 'aa'))).toBe(setDigestOf(newsOf('aa', 'bb', 'aa')));
  expect(setDigestOf(newsOf('bb', 'aa'))).not.toBe(setDigestOf(newsOf('aa')));
});

test('an alert that is said to begin in the future begins now: what ends it is not of an earlier time', () => {
  const [alert] = newsOf('aa').firing;
  if (alert === undefined) throw new Error('there is no alert');
  expect(firstStartOf({ ...newsOf(), firing: [{ ...alert, startsMs: 3_600_000 }] }, 1_000)).toBe(1_000);
  expect(firstStartOf(newsOf('aa'), 1_000)).toBe(1);
});
