/** What is a secret is taken out, what is a word stays, and no text takes long. */
import { expect, test } from 'vitest';
import { redactSecrets } from './redact-secrets.ts';

test.each([
  ['invalid key sk-proj-abcdefghij0123456789', 'invalid key [redacted]'],
  ['push with ghp_abcdefghijklmnopqrstuvwxyz0123456789 failed', 'push with [redacted] failed'],
  ['AKIAIOSFODNN7EXAMPLE is not allowed', '[redacted] is not allowed'],
  ['Authorization: Bearer abcdef.1234567890-xyz', 'Authorization: Bearer [redacted]'],
  ['got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl back', 'got [redacted] back'],
  ['cannot reach postgres://ann:s3cret@db:5432/x', 'cannot reach postgres://[redacted]@db:5432/x'],
  ['https://token@host/path', 'https://[redacted]@host/path'],
  ['password=hunter2 is wrong', 'password=[redacted] is wrong'],
  ['connect with api_key="abcdef" failed', 'connect with api_key="[redacted]" failed'],
  ['client_secret: "very secret"', 'client_secret: "very secret"'],
  ['client_secret: "verysecret"', 'client_secret: [redacted]'],
  ['a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb', 'a\n[redacted]\nb'],
  ['cut -----BEGIN PRIVATE KEY-----\nMIIE', 'cut [redacted]'],
])('%s', (given, expected) => {
  const { text, count } = redactSecrets(given);
  expect(text).toBe(expected);
  expect(count).toBe(given === expected ? 0 : 1);
  expect(redactSecrets(text)).toEqual({ text, count: 0 });
});

test.each([
  'token expired',
  'password: incorrect',
  'invalid token: missing header',
  'basic authentication is required',
  'ask-for-a-longer-name is not a command',
  'user@example.org at https://example.org/a?b=c',
])('%s holds none', (text) => {
  expect(redactSecrets(text)).toEqual({ text, count: 0 });
});

test.each([
  ['keys that never end', '-----BEGIN PRIVATE KEY-----'.repeat(8000)],
  ['beginnings of tokens', 'eyJaaaaa.'.repeat(20_000)],
  ['joined beginnings', '-eyJ'.repeat(50_000)],
  ['names of keys', 'sk-'.repeat(60_000)],
  ['URLs', '://'.repeat(60_000)],
  ['passwords', 'password='.repeat(20_000)],
  ['colons', 'token:'.repeat(30_000)],
  ['bearers', 'bearer '.repeat(25_000)],
  ['one long word', 'a'.repeat(200_000)],
])('%s take no longer than their length', (_, hostile) => {
  const time = (text: string): number => {
    const before = process.cpuUsage();
    redactSecrets(text);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const part = hostile.slice(0, hostile.length / 16);
  time(part);
  // What is quadratic takes 256 times as long.
  expect(time(hostile)).toBeLessThan(64 * time(part) + 50_000);
});
