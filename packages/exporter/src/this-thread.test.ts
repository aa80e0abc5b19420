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

test('a worker thread knows that it is one, the main thread that it is not', async () => {
  const module = JSON.stringify(new URL('./this-thread.ts', import.meta.url));
  const script = `import(${module}).then((asked) => require('node:worker_threads').parentPort.postMessage([asked.isMainThread(), asked.threadId()]))`;
  const worker = new workerThreads.Worker(script, { eval: true });
  const { threadId: given } = worker;
  expect((await once(worker, 'message'))[0]).toEqual([false, given]);
});
