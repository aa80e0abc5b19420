/**
 * Delivery on the main thread, for as long as somebody awaits it: what a program that ends by itself, or that flushes before
 * a thread runs, needs instead of one.
 */
import { monotonicMs } from '../../monotonic-clock.ts';
import { drainOwner } from '../../spool/owner.ts';
import { releaseFiles } from '../../spool/spool-files.ts';
import { threadId } from '../../this-thread.ts';
import { LONGEST_TIMER_MS } from '../longest-timer.ts';
import type { Command, DeliveryConfiguration, Report } from '../messages.ts';
import type { Deliverer, Handover } from '../worker/deliverer.ts';
import { createDeliverer } from './deliverer-source.ts';
import { RELEASE_MS } from './delivery-thread.ts';
import { untraced } from './untraced.ts';

/** Holds the process only while somebody waits. */
export class MainThreadDelivery {
  readonly #configuration: DeliveryConfiguration;
  readonly #deliverer: Deliverer;
  readonly #onQuiet: () => void;
  readonly #waiters: Set<() => void> = new Set();
  #isLetGo = false;
  #latest: Report | undefined;
  #fault: string | undefined;
  #isClosed = false;
  #inFlight = 0;

  /**
   * `onQuiet` is called when nothing is on its way any more.
   *
   * @throws {Error} where the host has replaced what this needs of Node
   */
  constructor(configuration: DeliveryConfiguration, onQuiet: () => void) {
    this.#configuration = configuration;
    this.#onQuiet = onQuiet;
    this.#deliverer = createDeliverer({
      onReport: (report) => {
        this.#latest = report;
        this.#look();
      },
      onFault: (error) => {
        this.#fault = error instanceof Error ? error.message : String(error);
        this.#look();
      },
      gate: { enter: () => this.#enter(), leave: () => this.#leave() },
      isOnDemand: true,
    });
    this.send({ kind: 'configure', configuration });
  }

  send(command: Command): void {
    untraced(() => this.#deliverer.receive(command));
  }

  latest(): Report | undefined {
    return this.#latest;
  }

  /** Why nothing is sent any more: a bug. */
  fault(): string | undefined {
    return this.#fault;
  }

  /** As `DeliveryThread.close`. */
  close(): boolean {
    this.#isClosed = true;
    return this.isInFlight();
  }

  /** As `DeliveryThread.reopen`. */
  reopen(): void {
    this.#isClosed = false;
  }

  /** Whether a batch is on its way, and not answered. */
  isInFlight(): boolean {
    return this.#inFlight > 0;
  }

  /** Settles once a report satisfies `isEnough`, or `timeoutMs` is over; what has no connection by then is given up. */
  waitAwake(timeoutMs: number, isEnough: (report: Report) => boolean, isHolding: boolean): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        resolve();
      };
      const look = (): void => {
        const isOver = this.#isLetGo || this.#fault !== undefined;
        if (isOver || (this.#latest !== undefined && isEnough(this.#latest))) settle();
      };
      const timer = setTimeout(
        () => {
          this.#deliverer.giveUpUnsent();
          settle();
        },
        Math.min(timeoutMs, LONGEST_TIMER_MS),
      );
      if (!isHolding) timer.unref();
      this.#waiters.add(look);
      look();
    });
  }

  /** Settles every wait; what has no connection is given up. */
  letGo(): void {
    this.#deliverer.giveUpUnsent();
    this.#isLetGo = true;
    this.#look();
    this.#isLetGo = false;
  }

  /** Leaves no connection open. */
  hangUp(): void {
    this.#deliverer.hangUp();
  }

  /** As `DeliveryThread.releaseLeases`. */
  releaseLeases(): void {
    const { directory, owner } = this.#configuration;
    if (directory === undefined) return;
    const own = drainOwner(owner, threadId());
    releaseFiles(directory, (file) => file.owner === own, { untilMs: monotonicMs() + RELEASE_MS });
  }

  /** See `Deliverer.halt`. */
  halt(): Handover | undefined {
    return this.#deliverer.halt();
  }

  #enter(): boolean {
    if (this.#isClosed) return false;
    this.#inFlight += 1;
    return true;
  }

  #leave(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    this.#look();
    this.#onQuiet();
  }

  #look(): void {
    for (const look of this.#waiters) look();
  }
}
