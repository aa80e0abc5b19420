/**
 * Which thread this is. `node:worker_threads` knows, and takes as long to load as a spool to write, so a program that needs
 * it for nothing else is spared it: Node marks what a worker thread must not call, `process.abort` among it.
 */

/** Node lines that were looked at; any other is asked as its documentation says. */
const MARKING_LINES = [22, 24, 26];

/** Whether this is the main thread of its process. */
export function isMainThread(): boolean {
  return isMarking() ? !('disabled' in process.abort) : workerThreads().isMainThread;
}

/** The number of this thread within its process, 0 for the main one. */
export function threadId(): number {
  return isMainThread() ? 0 : workerThreads().threadId;
}

/** Not where a host has put something of its own in its place. */
function isMarking(): boolean {
  const { node, bun, deno } = process.versions;
  const isNode = bun === undefined && deno === undefined && MARKING_LINES.includes(Number.parseInt(node, 10));
  return isNode && typeof process.abort === 'function' && isOfNode(process.abort);
}

function isOfNode(abort: typeof process.abort): boolean {
  const isNative = abort.name === 'abort' && /\[native code\]/.test(Function.prototype.toString.call(abort));
  return isNative || 'disabled' in abort;
}

/** `node:worker_threads`, loaded when it is needed. */
export function workerThreads(): typeof import('node:worker_threads') {
  return process.getBuiltinModule('node:worker_threads');
}
