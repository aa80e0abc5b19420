import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { DeliveryFailure } from '../verdict.ts';
import { NOW_UNIX_MS, runIdOf } from './fixtures/spool-of.ts';
import { countRejected, keepRejected, rejectedFolder } from './rejected-folder.ts';

const KEEP_REJECTED = fileURLToPath(new URL('fixtures/keep-rejected.ts', import.meta.url));

const failure: DeliveryFailure = {
  kind: 'rejected',
  endpoint: 'http://c:4318/v1/metrics',
  status: 413,
  detail: 'too large',
};

function spool(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return path;
}

function keep(directory: string, offsetBytes: number, body = '{}'): void {
  keepRejected(
    directory,
    { runId: runIdOf(1), offsetBytes, body: Buffer.from(body) },
    failure,
    NOW_UNIX_MS + offsetBytes,
  );
}

test('keeps the batch with the reason, for its user alone', () => {
  const directory = spool();
  expect(countRejected(directory)).toBe(0);
  keep(directory, 7, '{"resourceMetrics":[]}');
  const folder = rejectedFolder(directory);
  const [name = ''] = readdirSync(folder);
  expect(name).toBe(`${NOW_UNIX_MS + 7}-${runIdOf(1)}-7.json`);
  expect(JSON.parse(readFileSync(join(folder, name), 'utf8'))).toEqual({
    rejectedAt: '2026-01-01T12:00:00.007Z',
    reason: 'http://c:4318/v1/metrics answered 413 too large',
    failure,
    batch: '{"resourceMetrics":[]}',
  });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  expect(countRejected(directory)).toBe(1);
});

test('keeps the 100 newest', () => {
  const directory = spool();
  for (let offset = 0; offset < 103; offset += 1) keep(directory, offset);
  const names = readdirSync(rejectedFolder(directory)).sort();
  expect(names).toHaveLength(100);
  expect(names[0]).toContain(`${NOW_UNIX_MS + 3}-`);
});

test('keeps 16 MiB, and always the newest however large', () => {
  const directory = spool();
  const large = 'x'.repeat(7 * 1024 * 1024);
  for (let offset = 0; offset < 4; offset += 1) keep(directory, offset, large);
  expect(
    readdirSync(rejectedFolder(directory))
      .sort()
      .map((name) => name.at(-6)),
  ).toEqual(['2', '3']);
  keep(directory, 4, 'x'.repeat(17 * 1024 * 1024));
  expect(countRejected(directory)).toBe(1);
});

test('drains that reject at the same time keep each batch, whoever removes the oldest', async () => {
  const directory = spool();
  const ends = [1, 2, 3].map(() => once(fork(KEEP_REJECTED, [directory, '400']), 'exit'));
  expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0]);
  expect(countRejected(directory)).toBe(100);
});

test('a link that leads nowhere hides no other file', () => {
  const directory = spool();
  keep(directory, 1);
  symlinkSync('/nowhere', join(rejectedFolder(directory), '0-link.json'));
  expect(countRejected(directory)).toBe(1);
});

test('fails when it cannot keep it, so that the batch counts as lost', () => {
  const directory = spool();
  writeFileSync(rejectedFolder(directory), 'a file is in the way');
  expect(() => keep(directory, 1)).toThrow('ENOTDIR');
});
