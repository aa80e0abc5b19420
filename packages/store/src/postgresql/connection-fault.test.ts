/** What a watch waits for, and what ends it. */
import { expect, test } from 'vitest';
import { connectionFault, isConnectionLost } from './connection-fault.ts';

const error = (message: string, fields: object): Error => Object.assign(new Error(message), fields);

test.each([
  ['a socket that is gone while the server restarts', { code: 'ENOENT', syscall: 'connect' }, 'absence'],
  ['a file that is not there', { code: 'ENOENT', syscall: 'open' }, undefined],
  ['a statement that took too long', { code: '57014' }, 'timeout'],
  ['a lock that took too long', { code: '55P03' }, 'timeout'],
  ['a standby that takes no writes', { code: '25006' }, 'refusal'],
  ['a server that shuts down', { code: '57P01' }, 'absence'],
  ['a table that is not there', { code: '42P01' }, undefined],
  ['a right that is not there', { code: '42501' }, undefined],
  ['a startup parameter that a pooler does not know', { code: '08P01' }, 'refusal'],
  ['a server that starts', { code: '57P03' }, 'refusal'],
  ['too many connections', { code: '53300' }, 'refusal'],
  ['a full disk', { code: '53100' }, 'refusal'],
  ['a connection attempt without an answer', { code: 'ETIMEDOUT' }, 'timeout'],
  ['a port that nobody listens on', { code: 'ECONNREFUSED' }, 'absence'],
])('%s', (_, fields, fault) => {
  expect(connectionFault(error('refused', fields))).toBe(fault);
});

test('a standby that gives no locks is waited for, another state of an object is not', () => {
  const standby =
    'cannot acquire lock mode ShareRowExclusiveLock on database objects while recovery is in progress';
  expect(isConnectionLost(error(standby, { code: '55000' }))).toBe(true);
  expect(isConnectionLost(error('cannot insert into view "events_outbox"', { code: '55000' }))).toBe(false);
});
