import type { FabInstruments } from '../fab-instruments.ts';
import { knownAmount } from '../known-number.ts';
import type { ModelUsage, RequestCostUsd } from '../model-usage.ts';
import { quietly } from '../quietly.ts';
import type { InputReading } from './session-input.ts';
import type { SessionRole } from './session-role.ts';

/** fab answers each call of the advisor before the next event; more open ones than this are a stream gone wrong. */
const OPEN_CONSULTS_LIMIT = 100;

/** What {@link UnsettledCounts} are made of. */
export interface UnsettledCountsParts {
  readonly role: SessionRole;
  readonly instruments: FabInstruments;
  /** Prices requests of a session that does not state its cost. */
  readonly requestCostUsd: RequestCostUsd;
}

/**
 * What of a session cannot be counted when its event passes, because something later decides: a call of the advisor
 * that fab may deny, and the price of requests that a stated cost replaces. A session's end settles it.
 */
export class UnsettledCounts {
  readonly #parts: UnsettledCountsParts;
  /** Ids under which the role asks for the advisor, until fab answers. */
  readonly #openConsults = new Set<string>();
  /** Price of the requests since the session last stated its cost. */
  #estimatedUsd = 0;

  constructor(parts: UnsettledCountsParts) {
    this.#parts = parts;
  }

  /** The role asks for the advisor. A call that no answer can be matched with counts at once. */
  consulted(id: string | undefined): void {
    if (id === undefined || this.#openConsults.size >= OPEN_CONSULTS_LIMIT) this.#countConsults(1);
    else this.#openConsults.add(id);
  }

  answered(input: InputReading): void {
    if (input.kind !== 'tool-result' || !this.#openConsults.delete(String(input.toolUseId))) return;
    if (!input.isDenied) this.#countConsults(1);
  }

  requested(usage: ModelUsage): void {
    const { role, requestCostUsd } = this.#parts;
    role.measure((labels) => {
      this.#estimatedUsd += knownAmount(quietly(() => requestCostUsd(usage, labels.role))) ?? 0;
    });
  }

  /** The session states what it cost, which covers all of its requests so far. */
  costStated(): void {
    this.#parts.role.measure(() => {
      this.#estimatedUsd = 0;
    });
  }

  /** Nothing later decides any more: consultations that fab did not deny count, and a price that nothing replaced. */
  settle(): void {
    const { instruments, role } = this.#parts;
    this.#countConsults(this.#openConsults.size);
    this.#openConsults.clear();
    role.measure((labels) => {
      instruments.record('costUsd', this.#estimatedUsd, labels);
      this.#estimatedUsd = 0;
    });
  }

  #countConsults(consults: number): void {
    const { instruments, role } = this.#parts;
    role.measure((labels) => instruments.record('advisorCalls', consults, labels));
  }
}
