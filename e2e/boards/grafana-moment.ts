/** Moments at which Prometheus has the whole of a scrape: up to there `increase()` has nothing to extrapolate to. */
import { queryPrometheus, waitFor } from '@ephemetry/testing';
import type { Stack } from '../support/stack.ts';

/** When the gateway was scraped, seconds since 1970. */
export interface Moment {
  /** Of its counters. */
  readonly totals: number;
  /** Of its histograms. */
  readonly histograms: number;
  /** Of its own metrics. */
  readonly own: number;
}

/** The moment after everything that was sent is in its totals. */
export async function settledMoment(stack: Stack): Promise<Moment> {
  await stack.settled();
  return newestMoment(stack);
}

/** The newest one, whatever is on its way. */
export async function newestMoment(stack: Stack): Promise<Moment> {
  const [totals, histograms, own] = await Promise.all([
    wholeScrape(stack, 'ephemetry-totals'),
    wholeScrape(stack, 'ephemetry-histograms'),
    wholeScrape(stack, 'ephemetry-gateway'),
  ]);
  return { totals, histograms, own };
}

/** For an expression: its metrics are of one scrape or the other. */
export function momentOf({ totals, histograms, own }: Moment): (query: { readonly expr: string }) => number {
  return ({ expr }) => {
    if (/otelcol_|up\{/.test(expr)) return own;
    return /_seconds_(bucket|count|sum)\b/.test(expr) ? histograms : totals;
  };
}

/** A scrape arrives in parts, one after the other: all of it is there when the next begins to arrive. */
async function wholeScrape({ prometheus }: Stack, job: string): Promise<number> {
  const up = `up{job="${job}"}`;
  const newest = async (): Promise<number> => {
    const [sample] = await queryPrometheus(prometheus.url, `max(timestamp(${up}) and (${up} == 1))`);
    return sample?.value ?? 0;
  };
  const after = (seconds: number): Promise<void> =>
    waitFor(async () => (await newest()) > seconds, { what: `a scrape of ${job}`, deadlineMs: 30_000 });
  await after(Date.now() / 1_000);
  const scraped = await newest();
  await after(scraped);
  return scraped;
}
