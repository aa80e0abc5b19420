/**
 * The delivery thread: a deliverer that the main thread can wait for asleep. Bundled into one string and started from it,
 * so that it needs no file beside a bundled host.
 */
import { readlinkSync, writeSync } from 'node:fs';
import 'node:http';
import { Writable } from 'node:stream';
import { type Command, SLOT, type ThreadData } from '../messages.ts';
import { Deliverer } from './deliverer.ts';
import type { Gate } from './flights.ts';

/**
 * The streams of a worker pass through the main thread: a host whose stdout is a closed pipe would die of
 * them, and a natural exit would hang. Whatever is written here goes straight to stderr, or nowhere.
 */
function replaceStreams(): void {
  const guarded = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      try {
        writeSync(2, chunk);
      } catch {
        // Nobody listens.
      }
      done();
    },
  });
  for (const name of ['stdout', 'stderr']) Object.defineProperty(process, name, { value: guarded });
}

/**
 * Of this thread that sends and the main thread that closes at the same time, one sees the other: each writes its own slot
 * before it reads the other's.
 */
function createGate(shared: ThreadData['shared']): Gate {
  return {
    enter: () => {
      Atomics.add(shared, SLOT.inFlight, 1);
      if (Atomics.load(shared, SLOT.closed) === 0) return true;
      Atomics.sub(shared, SLOT.inFlight, 1);
      return false;
    },
    leave: () => {
      Atomics.sub(shared, SLOT.inFlight, 1);
      wake(shared);
    },
  };
}

/** A main thread that sleeps looks again. */
function wake(shared: ThreadData['shared']): void {
  Atomics.add(shared, SLOT.news, 1);
  Atomics.notify(shared, SLOT.news);
}

/** Works for the main thread until the process ends. */
export function startThread(data: ThreadData): void {
  replaceStreams();
  try {
    Atomics.store(
      data.shared,
      SLOT.systemThreadId,
      Number(readlinkSync('/proc/thread-self').split('/').at(-1)),
    );
  } catch {
    // Not Linux: the main thread relies on the exit hook below.
  }
  process.on('exit', () => {
    Atomics.store(data.shared, SLOT.ended, 1);
    wake(data.shared);
  });
  const deliverer = new Deliverer({
    onReport: (report) => {
      data.port.postMessage(report);
      wake(data.shared);
    },
    // Uncaught, it ends the thread, which the main thread is told of with the reason.
    onFault: (error) =>
      setImmediate(() => {
        throw error;
      }),
    gate: createGate(data.shared),
  });
  data.port.on('message', (command: Command) => deliverer.receive(command));
}
