/** What an Alertmanager says of itself and of its alerts, over its API, version 2. */
import { listOf, momentOf, objectOf, textOf, textsOf, UnexpectedValue } from '../read-value.ts';

/** An alert that it holds: silenced, inhibited or active. */
export interface HeldAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly receivers: readonly string[];
}

/** All alerts that fire, and how long it has been up. */
export type AlertmanagerAnswer =
  | { readonly kind: 'alerts'; readonly upMs: number; readonly alerts: readonly HeldAlert[] }
  | { readonly kind: 'failed'; readonly problem: string };

/** Longest wait for one answer. */
const TIMEOUT_MS = 10_000;
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Asks one. Those that are silenced or inhibited fire too: Alertmanager never says of them that they are resolved.
 *
 * @param url as people open it
 */
export async function askAlertmanager(url: string): Promise<AlertmanagerAnswer> {
  const base = `${url.replace(/\/+$/, '')}/api/v2`;
  try {
    const status = objectOf(await readJson(`${base}/status`), 'the status');
    const startedMs = momentOf(status['uptime'], 'uptime');
    const alerts = listOf(
      await readJson(`${base}/alerts?active=true&silenced=true&inhibited=true&unprocessed=true`),
      'the list of alerts',
    );
    return { kind: 'alerts', upMs: Date.now() - startedMs, alerts: alerts.map(parseAlert) };
  } catch (error) {
    return { kind: 'failed', problem: `${shownOrigin(url)} ${problemOf(error)}` };
  }
}

async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new UnexpectedValue(`answers ${response.status}`);
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > ANSWER_LIMIT_BYTES) throw new UnexpectedValue('answers with more than 64 MiB');
    pieces.push(piece);
  }
  return JSON.parse(Buffer.concat(pieces).toString());
}

function parseAlert(each: unknown): HeldAlert {
  const given = objectOf(each, 'an alert');
  const receivers = listOf(given['receivers'] ?? [], 'receivers');
  return {
    fingerprint: textOf(given['fingerprint'], 'fingerprint'),
    labels: textsOf(given['labels'], 'labels'),
    receivers: receivers.map((receiver) => textOf(objectOf(receiver, 'a receiver')['name'], 'name')),
  };
}

/** In words. */
export function problemOf(error: unknown): string {
  if (error instanceof UnexpectedValue) return error.message;
  if (error instanceof SyntaxError) return 'sends no JSON';
  if (error instanceof DOMException) return `did not answer within ${TIMEOUT_MS / 1000} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  // Never the message, which may quote the address with a password in it.
  const code = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.name) : typeof cause;
  return `cannot be reached (${code})`;
}

/** Without user, password and query. */
export function shownOrigin(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + (pathname === '/' ? '' : pathname);
}
