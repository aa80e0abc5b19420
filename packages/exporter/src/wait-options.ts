/** How long `flush` and `shutdown` may take, as a caller says it. */
import { LONGEST_TIMER_MS } from './delivery/longest-timer.ts';
import { textOf } from './text-of.ts';

/** What a host passes to a call that waits. */
export interface WaitOptions {
  /** Longest wait in milliseconds, from 0 to 2147483647. */
  readonly timeoutMs?: number;
}

/** The longest that `flush` waits by default: the OTLP default timeout. */
const FLUSH_TIMEOUT_MS = 10_000;
/** The same for `shutdown`: half of the 10 s after which `docker stop` kills. */
const SHUTDOWN_TIMEOUT_MS = 5000;

/** The calls that wait. */
export type WaitingCall = 'flush' | 'forceFlush' | 'shutdown';

const DEFAULTS: Readonly<Record<WaitingCall, number>> = {
  flush: FLUSH_TIMEOUT_MS,
  forceFlush: FLUSH_TIMEOUT_MS,
  shutdown: SHUTDOWN_TIMEOUT_MS,
};

/** Callers without types pass anything: what is not a time is said, and the default is used. Never throws. */
export function waitOf(call: WaitingCall, options: unknown, complain: (text: string) => void): number {
  const byDefault = DEFAULTS[call];
  const given = timeoutIn(options);
  if (given === undefined || given === null) return byDefault;
  // `flush(500)` means a time as well, but has no name for it.
  const isNamed = typeof options === 'object';
  if (isNamed && typeof given === 'number' && given >= 0 && given <= LONGEST_TIMER_MS) return given;
  complain(
    `${call}: timeoutMs is ${shown(given)}; allowed: a number of milliseconds from 0 to ${LONGEST_TIMER_MS}, as in ${call}({ timeoutMs: ${byDefault} }). Using ${byDefault}`,
  );
  return byDefault;
}

function timeoutIn(options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return options;
  try {
    return Reflect.get(options, 'timeoutMs');
  } catch (error) {
    return `unreadable: ${textOf(error)}`;
  }
}

function shown(given: unknown): string {
  return typeof given === 'string' ? `"${given.slice(0, 100)}"` : textOf(given).slice(0, 100);
}
