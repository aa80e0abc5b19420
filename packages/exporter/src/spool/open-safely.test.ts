import {
  chownSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { makePipe } from './fixtures/make-pipe.ts';
import { openSafely, readSafely } from './open-safely.ts';

const { O_CREAT, O_RDONLY, O_WRONLY } = constants;
const isRoot = process.getuid?.() === 0;

function place(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return join(path, 'file');
}

/** What opening says. */
function faultOf(path: string, flags: number): string {
  try {
    closeSync(openSafely(path, flags));
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test('opens a file, or makes one for this user alone', () => {
  const path = place();
  expect(faultOf(path, O_RDONLY)).toContain('ENOENT');
  expect(faultOf(path, O_WRONLY | O_CREAT)).toBe('none');
  writeFileSync(path, 'text');
  expect(readSafely(path, 4).toString()).toBe('text');
  expect(() => readSafely(path, 3)).toThrow(`EFBIG: ${path} has 4 bytes, at most 3 are read`);
});

test.each([
  ['to read', O_RDONLY, /^EFTYPE: .* is a pipe, not a file; remove it$/],
  // Nobody reads from it: the system itself refuses.
  ['to write', O_WRONLY | O_CREAT, /^ENXIO/],
])('a pipe is refused at once, opened %s', (_, flags, expected) => {
  const path = place();
  makePipe(path);
  expect(faultOf(path, flags)).toMatch(expected);
});

test('a pipe that somebody reads from gets nothing', () => {
  const path = place();
  makePipe(path);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  expect(faultOf(path, O_WRONLY)).toContain('is a pipe, not a file');
  closeSync(reader);
});

test('a directory, a device and a socket are refused', async () => {
  const path = place();
  mkdirSync(path);
  expect(faultOf(path, O_RDONLY)).toContain('is a directory, not a file');
  expect(faultOf('/dev/null', O_RDONLY)).toContain('is a device, not a file');
  const server = createServer().listen(`${path}.socket`);
  onTestFinished(() => void server.close());
  expect(faultOf(`${path}.socket`, O_RDONLY)).toMatch(/ENXIO|EOPNOTSUPP|socket/);
});

test('a symbolic link is not followed', () => {
  const path = place();
  writeFileSync(path, '');
  symlinkSync(path, `${path}.link`);
  expect(faultOf(`${path}.link`, O_RDONLY)).toContain('ELOOP');
});

test('a file with a second name is read, but not written', () => {
  const path = place();
  writeFileSync(path, 'text');
  linkSync(path, `${path}.other`);
  expect(faultOf(path, O_RDONLY)).toBe('none');
  expect(faultOf(path, O_WRONLY)).toContain('has 2 names (hard links)');
});

test.skipIf(!isRoot)('the file of another user is refused', () => {
  const path = place();
  writeFileSync(path, '');
  chownSync(path, 12_345, 12_345);
  expect(faultOf(path, O_RDONLY)).toContain('belongs to user 12345, not 0');
});
