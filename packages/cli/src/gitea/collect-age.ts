/** How long ago something was collected: a collector whose token was taken away does nothing, however often it tries. */
import type { RepositoryOutcome } from '@ephemetry/forge';

/** Notes collects, and says when none was complete for too long. */
export class CollectAge {
  readonly #limitMs: number;
  readonly #nowMs: () => number;
  #latestMs: number;

  /** @param nowMs @default performance.now */
  constructor(intervalMs: number, nowMs: () => number = () => performance.now()) {
    this.#limitMs = 4 * intervalMs + 60_000;
    this.#nowMs = nowMs;
    this.#latestMs = nowMs();
  }

  /** One repository is enough: what is wrong with another one is its own. */
  note(outcomes: readonly RepositoryOutcome[]): void {
    if (outcomes.some(({ kind }) => kind === 'collected')) this.#latestMs = this.#nowMs();
  }

  /** Why what is shown is not to be trusted; undefined while it is. */
  problem(): string | undefined {
    const ageMs = this.#nowMs() - this.#latestMs;
    if (ageMs <= this.#limitMs) return undefined;
    return `nothing was collected for ${Math.round(ageMs / 1000)} s`;
  }
}
