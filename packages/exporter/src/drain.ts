/** `drain`: delivers what earlier runs left, on demand. Works in a delivery thread like any other delivery. */
import { deliveryConfiguration } from './delivery/main/delivery-configuration.ts';
import { DeliveryThread } from './delivery/main/delivery-thread.ts';
import type { DeliveryConfiguration, DrainReport, DrainSubject } from './delivery/messages.ts';
import { resolveSettings } from './settings.ts';
import { locateSpool } from './spool/locate-spool.ts';
import { ownOwner } from './spool/owner.ts';
import { openSpoolDirectory } from './spool/spool-directory.ts';
import { EMPTY_TALLY } from './tally.ts';

/** Options of {@link drain}; each wins over the environment. */
export interface DrainOptions {
  /** Directory of the spool. `EPHEMETRY_SPOOL_DIR`. @default as the exporter finds it */
  readonly spoolDir?: string;
  /** Full URL that batches are posted to. `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. @default 'http://localhost:4318/v1/metrics' */
  readonly endpoint?: string;
  /** HTTP headers added to every request. `OTEL_EXPORTER_OTLP_HEADERS`. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest wait in milliseconds for the answer to one batch. `OTEL_EXPORTER_OTLP_TIMEOUT`. @default 10000 */
  readonly timeoutMs?: number;
  /**
   * Sends once more what a Collector had rejected, instead of what waits: one attempt for each batch in `rejected/`. What
   * is refused again stays there, with the new reason; `rejected` in the report counts it. @default false
   */
  readonly rejected?: boolean;
  /**
   * Sends what waits and what is in doubt as well, whatever `EPHEMETRY_IN_DOUBT` says: batches that were sent and never
   * answered may then arrive twice. Not with `rejected`. @default false
   */
  readonly inDoubt?: boolean;
  /** Ends the drain after the batch in flight; what is left stays in the spool. */
  readonly signal?: AbortSignal;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Delivers every batch of dead runs, oldest first, and stops at the first failure that would meet the next
 * batch too. What may be the fault of one batch (500, a refusal that is not OTLP) stops it at the third in a row, unless the
 * newest batch is taken then. Any number of drains may run at once: each file is delivered by one of them. Never rejects.
 *
 * @example
 * ```ts
 * import { drain } from '@ephemetry/exporter';
 *
 * const report = await drain({ spoolDir: '/var/lib/deploy/spool', endpoint: 'http://localhost:4318/v1/metrics' });
 * if (report.spooled > 0) console.error('not everything is delivered yet', report.failure);
 * ```
 */
export async function drain(options: DrainOptions = {}): Promise<DrainReport> {
  const env = options.env ?? process.env;
  const settings = resolveSettings({}, env);
  const { path, exists } = locateSpool(options, env);
  const { problems } = settings;
  if (!exists) return { ...nothing(path), problems };
  const opened = openSpoolDirectory([path]);
  if (opened.kind === 'unusable') return { ...nothing(path), failure: opened.failure, problems };
  // With an empty spool too: what is wrong with the endpoint is said before there is something to lose.
  const report = await drainInThread(
    deliveryConfiguration(settings, options, env, {
      directory: opened.path,
      owner: ownOwner(),
      countsOwnLosses: true,
    }),
    subjectOf(options),
    options.signal,
  );
  return { ...report, problems: [...problems, ...report.problems] };
}

function subjectOf({ rejected, inDoubt }: DrainOptions): DrainSubject {
  if (rejected === true) return 'rejected';
  return inDoubt === true ? 'in-doubt' : 'waiting';
}

async function drainInThread(
  configuration: DeliveryConfiguration & { directory: string },
  what: DrainSubject,
  signal: AbortSignal | undefined,
): Promise<DrainReport> {
  const thread = new DeliveryThread();
  const stop = (): void => thread.send({ kind: 'stop', inMs: 0 });
  thread.send({ kind: 'configure', configuration });
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop);
  thread.send({ kind: 'drain', what });
  await thread.waitAwake(undefined, (report) => report.drain !== undefined);
  const fault = thread.fault();
  const report = thread.latest()?.drain ?? {
    ...nothing(configuration.directory),
    failure: { kind: 'thread', detail: fault ?? 'it gave no report' },
  };
  signal?.removeEventListener('abort', stop);
  await thread.end();
  return report;
}

function nothing(directory: string): DrainReport {
  return {
    directory,
    ...EMPTY_TALLY,
    busyFiles: 0,
    newerFiles: 0,
    rejectedRemoved: 0,
    lostDataPoints: 0,
    problems: [],
  };
}
