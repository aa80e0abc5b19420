import { knownCount, properties } from './known-number.ts';

/** What one model request used, in fab's own words; its `estimateCost` takes it. */
export interface ModelUsage {
  /** Without cached tokens. */
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens?: number;
  readonly cache_read_input_tokens?: number;
}

/**
 * The price of one model request in US dollars; undefined where nobody knows it. `role` is `unknown` for a session
 * whose role is.
 */
export type RequestCostUsd = (usage: ModelUsage, role: string) => number | undefined;

/** The usage, or undefined when it does not say both counts: half of it has no price. */
export function readModelUsage(given: unknown): ModelUsage | undefined {
  const fields = properties(given);
  const input = knownCount(fields?.input_tokens);
  const output = knownCount(fields?.output_tokens);
  if (input === undefined || output === undefined) return undefined;
  const cacheWritten = knownCount(fields?.cache_creation_input_tokens);
  const cacheRead = knownCount(fields?.cache_read_input_tokens);
  return {
    input_tokens: input,
    output_tokens: output,
    ...(cacheWritten !== undefined && { cache_creation_input_tokens: cacheWritten }),
    ...(cacheRead !== undefined && { cache_read_input_tokens: cacheRead }),
  };
}
