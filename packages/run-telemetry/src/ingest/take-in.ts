/**
 * Many programs ingest into one directory at once. Whoever opens the store is its owner and takes in what others left; the others
 * leave their batches in the inbox and end:
 *
 *     leave batch ─▶ try to open ─┬─ open: owner ─▶ take in all ─▶ close ─▶ look again: is anything there? ─▶ try to open …
 *                                 └─ somebody has it: that one looks again after it has closed, so nothing stays behind
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Refusal } from '@ephemetry/store';
import {
  inboxOf,
  type OpenRunStoreOptions,
  openRunStore,
  type RunStore,
  runStoreFault,
} from '../store/open-run-store.ts';
import { addCounts, type EventBatch, type IngestCounts, NO_COUNTS } from './event-batch.ts';
import { leaveBatch, readBatch, removeAbandoned, removeBatch, setAside, waitingFiles } from './inbox.ts';
import { ingestBatch } from './ingest-batch.ts';

/** A file in the inbox that is no batch, and where it is now. */
export interface DamagedBatch {
  readonly file: string;
  readonly reason: string;
}

/** What became of batches. */
export interface Ingested {
  /** Of the caller's own batches. */
  readonly counts: IngestCounts;
  /** Of what others had left. */
  readonly others: IngestCounts;
  /** The caller's batches that wait for the owner. */
  readonly left: number;
  readonly damaged: readonly DamagedBatch[];
}

/**
 * Takes batches in, or leaves them to whoever has the store.
 *
 * @param batches are asked for one after another: a file need not be in memory as a whole
 * @returns a refusal when the store cannot be opened for another reason than that somebody has it
 */
export async function ingestBatches(
  place: string,
  options: OpenRunStoreOptions,
  batches: AsyncIterable<EventBatch> | Iterable<EventBatch>,
): Promise<Ingested | Refusal> {
  const inbox = inboxOf(place);
  const opened = await openRunStore(place, inbox === undefined ? options : { ...options, lockWaitMs: 0 });
  let left = 0;
  let counts = NO_COUNTS;
  const own = new Set<string>();
  if ('kysely' in opened) {
    try {
      for await (const batch of batches) {
        const taken = await ingestInTurn(opened, batch);
        if ('kind' in taken) return taken;
        counts = addCounts(counts, taken);
      }
    } finally {
      await opened.close();
    }
  } else if (opened.kind === 'busy' && inbox !== undefined) {
    makeInbox(inbox);
    for await (const batch of batches) {
      const file = await orRefusal(inbox, () => leaveBatch(inbox, batch));
      if (typeof file !== 'string') return file;
      own.add(file);
      left += 1;
    }
  } else return opened;
  const taken = await takeInWaiting(place, options, own);
  if ('kind' in taken) return taken;
  return {
    counts: addCounts(counts, taken.own),
    others: taken.others,
    left: left - taken.ownTaken,
    damaged: taken.damaged,
  };
}

/** Of a server several write, one after another; a large batch takes seconds, and many programs may be before this one. */
const TURNS = 60;

/** Asks again as long as others write: what waited too long was undone as a whole. */
async function ingestInTurn(store: RunStore, batch: EventBatch): Promise<IngestCounts | Refusal> {
  for (let turn = 1; ; turn += 1) {
    const taken = await orRefusal(store.shown, () => ingestBatch(store, batch));
    if (!('kind' in taken) || taken.kind !== 'busy' || turn === TURNS) return taken;
  }
}

interface Taken {
  readonly own: IngestCounts;
  readonly ownTaken: number;
  readonly others: IngestCounts;
  readonly damaged: readonly DamagedBatch[];
}

/** As long as batches wait and nobody has the store. */
async function takeInWaiting(
  place: string,
  options: OpenRunStoreOptions,
  ownFiles: ReadonlySet<string>,
): Promise<Taken | Refusal> {
  const inbox = inboxOf(place);
  let taken: Taken = { own: NO_COUNTS, ownTaken: 0, others: NO_COUNTS, damaged: [] };
  while (inbox !== undefined && waitingFiles(inbox).length > 0) {
    const opened = await openRunStore(place, { ...options, lockWaitMs: 0 });
    if (!('kysely' in opened)) return opened.kind === 'busy' ? taken : opened;
    try {
      const before = taken;
      const all = await orRefusal(opened.shown, () => takeInAll(opened, inbox, ownFiles, before));
      if ('kind' in all) return all;
      taken = all;
    } finally {
      await opened.close();
    }
  }
  return taken;
}

async function takeInAll(
  store: RunStore,
  inbox: string,
  ownFiles: ReadonlySet<string>,
  before: Taken,
): Promise<Taken> {
  let { own, ownTaken, others } = before;
  const damaged = [...before.damaged];
  const files = waitingFiles(inbox);
  for (const file of files) {
    const read = readBatch(file);
    if (read === undefined) continue;
    if (read.kind === 'damaged') {
      damaged.push({ file: setAside(file), reason: read.reason });
      continue;
    }
    const counts = await ingestBatch(store, read.batch);
    removeBatch(file);
    if (ownFiles.has(file)) [own, ownTaken] = [addCounts(own, counts), ownTaken + 1];
    else others = addCounts(others, counts);
  }
  if (files.length > 0) removeAbandoned(inbox);
  return { own, ownTaken, others, damaged };
}

/**
 * Takes in what waits, for whoever is about to read.
 *
 * @param tell is told of each file that is no batch: it is set aside, and nobody else is told
 */
export async function openWithInbox(
  place: string,
  options: OpenRunStoreOptions,
  tell: (damaged: DamagedBatch) => void = () => {},
): Promise<RunStore | Refusal> {
  const store = await openRunStore(place, options);
  const inbox = inboxOf(place);
  if (!('kysely' in store) || inbox === undefined) return store;
  const nothing: Taken = { own: NO_COUNTS, ownTaken: 0, others: NO_COUNTS, damaged: [] };
  let isOpen = false;
  try {
    const taken = await orRefusal(store.shown, () => takeInAll(store, inbox, new Set(), nothing));
    if ('kind' in taken) return taken;
    for (const each of taken.damaged) tell(each);
    isOpen = true;
    return store;
  } finally {
    if (!isOpen) await store.close();
  }
}

/** What the engine or the disk says of the place is an answer. @throws a mistake of this program */
async function orRefusal<Result>(
  shown: string,
  work: () => Result | Promise<Result>,
): Promise<Result | Refusal> {
  try {
    return await work();
  } catch (error) {
    const refusal = runStoreFault(error, { shown });
    if (refusal === undefined) throw error;
    return refusal;
  }
}

/** Beside the database, which the owner has made. */
function makeInbox(inbox: string): void {
  mkdirSync(dirname(inbox), { recursive: true, mode: 0o700 });
  mkdirSync(inbox, { recursive: true, mode: 0o700 });
}
