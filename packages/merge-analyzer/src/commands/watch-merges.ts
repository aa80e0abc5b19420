/**
 * `merges watch`: analyzes on every merge until it is told to stop.
 *
 *   connect ─▶ catch up ─▶ wait: notification, or the poll interval ─▶ catch up ─▶ …
 *      ▲          │ connection lost, at any point
 *      └── wait, twice as long each time ◀──┘
 *
 * A notification only wakes: what is new is read from the log, so a lost one costs a poll interval and no merge.
 */

import { type ConnectionFault, connectionFault, isLoginRefused } from '@ephemetry/store/postgresql';
import type { StepReport } from '../analyzer/analyze.ts';
import {
  type MergeAnalyzer,
  type MergeAnalyzerOptions,
  openMergeAnalyzer,
} from '../analyzer/merge-analyzer.ts';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { createHeldBackNotice, type HeldBack } from './held-back-notice.ts';

/** How to watch. */
export interface WatchOptions extends Omit<MergeAnalyzerOptions, 'onChange'> {
  /**
   * Stops the watch within a second, whatever the server does. What was read by then is finished first; what takes
   * longer than half a second is given up, and read again the next time.
   */
  readonly signal: AbortSignal;
  /** Channel that the orchestrator notifies after a merge. @default 'events_outbox' */
  readonly channel?: string;
  /** Looks without a notification, too. @default 1000 */
  readonly pollIntervalMs?: number;
  /** The longest wait before connecting again; the first is 100 ms. @default 5000 */
  readonly reconnectLimitMs?: number;
  /** How old a transaction that merges wait for must be to be named. @default 600000 */
  readonly heldBackNoticeMs?: number;
  /** Called synchronously with what happens. */
  readonly onEvent?: (event: WatchEvent) => void;
}

/** What happens to a watch. */
export type WatchEvent =
  /** Connected and caught up; `analyzed` is what had piled up. */
  | { readonly kind: 'ready'; readonly analyzed: StepReport; readonly analyzer: MergeAnalyzer }
  /** Something was new. */
  | { readonly kind: 'analyzed'; readonly analyzed: StepReport; readonly analyzer: MergeAnalyzer }
  /** Another analyzer was faster: so many merges were counted since the last look, and not by this one. */
  | { readonly kind: 'elsewhere'; readonly merges: number; readonly analyzer: MergeAnalyzer }
  /** Merges wait for a transaction that has been open for long. Said once of each. */
  | ({ readonly kind: 'held-back'; readonly analyzer: MergeAnalyzer } & HeldBack)
  /** The outbox, a partition of it or its sequence is not what it was: `detail` says what, and what follows. */
  | { readonly kind: 'changed'; readonly detail: string }
  /** No notification arrives: a pooler gives each transaction another session. The watch looks by itself. */
  | { readonly kind: 'polling'; readonly pollIntervalMs: number }
  /** The database is away, refuses, or takes too long: `detail` has its own words. */
  | {
      readonly kind: 'disconnected';
      readonly reason: ConnectionFault;
      readonly detail: string;
      readonly retryInMs: number;
    };

/** What a watch did itself, when it has stopped. */
export interface WatchReport {
  readonly merges: number;
  readonly crossings: number;
  readonly quarantined: number;
  readonly reconnects: number;
}

/** What holds for whoever says nothing else. */
export const WATCH_DEFAULTS: Required<
  Pick<WatchOptions, 'channel' | 'pollIntervalMs' | 'reconnectLimitMs' | 'heldBackNoticeMs'>
> = { channel: 'events_outbox', pollIntervalMs: 1_000, reconnectLimitMs: 5_000, heldBackNoticeMs: 600_000 };

/** How soon it is looked again for merges that wait; twice as long each time. */
const FIRST_HELD_BACK_PAUSE_MS = 10;
const FIRST_RECONNECT_MS = 100;
/** What a step that runs has to end by itself. */
const STOP_GRACE_MS = 500;
const CUT_EVERY_MS = 50;

/**
 * Watches until `signal` is aborted. A database that is not there yet, restarts, drops the connection, refuses it for
 * now or takes too long is waited for; any other fault ends the watch.
 *
 * @throws OrchestratorSchemaError naming a missing table or column; what the database throws otherwise.
 * @example
 * ```ts
 * import { createOrchestratorTables, openPglite, watchMerges } from '@ephemetry/merge-analyzer';
 *
 * const database = openPglite(); // or openPostgresql({ url: 'postgres://…' })
 * await createOrchestratorTables(database); // only where no orchestrator has made them
 * const stop = new AbortController();
 * process.once('SIGTERM', () => stop.abort());
 * const report = await watchMerges(database, {
 *   signal: stop.signal,
 *   onEvent: () => stop.abort(), // a service goes on instead
 * });
 * await database.close();
 * ```
 */
export async function watchMerges(database: AnalyzerDatabase, options: WatchOptions): Promise<WatchReport> {
  const { signal, onEvent = () => {}, reconnectLimitMs = WATCH_DEFAULTS.reconnectLimitMs } = options;
  using _ = cutAfterStop(database, signal);
  let total: WatchReport = { merges: 0, crossings: 0, quarantined: 0, reconnects: 0 };
  let retryInMs = FIRST_RECONNECT_MS;
  let hasBeenReady = false;
  const tell = (event: WatchEvent): void => {
    if (event.kind === 'disconnected') {
      total = { ...total, reconnects: total.reconnects + 1 };
    } else if ('analyzed' in event) {
      const { merges, crossings, quarantined } = event.analyzed;
      total = {
        ...total,
        merges: total.merges + merges,
        crossings: total.crossings + crossings,
        quarantined: total.quarantined + quarantined,
      };
      retryInMs = FIRST_RECONNECT_MS;
      hasBeenReady = true;
    }
    onEvent(event);
  };
  const hearOf = createCounter(tell);
  while (!signal.aborted) {
    try {
      await watchConnection(database, options, hearOf, tell);
    } catch (error) {
      const reason =
        connectionFault(error) ?? (hasBeenReady && isLoginRefused(error) ? 'refusal' : undefined);
      if (reason === undefined) throw error;
      if (signal.aborted) break; // It was us who cut the connection.
      tell({ kind: 'disconnected', reason, detail: messageOf(error), retryInMs });
      await createAlarm(signal).wait(retryInMs);
      retryInMs = Math.min(retryInMs * 2, reconnectLimitMs);
    }
  }
  return total;
}

/** Of a host with several addresses Node tells each failure, and an empty message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** A server that does not answer, or works on, must not hold up the end. Again and again: a retry may connect anew. */
function cutAfterStop(database: AnalyzerDatabase, signal: AbortSignal): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const cut = (): void => {
    database.cutConnections();
    timer = setTimeout(cut, CUT_EVERY_MS);
  };
  const begin = (): void => {
    timer = setTimeout(cut, STOP_GRACE_MS);
  };
  signal.addEventListener('abort', begin, { once: true });
  return {
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
}

/** Until the connection is lost, which throws, or the watch is stopped, which returns. */
async function watchConnection(
  database: AnalyzerDatabase,
  options: WatchOptions,
  hearOf: Counter,
  tell: (event: WatchEvent) => void,
): Promise<void> {
  const {
    signal,
    channel = WATCH_DEFAULTS.channel,
    pollIntervalMs = WATCH_DEFAULTS.pollIntervalMs,
  } = options;
  const noticeOf = createHeldBackNotice(options.heldBackNoticeMs ?? WATCH_DEFAULTS.heldBackNoticeMs);
  const onChange = (detail: string): void => tell({ kind: 'changed', detail });
  const analyzer = await openMergeAnalyzer(database, { ...options, onChange });
  const alarm = createAlarm(signal);
  let lost: { readonly error: unknown } | undefined;
  // Listening comes first: what is written while the backlog is read wakes the loop once more.
  const subscription = await database.listen(channel, {
    onNotification: alarm.ring,
    onLost: (error) => {
      lost = {
        error: error ?? Object.assign(new Error('the server closed the connection'), { code: '57P01' }),
      };
      alarm.ring();
    },
  });
  try {
    if (!subscription.isHeard) tell({ kind: 'polling', pollIntervalMs });
    let pauseMs = pollIntervalMs;
    let heldBackLooks = 0;
    const look = async (kind: 'ready' | 'analyzed'): Promise<void> => {
      const analyzed = await analyzer.analyze({ signal });
      // A writer that merges wait for mostly ends at once, and need not notify.
      heldBackLooks = analyzed.isHeldBack && analyzer.tables.order.kind === 'id' ? heldBackLooks + 1 : 0;
      const soonMs =
        heldBackLooks === 0 ? pollIntervalMs : FIRST_HELD_BACK_PAUSE_MS * 2 ** (heldBackLooks - 1);
      pauseMs = Math.min(pollIntervalMs, soonMs);
      hearOf(kind, analyzed, analyzer);
      const heldBack = await noticeOf(analyzed, analyzer);
      if (heldBack !== undefined) tell({ kind: 'held-back', ...heldBack, analyzer });
    };
    await look('ready');
    while (!signal.aborted) {
      await alarm.wait(pauseMs);
      if (lost !== undefined) throw lost.error;
      if (signal.aborted) return;
      await look('analyzed');
    }
  } finally {
    await subscription.stop().catch(() => {});
  }
}

/** Hears of every step and tells what is news in it. */
type Counter = (kind: 'ready' | 'analyzed', analyzed: StepReport, analyzer: MergeAnalyzer) => void;

/** Remembers how many merges there were, over lost connections, too: what is more than our own is another's. */
function createCounter(tell: (event: WatchEvent) => void): Counter {
  let known: number | undefined;
  return (kind, analyzed, analyzer) => {
    const { merges, crossings, quarantined, mergesSoFar } = analyzed;
    const elsewhere = mergesSoFar - merges - (known ?? mergesSoFar - merges);
    known = mergesSoFar;
    if (kind === 'ready' || merges + crossings + quarantined > 0) tell({ kind, analyzed, analyzer });
    if (elsewhere > 0) tell({ kind: 'elsewhere', merges: elsewhere, analyzer });
  };
}

/** Sleeps until it is rung, until the signal is aborted, or for a time. A ring while awake is kept. */
interface Alarm {
  readonly ring: () => void;
  readonly wait: (atMostMs: number) => Promise<void>;
}

function createAlarm(signal: AbortSignal): Alarm {
  let isRung = false;
  let wake = (): void => {};
  const ring = (): void => {
    isRung = true;
    wake();
  };
  return {
    ring,
    wait: async (atMostMs) => {
      if (!isRung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          const timer = setTimeout(resolve, atMostMs);
          const stop = (): void => resolve();
          signal.addEventListener('abort', stop, { once: true });
          wake = () => {
            clearTimeout(timer);
            signal.removeEventListener('abort', stop);
            resolve();
          };
        });
        wake();
      }
      isRung = false;
      wake = () => {};
    },
  };
}
