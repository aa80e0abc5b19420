/**
 * What runs have learnt of an endpoint, so that the next one need not learn it again: a small file in the spool for each.
 * It holds no user, password or query of a URL.
 */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { endpointName } from '../endpoint-name.ts';
import { monotonicMs } from '../monotonic-clock.ts';
import { threadId } from '../this-thread.ts';
import { lstatIfAllowed } from './lstat-if-allowed.ts';
import { namesIn } from './names-in.ts';
import { readSafely } from './open-safely.ts';
import { ownOwner } from './owner.ts';
import { replaceFile } from './replace-file.ts';

/** What is known of an endpoint. */
export interface EndpointMemory {
  /** How long it knows a batch again, as it said itself. */
  readonly dedupeWindowSeconds?: number;
  /** When it first let an answer budget pass, if it has not answered since. */
  readonly silentSinceUnixMs?: number;
  /** How long its answers take. */
  readonly answerMs?: number;
  /** The status with which it took a batch without speaking OTLP, if it has not answered in OTLP since. */
  readonly swallowedStatus?: number;
}

/** Given values are remembered, `undefined` is forgotten, the others stay. */
export type EndpointChange = { readonly [Key in keyof EndpointMemory]: EndpointMemory[Key] | undefined };

/** So many endpoints are remembered; those that were longest not written to go first. */
export const ENDPOINTS_LIMIT = 64;

const NAME = /^endpoint-[0-9a-f]{16}\.json$/;
const FILE_LIMIT_BYTES = 4096;
/** A program that ends may wait for it. */
const LOOK_MS = 20;

/** What is known of the endpoint with this URL; `undefined` when nothing is. Never throws. */
export function readEndpointMemory(directory: string, url: string): EndpointMemory | undefined {
  const endpoint = endpointName(url);
  try {
    return parse(readSafely(memoryPath(directory, endpoint), FILE_LIMIT_BYTES).toString('utf8'), endpoint);
  } catch {
    return undefined;
  }
}

/** Changes what is known of an endpoint; writes nothing when that is known already. A disk that refuses is let be. */
export function rememberEndpoint(directory: string, url: string, change: EndpointChange): void {
  const endpoint = endpointName(url);
  const path = memoryPath(directory, endpoint);
  const known = readEndpointMemory(directory, url);
  try {
    const text = serialize(endpoint, { ...known, ...change });
    if (text === serialize(endpoint, known ?? {})) return;
    replaceFile(path, text, `${ownOwner()}-${threadId()}`);
    if (known === undefined) forgetOldest(directory);
  } catch {
    // The next run learns it again.
  }
}

function memoryPath(directory: string, endpoint: string): string {
  return join(directory, `endpoint-${hash(endpoint)}.json`);
}

/** FNV-1a, 64 bits: `node:crypto` would take 4 ms to load. The file says whose it is, should two names share one. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  return value.toString(16).padStart(16, '0');
}

function serialize(endpoint: string, memory: EndpointChange): string {
  const { dedupeWindowSeconds, silentSinceUnixMs, answerMs, swallowedStatus } = memory;
  return JSON.stringify({
    endpoint,
    dedupe_window_s: dedupeWindowSeconds,
    silent_since_unix_ms: silentSinceUnixMs,
    answer_ms: answerMs,
    swallowed_status: swallowedStatus,
  });
}

function parse(text: string, endpoint: string): EndpointMemory | undefined {
  const file: Readonly<Record<string, unknown>> = JSON.parse(text);
  if (file['endpoint'] !== endpoint) return undefined;
  const dedupeWindowSeconds = amount(file['dedupe_window_s']);
  const silentSinceUnixMs = amount(file['silent_since_unix_ms']);
  const answerMs = amount(file['answer_ms']);
  const swallowedStatus = amount(file['swallowed_status']);
  return {
    ...(dedupeWindowSeconds === undefined ? {} : { dedupeWindowSeconds }),
    ...(silentSinceUnixMs === undefined ? {} : { silentSinceUnixMs }),
    ...(answerMs === undefined ? {} : { answerMs }),
    ...(swallowedStatus === undefined ? {} : { swallowedStatus }),
  };
}

function amount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function forgetOldest(directory: string): void {
  const files: string[] = [];
  for (const name of namesIn(directory, monotonicMs() + LOOK_MS))
    if (NAME.test(name)) files.push(join(directory, name));
  if (files.length <= ENDPOINTS_LIMIT) return;
  const writtenUnixMs = (path: string): number => lstatIfAllowed(path)?.mtimeMs ?? 0;
  const oldest = files.sort((a, b) => writtenUnixMs(a) - writtenUnixMs(b));
  for (const path of oldest.slice(0, -ENDPOINTS_LIMIT)) unlinkSync(path);
}
