/** A directory has one user at a time, wherever the second one is, and none once its user is dead. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { DirectoryInUse, lockDirectory } from './directory-lock.ts';

const PROGRAM = `
  import { lockDirectory } from ${JSON.stringify(join(import.meta.dirname, 'directory-lock.ts'))};
  await lockDirectory(process.argv[1], 'PGlite');
  process.stdout.write('locked');
  setInterval(() => {}, 1_000_000);`;

const canUnshare = spawnSync('unshare', ['--net', 'true']).status === 0;

const AROUND: readonly (readonly [string, readonly string[]])[] = [
  ['of this machine', []],
  ...(canUnshare
    ? [['of another network namespace, as of another container', ['unshare', '--net']] as const]
    : []),
];

test.each(AROUND)(
  'keeps out a process %s, says who has it, and is free when that is killed',
  async (_, around) => {
    const directory = newDirectory();
    const [command = '', ...args] = [
      ...around,
      process.execPath,
      '--input-type=module',
      '--eval',
      PROGRAM,
      directory,
    ];
    const user = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void user.kill('SIGKILL'));
    await once(user.stdout, 'data');
    await expect(lockDirectory(directory, 'PGlite')).rejects.toBeInstanceOf(DirectoryInUse);
    await expect(lockDirectory(directory, 'PGlite')).rejects.toThrow(`open (process ${user.pid}, started 2`);
    user.kill('SIGKILL');
    await once(user, 'exit');
    await (await lockDirectory(directory, 'PGlite')).unlock();
  },
);

test('a second try of the same process neither takes the lock nor gives it up', async () => {
  const directory = newDirectory();
  const { unlock } = await lockDirectory(directory, 'PGlite');
  await expect(lockDirectory(directory, 'PGlite')).rejects.toBeInstanceOf(DirectoryInUse);
  await expect(lockDirectory(directory, 'PGlite')).rejects.toBeInstanceOf(DirectoryInUse);
  await unlock();
  await (await lockDirectory(directory, 'PGlite')).unlock();
});

test('what a holder that was killed has noted keeps nobody out, and a note in another form is not shown', async () => {
  const directory = newDirectory();
  const note = { pid: process.ppid, started_at: '2026-01-01T00:00:00Z', host: 'elsewhere' };
  writeFileSync(join(directory, 'ephemetry.holder'), JSON.stringify(note));
  const { unlock } = await lockDirectory(directory, 'PGlite');
  writeFileSync(join(directory, 'ephemetry.holder'), '{"pid":"\u001b[2J"}');
  await expect(lockDirectory(directory, 'PGlite')).rejects.toThrow('in it open, and PGlite');
  await expect(lockDirectory(directory, 'DuckDB')).rejects.toThrow('in it open, and DuckDB');
  await unlock();
});

test('a link where the lock is to be is refused', async () => {
  const directory = newDirectory();
  symlinkSync('/dev/null', join(directory, 'ephemetry.lock'));
  await expect(lockDirectory(directory, 'PGlite')).rejects.toThrow('is not a regular file');
});

function newDirectory(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  const path = join(directory.path, 'database');
  mkdirSync(path);
  return path;
}
