/** Bytes of batches that wait in memory, here and in the delivery thread; past them the oldest are lost. */
export const MEMORY_LIMIT_BYTES: number = 8 * 1024 * 1024;
