import { readdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ENDPOINTS_LIMIT, readEndpointMemory, rememberEndpoint } from './endpoint-memory.ts';
import { makePipe } from './fixtures/make-pipe.ts';

const URL = 'https://user:S3CRET@collector:4318/v1/metrics?key=S3CRET#S3CRET';

function spool(): { directory: string; files: () => string[] } {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return { directory: path, files: () => readdirSync(path).sort() };
}

test('remembers what is given, forgets what is undefined, and keeps the rest', () => {
  const { directory } = spool();
  expect(readEndpointMemory(directory, URL)).toBeUndefined();
  rememberEndpoint(directory, URL, { dedupeWindowSeconds: 86_400, answerMs: 12 });
  rememberEndpoint(directory, URL, { silentSinceUnixMs: 7, swallowedStatus: 200, answerMs: undefined });
  expect(readEndpointMemory(directory, URL)).toEqual({
    dedupeWindowSeconds: 86_400,
    silentSinceUnixMs: 7,
    swallowedStatus: 200,
  });
  rememberEndpoint(directory, URL, { silentSinceUnixMs: undefined, swallowedStatus: undefined });
  expect(readEndpointMemory(directory, URL)).toEqual({ dedupeWindowSeconds: 86_400 });
  expect(readEndpointMemory(directory, 'http://another:4318/v1/metrics')).toBeUndefined();
});

test('keeps no secret of the URL, for this user alone', () => {
  const { directory, files } = spool();
  rememberEndpoint(directory, URL, { answerMs: 1 });
  const [name = ''] = files();
  expect(name).toMatch(/^endpoint-[0-9a-f]{16}\.json$/);
  expect(readFileSync(join(directory, name), 'utf8')).not.toMatch(/S3CRET|user/);
  expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
});

test('what is known already is not written again', () => {
  const { directory, files } = spool();
  rememberEndpoint(directory, URL, { answerMs: 1 });
  const [name = ''] = files();
  utimesSync(join(directory, name), 5, 5);
  rememberEndpoint(directory, URL, { answerMs: 1 });
  expect(statSync(join(directory, name)).mtimeMs).toBe(5000);
  rememberEndpoint(directory, 'http://another/', { answerMs: undefined });
  expect(files()).toEqual([name]);
});

test(`of more than ${ENDPOINTS_LIMIT} endpoints those that were longest not written to are forgotten`, () => {
  const { directory, files } = spool();
  for (let i = 0; i < ENDPOINTS_LIMIT + 3; i += 1) {
    const before = files();
    rememberEndpoint(directory, `http://c${i}/`, { answerMs: 1 });
    const [added = ''] = files().filter((name) => !before.includes(name));
    utimesSync(join(directory, added), 1000 + i, 1000 + i);
  }
  expect(files()).toHaveLength(ENDPOINTS_LIMIT);
  expect(readEndpointMemory(directory, 'http://c2/')).toBeUndefined();
  expect(readEndpointMemory(directory, 'http://c3/')).toEqual({ answerMs: 1 });
});

test.each([
  ['no bytes', ''],
  ['no JSON', '{"endpoint":'],
  ['null', 'null'],
  ['another endpoint', '{"endpoint":"http://x/","answer_ms":1}'],
  ['more than such a file holds', ' '.repeat(5000)],
])('a file that holds %s says nothing, and is written anew', (_, text) => {
  const { directory, files } = spool();
  rememberEndpoint(directory, URL, { answerMs: 1 });
  const [name = ''] = files();
  writeFileSync(join(directory, name), text);
  expect(readEndpointMemory(directory, URL)).toBeUndefined();
  rememberEndpoint(directory, URL, { answerMs: 2 });
  expect(readEndpointMemory(directory, URL)).toEqual({ answerMs: 2 });
});

test('odd values in a file are not believed', () => {
  const { directory, files } = spool();
  rememberEndpoint(directory, 'http://c/', { answerMs: 1 });
  writeFileSync(
    join(directory, files()[0] ?? ''),
    '{"endpoint":"http://c/","dedupe_window_s":-1,"silent_since_unix_ms":1e999,"answer_ms":"5"}',
  );
  expect(readEndpointMemory(directory, 'http://c/')).toEqual({});
});

test('a pipe in its place hangs nobody and is replaced', () => {
  const { directory, files } = spool();
  rememberEndpoint(directory, URL, { answerMs: 1 });
  const [name = ''] = files();
  unlinkSync(join(directory, name));
  makePipe(join(directory, name));
  expect(readEndpointMemory(directory, URL)).toBeUndefined();
  rememberEndpoint(directory, URL, { answerMs: 2 });
  expect(readEndpointMemory(directory, URL)).toEqual({ answerMs: 2 });
});

test('a directory that is gone breaks nothing', () => {
  expect(() => rememberEndpoint('/nowhere/at/all', URL, { answerMs: 1 })).not.toThrow();
  expect(readEndpointMemory('/nowhere/at/all', URL)).toBeUndefined();
});
