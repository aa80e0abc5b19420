import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import * as workerThreads from 'node:worker_threads';
import { expect, test } from 'vitest';
import { isMainThread, threadId } from './this-thread.ts';

test('this thread is known as node:worker_threads knows it', () => {
  expect({ isMainThread: isMainThread(), threadId: threadId() }).toEqual({
    isMainThread: workerThreads.isMainThread,
    threadId: workerThreads.threadId,
  });
});

test.each([
  ['a worker thread', ''],
  ['a worker thread whose host has replaced process.abort', 'process.abort = function abort() {};'],
  ['a worker thread whose host has taken process.abort away', 'process.abort = undefined;'],
])('%s knows that it is one', async (_, before) => {
  const module = JSON.stringify(new URL('./this-thread.ts', import.meta.url));
  const answer = `import(${module}).then((asked) => require('node:worker_threads').parentPort.postMessage([asked.isMainThread(), asked.threadId()]))`;
  const worker = new workerThreads.Worker(`${before}${answer}`, { eval: true });
  const { threadId: given } = worker;
  expect((await once(worker, 'message'))[0]).toEqual([false, given]);
});

test.each(['', 'process.abort = undefined;', 'process.abort = function abort() {};'])(
  'the main thread knows that it is one: %s',
  (before) => {
    const module = JSON.stringify(new URL('./this-thread.ts', import.meta.url));
    const script = `${before}import(${module}).then((asked) => console.log(asked.isMainThread(), asked.threadId()))`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toBe('true 0\n');
  },
);
