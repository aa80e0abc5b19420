/**
 * The main thread's hold on the delivery thread: starts it, tells it of batches, and waits for it, either
 * asleep (a dying process has no event loop any more) or as a promise.
 */
import { readdirSync } from 'node:fs';
import type { MessagePort, Worker } from 'node:worker_threads';
import { asOurs } from '../../exit/our-listeners.ts';
import { monotonicMs } from '../../monotonic-clock.ts';
import { drainOwner } from '../../spool/owner.ts';
import { releaseFiles } from '../../spool/spool-files.ts';
import { workerThreads } from '../../this-thread.ts';
import { LONGEST_TIMER_MS } from '../longest-timer.ts';
import { type Command, type Report, SLOT, type ThreadData } from '../messages.ts';
import { THREAD_SCRIPT, threadSource } from './deliverer-source.ts';

/** How long a sleeping main thread trusts a thread that might have died without a word. */
const WAIT_SLICE_MS = 50;

/** A process that ends does not wait for a large spool to be listed. */
export const RELEASE_MS = 20;

/** A thread that never keeps the process alive, except while somebody awaits it. */
export class DeliveryThread {
  readonly #shared: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(32));
  readonly #port: MessagePort;
  #worker: Worker | undefined;
  #fault: string | undefined;
  #latest: Report | undefined;
  /** What its drain leases while it lives: directory and owner. */
  #leases: { readonly directory: string; readonly owner: string } | undefined;
  readonly #waiters: Set<() => void> = new Set();
  /** Of these waits, how many keep the process alive. */
  #holding = 0;

  constructor() {
    const { MessageChannel } = workerThreads();
    const { port1, port2 } = new MessageChannel();
    this.#port = asOurs(port1);
    port1.on('message', (report: Report) => this.#arrived(report));
    // After the listener: adding one holds the process again.
    port1.unref();
    try {
      this.#worker = startWorker({ shared: this.#shared, port: port2 });
      this.#worker.on('error', (error) => this.#died(error.message));
      this.#worker.on('exit', () => this.#died('it ended'));
      this.#worker.unref();
    } catch (error) {
      this.#died(error instanceof Error ? error.message : String(error));
    }
  }

  /** Why the thread does not run; `undefined` while it does. */
  fault(): string | undefined {
    if (this.#fault === undefined && this.#hasEnded()) this.#died('it ended');
    return this.#fault;
  }

  send(command: Command): void {
    if (this.#fault !== undefined) return;
    if (command.kind === 'configure' && this.#worker !== undefined) {
      const { directory, owner } = command.configuration;
      if (directory !== undefined)
        this.#leases = { directory, owner: drainOwner(owner, this.#worker.threadId) };
    }
    this.#port.postMessage(command);
  }

  /**
   * From here on the thread sends nothing more: a batch that leaves when nobody waits for its answer would come twice.
   * Returns whether one is on its way.
   */
  close(): boolean {
    Atomics.store(this.#shared, SLOT.closed, 1);
    return this.isInFlight();
  }

  /** The thread may send again. */
  reopen(): void {
    Atomics.store(this.#shared, SLOT.closed, 0);
  }

  /** Whether a batch is on its way, and not answered. */
  isInFlight(): boolean {
    return Atomics.load(this.#shared, SLOT.inFlight) > 0;
  }

  /** The newest report that has arrived; `undefined` before the first. */
  latest(): Report | undefined {
    for (;;) {
      const received = workerThreads().receiveMessageOnPort(this.#port);
      if (received === undefined) return this.#latest;
      this.#arrived(received.message);
    }
  }

  /** Sleeps until a report satisfies `isEnough`, the thread is gone, or `budgetMs` is over. */
  waitAsleep(budgetMs: number, isEnough: (report: Report) => boolean): void {
    const deadline = monotonicMs() + budgetMs;
    // The host may have put a clock that stands still in the place of ours.
    let sleptMs = 0;
    for (;;) {
      const count = Atomics.load(this.#shared, SLOT.news);
      const report = this.latest();
      if ((report !== undefined && isEnough(report)) || this.fault() !== undefined) return;
      const sliceMs = Math.min(deadline - monotonicMs(), budgetMs - sleptMs, WAIT_SLICE_MS);
      if (sliceMs <= 0) return;
      if (Atomics.wait(this.#shared, SLOT.news, count, sliceMs) === 'timed-out') sleptMs += sliceMs;
    }
  }

  /** The same as a promise, without a limit when there is no `timeoutMs`; unless told otherwise it keeps the process alive until it settles. */
  waitAwake(
    timeoutMs: number | undefined,
    isEnough: (report: Report) => boolean,
    isHolding: boolean = true,
  ): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        if (!this.#waiters.delete(look)) return;
        clearTimeout(timer);
        if (isHolding) this.#holding -= 1;
        if (this.#holding === 0) this.#port.unref();
        resolve();
      };
      const look = (): void => {
        if ((this.#latest !== undefined && isEnough(this.#latest)) || this.fault() !== undefined) settle();
      };
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(settle, Math.min(timeoutMs, LONGEST_TIMER_MS));
      this.#waiters.add(look);
      if (isHolding) {
        this.#holding += 1;
        this.#port.ref();
      } else timer?.unref();
      look();
    });
  }

  /**
   * Gives back what its drain has leased and not finished, for a process that ends and is process 1 of its container: from
   * outside nobody can tell that it is dead. Looks for 20 ms at most.
   */
  releaseLeases(): void {
    const leases = this.#leases;
    if (leases === undefined) return;
    const files = { untilMs: monotonicMs() + RELEASE_MS };
    releaseFiles(leases.directory, ({ owner }) => owner === leases.owner, files);
  }

  /** Ends the thread, whatever it does; what its drain had leased is free again. */
  async end(): Promise<void> {
    this.#port.close();
    await this.#worker?.terminate();
  }

  #arrived(report: Report): void {
    this.#latest = report;
    for (const look of this.#waiters) look();
  }

  #died(reason: string): void {
    this.#fault ??= reason;
    this.#worker = undefined;
    this.releaseLeases();
    this.#leases = undefined;
    for (const look of this.#waiters) look();
  }

  /** Out of memory ends a thread without its exit hook; then only the operating system knows. */
  #hasEnded(): boolean {
    if (Atomics.load(this.#shared, SLOT.ended) === 1) return true;
    const id = Atomics.load(this.#shared, SLOT.systemThreadId);
    const threads = id === 0 ? [] : systemThreads();
    return threads.length > 0 && !threads.includes(String(id));
  }
}

/**
 * From a string, with nothing of the host's: NODE_OPTIONS would run its hooks twice, its execArgv could
 * change how the string is read, and its streams would pass through the host's.
 */
function startWorker(data: ThreadData): Worker {
  const before = systemThreads();
  const { Worker } = workerThreads();
  const worker = new Worker(THREAD_SCRIPT, {
    eval: true,
    execArgv: [],
    env: {},
    stdin: false,
    stdout: true,
    stderr: true,
    workerData: { ...data, source: threadSource() },
    transferList: [data.port],
  });
  worker.stdout.destroy();
  worker.stderr.destroy();
  const started = systemThreads().filter((id) => !before.includes(id));
  // The thread tells its id itself, but it may die before it comes to that: without a current directory, say.
  if (started.length === 1) Atomics.store(data.shared, SLOT.systemThreadId, Number(started[0]));
  return worker;
}

/** Ids of this process's threads; none where nobody tells, or where it may not be read. */
function systemThreads(): string[] {
  try {
    return readdirSync('/proc/self/task');
  } catch {
    return [];
  }
}
