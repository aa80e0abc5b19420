/** What earlier runs left in the spool: looked for once, while the first answer is waited for, and drained once. */
import { drainOwner } from '../../spool/owner.ts';
import { EMPTY_TALLY, type Tally } from '../../tally.ts';
import { threadId } from '../../this-thread.ts';
import type { DeliveryConfiguration, DrainReport, DrainSubject } from '../messages.ts';
import { postBatch } from '../post/post-batch.ts';
import type { ConfiguredDelivery } from './configured-delivery.ts';
import type { DeliveryMeans } from './deliver-file.ts';
import { drainRejected } from './drain-rejected.ts';
import { type DrainTerms, drainOldest, drainSpool, hasLeftovers } from './drain-spool.ts';
import { RESEND_ALL } from './in-doubt.ts';

/** Owned by a deliverer. */
export class Leftovers {
  readonly #onChange: () => void;
  #stage: 'unknown' | 'none' | 'waiting' | 'draining' = 'none';
  #drained: DrainReport | undefined;
  #left: Tally = EMPTY_TALLY;

  /** `onChange` is called when a drain begins on demand, and when one is over. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Some may be there. */
  expect(): void {
    this.#stage = 'unknown';
  }

  /** Whether nobody has looked yet. */
  isUnknown(): boolean {
    return this.#stage === 'unknown';
  }

  look(configuration: DeliveryConfiguration): void {
    if (this.isUnknown()) this.#stage = hasLeftovers(configuration) ? 'waiting' : 'none';
  }

  /** Returns whether some wait: then they count as being drained, and {@link drainWaiting} must follow. */
  claim(): boolean {
    if (this.#stage !== 'waiting') return false;
    this.#stage = 'draining';
    return true;
  }

  isDraining(): boolean {
    return this.#stage === 'draining';
  }

  /** What became of batches that were drained after the run's own. */
  left(): Tally {
    return this.#left;
  }

  /** What a drain on demand did; `undefined` before its end. */
  drained(): DrainReport | undefined {
    return this.#drained;
  }

  async drainWaiting(delivery: ConfiguredDelivery): Promise<void> {
    this.#left = (await drain(delivery, 'waiting')) ?? EMPTY_TALLY;
    this.#end();
  }

  async drainOnDemand(delivery: ConfiguredDelivery, what: DrainSubject): Promise<void> {
    this.#stage = 'none';
    this.#drained = await drain(delivery, what);
    this.#onChange();
  }

  /** The little that a program which ends by itself does for earlier runs. */
  async drainOldest(
    { configuration, means }: ConfiguredDelivery,
    limits: { readonly files: number; readonly untilMs: number },
  ): Promise<void> {
    if (means === undefined) return;
    this.#stage = 'draining';
    this.#onChange();
    this.#left = await drainOldest(means, { ...termsOf(configuration), ...limits });
    this.#end();
  }

  #end(): void {
    this.#stage = 'none';
    this.#onChange();
  }
}

async function drain(
  { configuration, endpoint, means }: ConfiguredDelivery,
  what: DrainSubject,
): Promise<DrainReport | undefined> {
  if (means === undefined) return undefined;
  const terms = termsOf(configuration);
  switch (what) {
    case 'waiting':
      return await drainSpool(means, terms);
    case 'in-doubt':
      return await drainSpool({ ...means, doubt: RESEND_ALL }, terms);
    case 'rejected': {
      // What was refused before is tried again each, however many are refused again.
      const eager: DeliveryMeans = { ...means, post: (body) => postBatch(endpoint, body) };
      return await drainRejected(eager, terms);
    }
  }
}

function termsOf({ owner }: DeliveryConfiguration): DrainTerms {
  return { owner: drainOwner(owner, threadId()) };
}
