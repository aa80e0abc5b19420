/** How large a batch may be, in bytes of OTLP/JSON: the same at every stage, so that what one lets through the next one takes. */

/** A larger batch is taken by no stage: not sent by a drain, not by a sidecar, refused by the gateway. */
export const BATCH_LIMIT_BYTES: number = 4 * 1024 * 1024;

/** Where a batch is split, well below what is taken. */
export const BATCH_SPLIT_BYTES: number = 1024 * 1024;
