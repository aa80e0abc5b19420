/**
 * Where batches wait for whoever has the store. A batch is one file, whole or not there:
 *
 *     .ID.part ─rename─▶ ID.jsonl ─ taken in, in one transaction with its id ─▶ removed
 *                           │ killed between the two: its id is known, and nothing of it counts again
 *                           └ not readable: renamed to ID.refused, and said
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { AgentEvent } from '../event/agent-event.ts';
import { eventLine, eventOfLine } from '../event/event-text.ts';
import type { RefusedEvent } from '../event/read-events.ts';
import type { EventBatch } from './event-batch.ts';

const BATCH_FILE = /^([\w-]{1,100})\.jsonl$/;
/** More than a batch has, and no more than one text can have: 2^29 - 24 characters. */
const LIMIT_BYTES = 500 * 1024 * 1024;

const LINES_AT_ONCE = 1_000;
const PART_FILE = /^\.[\w-]{1,100}\.part$/;
/** A batch that nobody has written to for so long is that of a program that was killed. */
const ABANDONED_AFTER_MS = 3_600_000;

/** A batch in the inbox, or a file that is none. */
export type WaitingBatch =
  | { readonly kind: 'batch'; readonly batch: EventBatch; readonly file: string }
  | { readonly kind: 'damaged'; readonly file: string; readonly reason: string };

/** Leaves a batch. It is on the disk when this returns. The directory must be there. */
export function leaveBatch(inbox: string, batch: EventBatch): string {
  const { events, ...head } = batch;
  const part = join(inbox, `.${batch.id}.part`);
  const descriptor = openSync(part, 'w', 0o600);
  try {
    writeFileSync(descriptor, `${JSON.stringify({ inbox: 1, ...head, events: events.length })}\n`);
    for (let at = 0; at < events.length; at += LINES_AT_ONCE) {
      const some = events.slice(at, at + LINES_AT_ONCE);
      writeFileSync(descriptor, some.map((event) => `${eventLine(event)}\n`).join(''));
    }
    fsyncSync(descriptor);
  } catch (error) {
    // On a disk that is full it would take what room there is.
    rmSync(part, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  const file = join(inbox, `${batch.id}.jsonl`);
  renameSync(part, file);
  syncDirectory(inbox);
  return file;
}

/** Batches that wait, by their names, oldest first where names begin with a time. */
export function waitingFiles(inbox: string): readonly string[] {
  try {
    return readdirSync(inbox)
      .filter((name) => BATCH_FILE.test(name))
      .sort()
      .map((name) => join(inbox, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Reads one; undefined when somebody has removed it meanwhile. */
export function readBatch(file: string): WaitingBatch | undefined {
  const text = readWaiting(file);
  if (text === undefined) return undefined;
  const batch = text.kind === 'text' ? parseBatch(text.text) : text.reason;
  return typeof batch === 'string'
    ? { kind: 'damaged', file, reason: batch }
    : { kind: 'batch', batch, file };
}

/** Removes a batch that was taken in. */
export function removeBatch(file: string): void {
  rmSync(file, { force: true });
}

/** Removes what programs left that were killed while they wrote: they had told nobody that it is kept. */
export function removeAbandoned(inbox: string, now: number = Date.now()): void {
  for (const name of readdirSync(inbox)) {
    if (!PART_FILE.test(name)) continue;
    const file = join(inbox, name);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat !== undefined && now - stat.mtimeMs > ABANDONED_AFTER_MS) rmSync(file, { force: true });
  }
}

/** Sets a damaged one aside, so that it is said once; whoever looks finds it. */
export function setAside(file: string): string {
  const aside = file.replace(/\.jsonl$/, '.refused');
  renameSync(file, aside);
  return aside;
}

type Waiting =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'other'; readonly reason: string };

/** Follows no link and waits for no writer of a pipe. */
function readWaiting(file: string): Waiting | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return { kind: 'other', reason: 'it is not a regular file' };
    if (stat.size > LIMIT_BYTES) return { kind: 'other', reason: `it has ${stat.size} bytes` };
    return { kind: 'text', text: readFileSync(descriptor, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') return { kind: 'other', reason: 'it is a symbolic link' };
    throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The batch, or what is wrong with it. */
function parseBatch(text: string): EventBatch | string {
  const [first = '', ...lines] = text.split('\n');
  const head = jsonObject(first);
  if (head?.['inbox'] !== 1) return 'its first line is not that of a batch of this version';
  const { id, source, successRule, refused, refusedCount, secrets, events: count } = head;
  if (typeof id !== 'string' || typeof source !== 'string') return 'its first line names no id or source';
  const events: AgentEvent[] = [];
  for (const line of lines) {
    if (line === '') continue;
    const event = eventOfLine(line);
    if (event === undefined) return `line ${events.length + 2} is not an event`;
    events.push(event);
  }
  if (events.length !== count) return `it has ${events.length} events of ${count}`;
  return {
    id,
    source,
    successRule: typeof successRule === 'string' ? successRule : undefined,
    events,
    refused: Array.isArray(refused) ? refused.filter(isRefused) : [],
    refusedCount: typeof refusedCount === 'number' ? refusedCount : 0,
    secrets: typeof secrets === 'number' ? secrets : 0,
  };
}

function jsonObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isRefused(value: unknown): value is RefusedEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { line, field, message } = value as Readonly<Record<string, unknown>>;
  return typeof line === 'number' && typeof field === 'string' && typeof message === 'string';
}

/** So that the rename is on the disk as well. */
function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
