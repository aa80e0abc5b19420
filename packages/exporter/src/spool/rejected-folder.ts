/**
 * `rejected/` inside the spool: batches that a Collector refused, each with the reason, for a person to look at and to
 * send again when the reason is fixed. The folder keeps within the limits of the spool: the oldest go first.
 *
 *     <unix ms>-<run id>-<offset>.json            kept
 *     <unix ms>-<run id>-<offset>.json.<owner>    taken, to be sent once more
 */
import { readdirSync, renameSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DEFAULT_SPOOL_LIMITS, type SpoolLimits } from '../settings.ts';
import { threadId } from '../this-thread.ts';
import { type DeliveryFailure, describeFailure } from '../verdict.ts';
import { lstatIfAllowed } from './lstat-if-allowed.ts';
import { readSafely } from './open-safely.ts';
import { ownerState, ownOwner } from './owner.ts';
import { createFile, moveIfFree } from './replace-file.ts';
import { LINE_LIMIT_BYTES } from './spool-lines.ts';
import { makeOwnDirectory } from './trusted-path.ts';

/** A batch that was taken out of the folder. */
export interface TakenBatch {
  readonly body: Uint8Array;
  /** Where it is while it is taken. */
  readonly path: string;
  /** Its place in the folder. */
  readonly home: string;
}

interface KeptFile {
  readonly name: string;
  readonly home: string;
  readonly keptUnixMs: number;
  readonly owner: string | undefined;
  readonly bytes: number;
}

const NAME =
  /^(?<home>(?<ms>\d{1,15})-[0-9a-zA-Z-]{0,40}-\d{1,15}\.json)(?:\.(?<owner>[A-Za-z0-9-]{1,90}))?$/;

/** The folder of rejected batches of a spool. */
export function rejectedFolder(directory: string): string {
  return join(directory, 'rejected');
}

/** A batch that is kept, and where it was; without a run id when no disk has ever taken one of its run. */
export interface RejectedBatch {
  readonly runId: string | undefined;
  readonly offsetBytes: number;
  readonly body: Uint8Array;
}

/**
 * Keeps one rejected batch with its reason. Returns how many had to go for it.
 *
 * @throws the file system's error; then it is not kept
 */
export function keepRejected(
  directory: string,
  batch: RejectedBatch,
  failure: DeliveryFailure,
  nowUnixMs: number,
  limits: SpoolLimits = DEFAULT_SPOOL_LIMITS,
): number {
  const folder = rejectedFolder(directory);
  makeOwnDirectory(folder);
  const home = `${Math.floor(nowUnixMs)}-${batch.runId ?? ''}-${batch.offsetBytes}.json`;
  const text = recordOf(batch.body, failure, nowUnixMs);
  claimPlace(join(folder, home), (path) => createFile(path, text, writerTag()));
  return removeOverLimits(folder, limits, nowUnixMs);
}

/** How many rejected batches are kept. */
export function countRejected(directory: string): number {
  return listRejected(rejectedFolder(directory)).length;
}

/** Names of the batches that nobody has taken, oldest first. */
export function rejectedNames(directory: string): string[] {
  const own = ownOwner();
  return listRejected(rejectedFolder(directory))
    .filter(({ owner }) => owner === undefined || ownerState(owner, own) === 'dead')
    .map(({ name }) => name);
}

/** Takes a batch for `owner`; `undefined` when somebody was faster, or it holds none: then it stays. */
export function takeRejected(directory: string, name: string, owner: string): TakenBatch | undefined {
  const { home } = NAME.exec(name)?.groups ?? {};
  if (home === undefined) return undefined;
  const folder = rejectedFolder(directory);
  const path = join(folder, `${home}.${owner}`);
  try {
    renameSync(join(folder, name), path);
  } catch {
    return undefined;
  }
  const body = readBatch(path);
  const taken = { body: body ?? Buffer.alloc(0), path, home: join(folder, home) };
  if (body !== undefined) return taken;
  giveBack(taken);
  return undefined;
}

/** Puts a batch back as it was; into a place of its own where another batch has its place by now. */
export function giveBack({ path, home }: TakenBatch): void {
  try {
    claimPlace(home, (place) => moveIfFree(path, place), path);
  } catch {
    // Gone; or the owner in its name will be found dead.
  }
}

/** Puts a batch back with the reason why it was refused again. */
export function keepAgain(taken: TakenBatch, failure: DeliveryFailure, nowUnixMs: number): void {
  try {
    const text = recordOf(taken.body, failure, nowUnixMs);
    claimPlace(taken.home, (place) => createFile(place, text, writerTag()), taken.path);
    unlinkSync(taken.path);
  } catch {
    giveBack(taken);
  }
}

/** Removes a batch that needs no keeping any more. */
export function removeTaken({ path }: TakenBatch): void {
  unlinkQuietly(path);
}

/**
 * The wanted place, or the first one some milliseconds later that is free. Parts of one run all begin at 0, a Collector
 * nearby refuses several in one millisecond, and others look for a place at the same time.
 */
function claimPlace(home: string, claim: (path: string) => boolean, own: string = ''): void {
  const folder = dirname(home);
  const names = readNames(folder).filter((name) => name !== basename(own));
  const { ms, rest } = /^(?<ms>\d+)(?<rest>.*)$/.exec(basename(home))?.groups ?? {};
  for (let later = 0; ; later += 1) {
    const place = `${Number(ms) + later}${rest}`;
    // With an owner behind it when a drain has taken it: it may be given back.
    if (!names.some((name) => name.startsWith(place)) && claim(join(folder, place))) return;
  }
}

/** Threads of a process may each have a lane. */
function writerTag(): string {
  return `${ownOwner()}-${threadId()}`;
}

function recordOf(body: Uint8Array, failure: DeliveryFailure, nowUnixMs: number): string {
  const record = {
    rejectedAt: new Date(nowUnixMs).toISOString(),
    reason: describeFailure(failure),
    failure,
    batch: Buffer.from(body).toString('utf8'),
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}

function readBatch(path: string): Uint8Array | undefined {
  try {
    const { batch } = JSON.parse(readSafely(path, 2 * LINE_LIMIT_BYTES).toString('utf8'));
    return typeof batch === 'string' && batch !== '' ? Buffer.from(batch) : undefined;
  } catch {
    return undefined;
  }
}

/** The newest stays, whatever it is. */
function removeOverLimits(folder: string, limits: SpoolLimits, nowUnixMs: number): number {
  const files = listRejected(folder);
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  let left = files.length;
  for (const { name, keptUnixMs, bytes: freed } of files) {
    const isOld = nowUnixMs - keptUnixMs > limits.ageMs;
    if (left === 1 || (!isOld && left <= limits.files && bytes <= limits.bytes)) break;
    unlinkQuietly(join(folder, name));
    bytes -= freed;
    left -= 1;
  }
  return files.length - left;
}

/** Oldest first: the name starts with the time. */
function listRejected(folder: string): KeptFile[] {
  const files: KeptFile[] = [];
  for (const name of readNames(folder)) {
    const { home, ms, owner } = NAME.exec(name)?.groups ?? {};
    const stat = home === undefined ? undefined : lstatIfAllowed(join(folder, name));
    if (home === undefined || stat?.isFile() !== true) continue;
    files.push({ name, home, keptUnixMs: Number(ms), owner, bytes: stat.size });
  }
  return files.sort((a, b) => a.keptUnixMs - b.keptUnixMs || a.name.localeCompare(b.name));
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The batch that was just kept is what counts: whether an old one goes is not a reason to call it lost. */
function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another drain was faster.
  }
}
