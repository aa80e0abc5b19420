/** The batches that are on their way: what was sent and is not answered. */
import { monotonicMs } from '../../monotonic-clock.ts';
import type { Report } from '../messages.ts';
import type { PostOutcome } from '../post/post-outcome.ts';
import type { Post } from '../post/wary-post.ts';

/** What a batch passes before it leaves: somebody may have closed it. */
export interface Gate {
  readonly enter: () => boolean;
  readonly leave: () => void;
}

/** `isOfRun`: the lane sent it, from disk or from memory. */
type Flight = NonNullable<Report['inFlight']> & { readonly isOfRun: boolean };

/** Who is told of what leaves and of what is answered. */
export interface FlightTerms {
  readonly gate: Gate;
  readonly onSent: () => void;
  readonly onAnswered: (outcome: PostOutcome, tookMs: number) => void;
}

/** Owned by a deliverer. */
export class Flights {
  readonly #terms: FlightTerms;
  readonly #flights: Set<Flight> = new Set();

  constructor(terms: FlightTerms) {
    this.#terms = terms;
  }

  /** The same {@link Post}, whose batches are known while they are on their way. `isOfRun`: they are the run's own. */
  observing(post: Post, isOfRun: boolean): Post {
    return async (body, options = {}) => {
      let sent: Flight | undefined;
      const beforeSent = (): boolean => {
        if (sent === undefined && !this.#terms.gate.enter()) return false;
        options.beforeSent?.();
        // What is on no disk cannot wait there for its answer: it is unsent.
        const isOnDisk = options.beforeSent !== undefined;
        if (sent !== undefined) this.#flights.delete(sent);
        sent = { isOwn: isOfRun && isOnDisk, isOfRun, sinceMs: monotonicMs() };
        this.#flights.add(sent);
        this.#terms.onSent();
        return true;
      };
      const outcome = await post(body, { ...options, beforeSent });
      if (sent === undefined) return outcome;
      this.#terms.onAnswered(outcome, monotonicMs() - sent.sinceMs);
      this.#flights.delete(sent);
      // After the file's name has moved on, which the caller does at once: until then it would come again.
      setImmediate(() => this.#terms.gate.leave());
      return outcome;
    };
  }

  /** Whether none is on its way. */
  isEmpty(): boolean {
    return this.#flights.size === 0;
  }

  /** Whether one of the run's own batches is on its way. */
  hasOfRun(): boolean {
    return [...this.#flights].some(({ isOfRun }) => isOfRun);
  }

  /** The one to report: one of the run's own on disk before others. */
  reported(): Report['inFlight'] {
    const flights = [...this.#flights];
    const flight = flights.find(({ isOwn }) => isOwn) ?? flights[0];
    return flight === undefined ? undefined : { isOwn: flight.isOwn, sinceMs: flight.sinceMs };
  }
}
