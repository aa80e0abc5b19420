/** `takeSpoolLedger`: what came late or was lost in a spool, for somebody who reports it. */
import { resolveSettings } from '../settings.ts';
import { type LedgerCounts, takeLedger } from './ledger.ts';
import { locateSpool } from './locate-spool.ts';
import { openSpoolDirectory } from './spool-directory.ts';

/** Options of {@link takeSpoolLedger}. */
export interface SpoolLedgerOptions {
  /** Directory of the spool. `EPHEMETRY_SPOOL_DIR`. @default as the exporter finds it */
  readonly spoolDir?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Takes what was counted in the spool since the last time: a run cannot report its own end in its own last
 * batch, so the next program on the same spool does. `undefined` when nothing came late or was lost, and
 * where telemetry is switched off: then the counts stay for somebody who can report them. Never throws.
 *
 * Of two takers at once, one gets each count. A taker that dies before this returns leaves what it has not
 * read to the next; one that dies between this and its own batch on disk loses the counts. At most once, because a
 * loss that is told twice is an alert about something that never happened.
 *
 * @example
 * ```ts
 * import { createMeterProvider, takeSpoolLedger } from '@ephemetry/exporter';
 *
 * const taken = takeSpoolLedger();
 * const provider = createMeterProvider({ serviceName: 'deploy' });
 * const late = provider.getMeter('deploy').createCounter('late_batches_total', { unit: '{batch}' });
 * if (taken !== undefined) late.add(taken.drained);
 * await provider.shutdown();
 * ```
 */
export function takeSpoolLedger(options: SpoolLedgerOptions = {}): LedgerCounts | undefined {
  const { env = process.env } = options;
  const { path, exists } = locateSpool(options, env);
  if (!resolveSettings({}, env).enabled || !exists) return undefined;
  return openSpoolDirectory([path]).kind === 'usable' ? takeLedger(path) : undefined;
}
