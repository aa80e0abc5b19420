import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { waitFor } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { NO_OWNER, ownerState, ownOwner } from './owner.ts';

const own = ownOwner();
const [, , namespace] = own.split('-');

/** Field 22 of /proc/<pid>/stat, read in another way than the code under test. */
function startTicks(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')[19] ?? '';
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the child did not start');
  return child.pid;
}

test('this process is alive, a released file has no owner', () => {
  expect(own).toMatch(/^\d+-\d+-[A-Za-z0-9]+$/);
  expect(ownerState(own, own)).toBe('alive');
  expect(ownerState(NO_OWNER, own)).toBe('dead');
});

test.each(['nonsense', '1-2', `1-2-other`, ''])('"%s" is of another namespace: foreign', (owner) => {
  expect(ownerState(owner, own)).toBe('foreign');
});

test('a name that holds no process id is nobody', () => {
  expect(ownerState(`x-1-${namespace}`, own)).toBe('dead');
});

describe.skipIf(!existsSync('/proc/self/stat'))('where there is /proc', () => {
  test('another process is alive until it has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
    const owner = `${pidOf(child)}-${startTicks(pidOf(child))}-${namespace}`;
    expect(ownerState(owner, own)).toBe('alive');
    child.stdin.end();
    await once(child, 'exit');
    expect(ownerState(owner, own)).toBe('dead');
  });

  test('a run in a thread is dead when its thread is, although the process lives', async () => {
    const code = `
      const { parentPort } = require('node:worker_threads');
      parentPort.postMessage(require('node:fs').readlinkSync('/proc/thread-self').split('/').at(-1));
      setInterval(() => {}, 1000);`;
    const thread = new Worker(code, { eval: true });
    const [id] = await once(thread, 'message');
    expect(ownerState(`${own}-t${id}`, own)).toBe('alive');
    expect(ownerState(`${own}-t${id}-7`, own)).toBe('alive');
    expect(ownerState(`${own}-7`, own)).toBe('alive');
    await thread.terminate();
    await waitFor(() => ownerState(`${own}-t${id}`, own) === 'dead', { what: 'the thread to be gone' });
    expect(ownerState(`${own}-t${id}-7`, own)).toBe('dead');
  });

  test('a process id that was reused by a later process is not the owner', () => {
    const reused = `${process.pid}-${Number(startTicks(process.pid)) - 1}-${namespace}`;
    expect(ownerState(reused, own)).toBe('dead');
  });

  test('an owner whose start is unknown is believed to live as long as its id is taken', () => {
    expect(ownerState(`${process.pid}-0-${namespace}`, own)).toBe('alive');
  });

  test('a zombie is dead: nobody may ever reap it, but it will never write again', async () => {
    // The shell starts a child and becomes a program that reaps nobody; then the child may end.
    const command = 'head -c 1 <&3 >/dev/null & echo $!; exec cat';
    const parent = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] });
    const [line] = await once(parent.stdout ?? parent, 'data');
    const zombie = String(line).trim();
    const isCat = (): boolean => readFileSync(`/proc/${pidOf(parent)}/comm`, 'utf8') === 'cat\n';
    await waitFor(isCat, { what: 'the shell to become cat' });
    const gate = parent.stdio[3];
    if (gate instanceof Socket) gate.end('x');
    const stat = (): string => readFileSync(`/proc/${zombie}/stat`, 'utf8');
    await waitFor(() => stat().includes(') Z '), { what: 'the zombie' });
    expect(ownerState(`${zombie}-${startTicks(Number(zombie))}-${namespace}`, own)).toBe('dead');
    parent.stdin?.end();
    await once(parent, 'exit');
  });
});
