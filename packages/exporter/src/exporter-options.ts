/** What a program may choose when it creates its meter provider. `setting-table.ts` has the numbers. */
import type { Attributes } from '@opentelemetry/api';
import type { Verdict } from './verdict.ts';

/** How batches leave: `send` posts them to a Collector, `spool-only` leaves them on disk for a sidecar. */
export type Delivery = 'send' | 'spool-only';

/**
 * What becomes of a batch that was sent whole and never answered. It may have arrived: `resend` sends it again (within the
 * endpoint's window, where it told one), `keep` leaves it until `ephemetry drain --in-doubt`, `drop` gives it up.
 */
export type InDoubt = 'resend' | 'keep' | 'drop';

/** Options of `createMeterProvider`. Each one wins over the environment variable of the same meaning. */
export interface ExporterOptions {
  /** How batches leave. `EPHEMETRY_DELIVERY`. @default 'send' */
  readonly delivery?: Delivery;
  /** Full URL that batches are posted to. `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. @default 'http://localhost:4318/v1/metrics' */
  readonly endpoint?: string;
  /** HTTP headers added to every request. `OTEL_EXPORTER_OTLP_HEADERS`. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Resource attribute `service.name`. `OTEL_SERVICE_NAME`. @default 'unknown_service:node' */
  readonly serviceName?: string;
  /** Further resource attributes. `OTEL_RESOURCE_ATTRIBUTES`. @default none */
  readonly resourceAttributes?: Attributes;
  /** Longest time in milliseconds that a dying process waits for the Collector. `EPHEMETRY_EXIT_BUDGET_MS`. @default 250 */
  readonly exitBudgetMs?: number;
  /**
   * Longest time in milliseconds from the moment that a batch was sent until its answer, where the exit budget ends
   * earlier; 0 adds nothing. Not waited for at an endpoint that knows batches again (it says so in the header
   * `ephemetry-dedupe`), or that let it pass before. `EPHEMETRY_ANSWER_BUDGET_MS`. @default 1000
   */
  readonly answerBudgetMs?: number;
  /** What becomes of a batch that was sent and never answered. `EPHEMETRY_IN_DOUBT`. @default 'resend' */
  readonly inDoubt?: InDoubt;
  /** Longest time in milliseconds that a measurement stays in memory only. `EPHEMETRY_PERSIST_INTERVAL_MS`. @default 1000 */
  readonly persistIntervalMs?: number;
  /** Time in milliseconds between two calls of each callback of observable instruments. `OTEL_METRIC_EXPORT_INTERVAL`. @default 60000 */
  readonly observationIntervalMs?: number;
  /** Directory of the spool. `EPHEMETRY_SPOOL_DIR`. @default '$XDG_STATE_HOME/ephemetry/spool', else '~/.local/state/ephemetry/spool', else one in the temporary directory */
  readonly spoolDir?: string;
  /** Most bytes kept in the spool; the oldest go first. `EPHEMETRY_SPOOL_LIMIT_BYTES`. @default 67108864 */
  readonly spoolLimitBytes?: number;
  /** Most files kept in the spool. `EPHEMETRY_SPOOL_LIMIT_FILES`. @default 1000 */
  readonly spoolLimitFiles?: number;
  /** A batch older than this many hours is removed after a failed delivery. `EPHEMETRY_SPOOL_LIMIT_HOURS`. @default 168 */
  readonly spoolLimitHours?: number;
  /** Whether SIGINT, SIGTERM and SIGHUP are handled so that a signal delivers first. `EPHEMETRY_SIGNALS` (`on` | `off`). @default true */
  readonly handleSignals?: boolean;
  /** Whether the spool's ledger counts batches of this run that never arrive, see {@link takeSpoolLedger}. False only for a run that does nothing but report the ledger: what is lost of it would be the next report, and so on without end. Nor is its verdict kept for `readSpoolStatus`. @default true */
  readonly countLosses?: boolean;
  /** Called synchronously with the verdict when the process exits, or when `shutdown` has done its work. Again when a later exit handler measures something; what it measures itself is left to the next run. */
  readonly onVerdict?: (verdict: Verdict) => void;
  /** The environment that settings are read from, at the first measurement. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}
