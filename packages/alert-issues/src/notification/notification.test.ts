import { expect, test } from 'vitest';
import { newsOf } from '../life/news.ts';
import { keyOf } from './identity.ts';
import { readNotification } from './notification.ts';

const ALERT = {
  status: 'firing',
  labels: { alertname: 'A' },
  annotations: {},
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  fingerprint: 'f00d',
};
const BODY = {
  version: '4',
  receiver: 'p2',
  groupLabels: { alertname: 'A' },
  commonLabels: {},
  alerts: [ALERT],
};

const read = (body: unknown) => readNotification(Buffer.from(JSON.stringify(body)), 'here');

test.each([
  ['{', 'the body is no JSON in UTF-8'],
  ['[]', 'the body is []; allowed: an object'],
  [{ ...BODY, version: '3' }, 'version is "3"; allowed: "4", as Alertmanager sends it'],
  [{ ...BODY, receiver: 1 }, 'receiver is 1; allowed: a text'],
  [{ ...BODY, receiver: 'r'.repeat(501) }, 'receiver has 501 characters; allowed: 500'],
  [{ ...BODY, groupLabels: { a: 1 } }, 'groupLabels.a is 1; allowed: a text'],
  [{ ...BODY, alerts: [] }, 'alerts is empty; allowed: one alert or more'],
  [
    { ...BODY, alerts: [{ ...ALERT, status: 'maybe' }] },
    'alerts[0].status is "maybe"; allowed: "firing", "resolved"',
  ],
  [{ ...BODY, alerts: [{ ...ALERT, startsAt: 'soon' }] }, 'alerts[0].startsAt is "soon"; allowed: a time'],
  [
    { ...BODY, alerts: [{ ...ALERT, fingerprint: 'no!' }] },
    'alerts[0].fingerprint is no text of 1 to 64 hexadecimal digits',
  ],
])('%j is told what is wrong with it', (body, problem) => {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  expect(readNotification(bytes, 'here')).toEqual({ kind: 'unreadable', problem });
});

test('bytes that are no UTF-8 are no notification', () => {
  expect(readNotification(Buffer.from([0x22, 0xff, 0x22]), 'here')).toMatchObject({ kind: 'unreadable' });
});

test('a label called __proto__ is a label like any other', () => {
  const outcome = readNotification(
    Buffer.from(JSON.stringify(BODY).replace('"groupLabels":{', '"groupLabels":{"__proto__":"x",')),
    'here',
  );
  if (outcome.kind !== 'notification') throw new Error(outcome.problem);
  expect(Object.entries(outcome.notification.groupLabels)).toContainEqual(['__proto__', 'x']);
});

test('the order of labels makes no other group; source, receiver and every label do', () => {
  const group = { source: 's', receiver: 'r', groupLabels: { a: '1', b: '2' } };
  const key = keyOf(group);
  expect(keyOf({ ...group, groupLabels: { b: '2', a: '1' } })).toBe(key);
  const others = [
    keyOf({ ...group, source: 't' }),
    keyOf({ ...group, receiver: 't' }),
    keyOf({ ...group, groupLabels: { a: '1', b: '3' } }),
    keyOf({ ...group, groupLabels: { a: '1b', '': '2' } }),
    keyOf({ source: 's', receiver: 'r', groupLabels: {} }),
  ];
  expect(new Set([key, ...others]).size).toBe(6);
});

test('a group whose alerts were left out is not over because those that are told are', () => {
  const resolved = { ...ALERT, status: 'resolved', endsAt: '2026-01-01T01:00:00Z' };
  const told = (more: object) => {
    const outcome = read({ ...BODY, alerts: [resolved], ...more });
    if (outcome.kind !== 'notification') throw new Error(outcome.problem);
    return newsOf(outcome.notification)?.firing;
  };
  expect(told({ truncatedAlerts: 3 })).toBeUndefined();
  expect(told({ truncatedAlerts: 0 })).toEqual([]);
});
