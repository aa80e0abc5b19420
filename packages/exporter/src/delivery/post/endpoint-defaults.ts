/** Where batches are posted to, and how long an answer may take, when no option and no variable says otherwise. */
export const ENDPOINT_DEFAULTS = { url: 'http://localhost:4318/v1/metrics', timeoutMs: 10_000 } as const;
