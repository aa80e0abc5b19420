/** Options of every verb that serves `/metrics`. */
import { InvalidValue, type Reader } from '../command-line/option.ts';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:9102`, `[::1]:9102`. */
export const listenAddress: Reader<string> = (given) => {
  parseListenAddress(given);
  return given;
};

/** @throws {InvalidValue} */
export function parseListenAddress(given: string): ListenAddress {
  const [, bracketed, plain, digits = ''] =
    /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/i.exec(given) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new InvalidValue(
      'allowed: an address and a port, such as 127.0.0.1:9102; port 0 is any that is free',
    );
  }
  return { host, port };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time such as `15s`, within limits, as it was given. */
export function duration(leastMs: number, most: string): Reader<string> {
  return (given) => {
    const ms = durationMs(given);
    if (ms >= leastMs && ms <= durationMs(most)) return given;
    throw new InvalidValue(`allowed: a whole number with ms, s, m, h or d, from ${leastMs}ms to ${most}`);
  };
}

/** In milliseconds; NaN for a text that is none. */
export function durationMs(given: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(given) ?? [];
  return Number(digits) * (UNITS[unit] ?? Number.NaN);
}

/** What the system says of an address that cannot be used, for people. */
export function describeListenFault(error: unknown, { host, port }: ListenAddress): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `port ${port} on ${host} is taken; name another with --listen, or 0 for any that is free`;
  }
  return `cannot listen on ${host} port ${port}: ${error instanceof Error ? error.message : String(error)}`;
}
