/**
 * Delivery on the main thread, for as long as somebody awaits it: what a program that ends by itself, or that flushes before
 * a thread runs, needs instead of one.
 */
import { LONGEST_TIMER_MS } from '../longest-timer.ts';
import type { Command, DeliveryConfiguration, Report } from '../messages.ts';
import type { Deliverer } from '../worker/deliverer.ts';
import { createDeliverer } from './deliverer-source.ts';

/** Holds the process only while somebody waits. */
export class MainThreadDelivery {
  readonly #deliverer: Deliverer;
  readonly #waiters: Set<() => void> = new Set();
  #latest: Report | undefined;
  #fault: string | undefined;

  /** @throws {Error} where Node may not compile a string */
  constructor(configuration: DeliveryConfiguration) {
    this.#deliverer = createDeliverer(configuration.env, {
      onReport: (report) => {
        this.#latest = report;
        this.#look();
      },
      onFault: (error) => {
        this.#fault = error instanceof Error ? error.message : String(error);
        this.#look();
      },
    });
    this.send({ kind: 'configure', configuration: { ...configuration, isOnDemand: true } });
  }

  send(command: Command): void {
    this.#deliverer.receive(command);
  }

  latest(): Report | undefined {
    return this.#latest;
  }

  fault(): string | undefined {
    return this.#fault;
  }

  /** Settles once a report satisfies `isEnough`, or `timeoutMs` is over; what has not left by then is given up. */
  waitAwake(timeoutMs: number, isEnough: (report: Report) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        resolve();
      };
      const look = (): void => {
        if ((this.#latest !== undefined && isEnough(this.#latest)) || this.#fault !== undefined) settle();
      };
      const timer = setTimeout(
        () => {
          this.#deliverer.giveUpUnsent();
          settle();
        },
        Math.min(timeoutMs, LONGEST_TIMER_MS),
      );
      this.#waiters.add(look);
      look();
    });
  }

  /** See `Deliverer.halt`. */
  halt(): Command[] | undefined {
    return this.#deliverer.halt();
  }

  #look(): void {
    for (const look of this.#waiters) look();
  }
}
