import type { DeliveryFailure } from '../../verdict.ts';

/** What one attempt came to. */
export type PostOutcome =
  | {
      readonly kind: 'delivered';
      /** The rest of the batch was taken. */
      readonly partial?: DeliveryFailure & { readonly kind: 'partial' };
      readonly dedupeWindowSeconds?: number;
    }
  | {
      readonly kind: 'failed';
      readonly failure: DeliveryFailure;
      /** In doubt: the whole batch left, and no answer said that it was not taken. */
      readonly isSentWhole: boolean;
      /** The endpoint takes other requests: what it answered, in whatever words, it said of this batch. */
      readonly isOfTheBatch?: true;
      /** The connection broke in the middle of the batch: perhaps somebody on the way takes none that is so large. */
      readonly isBrokenOff?: true;
      /** From the answer's header `ephemetry-dedupe`: for so long the receiver knows a batch again. */
      readonly dedupeWindowSeconds?: number;
    };
