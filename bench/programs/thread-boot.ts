/** How long any worker thread takes until its first line runs: the floor under a delivery that starts with the process. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { say } from './say.ts';

const source = `require('node:worker_threads').parentPort.postMessage(0)`;
const startedMs = performance.now();
const worker = new Worker(source, { eval: true, execArgv: [], env: {} });
const madeMs = performance.now();
await once(worker, 'message');
say({ makeMs: madeMs - startedMs, bootMs: performance.now() - startedMs });
process.exit(0);
