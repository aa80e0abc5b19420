/** What a watch waits for, and what ends it. */
import { expect, test } from 'vitest';
import { isConnectionLost } from '../src/database/connection-lost.ts';

const error = (message: string, fields: object): Error => Object.assign(new Error(message), fields);

test.each([
  ['a socket that is gone while the server restarts', { code: 'ENOENT', syscall: 'connect' }, true],
  ['a file that is not there', { code: 'ENOENT', syscall: 'open' }, false],
  ['a statement that took too long', { code: '57014' }, true],
  ['a lock that took too long', { code: '55P03' }, true],
  ['a standby that takes no writes', { code: '25006' }, true],
  ['a server that shuts down', { code: '57P01' }, true],
  ['a table that is not there', { code: '42P01' }, false],
  ['a right that is not there', { code: '42501' }, false],
])('%s', (_, fields, isLost) => {
  expect(isConnectionLost(error('refused', fields))).toBe(isLost);
});

test('a standby that gives no locks is waited for, another state of an object is not', () => {
  const standby =
    'cannot acquire lock mode ShareRowExclusiveLock on database objects while recovery is in progress';
  expect(isConnectionLost(error(standby, { code: '55000' }))).toBe(true);
  expect(isConnectionLost(error('cannot insert into view "events_outbox"', { code: '55000' }))).toBe(false);
});
