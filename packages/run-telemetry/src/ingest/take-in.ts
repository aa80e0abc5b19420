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
import { inboxOf, type OpenRunStoreOptions, openRunStore, type RunStore } from '../store/open-run-store.ts';
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
      for await (const batch of batches) counts = addCounts(counts, await ingestBatch(opened, batch));
    } finally {
      await opened.close();
    }
  } else if (opened.kind === 'busy' && inbox !== undefined) {
    makeInbox(inbox);
    for await (const batch of batches) {
      own.add(leaveBatch(inbox, batch));
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
      taken = await takeInAll(opened, inbox, ownFiles, taken);
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
  for (const file of waitingFiles(inbox)) {
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
  removeAbandoned(inbox);
  return { own, ownTaken, others, damaged };
}

/** Takes in what waits, for whoever is about to read. */
export async function openWithInbox(
  place: string,
  options: OpenRunStoreOptions,
): Promise<RunStore | Refusal> {
  const store = await openRunStore(place, options);
  const inbox = inboxOf(place);
  if (!('kysely' in store) || inbox === undefined || waitingFiles(inbox).length === 0) return store;
  await takeInAll(store, inbox, new Set(), { own: NO_COUNTS, ownTaken: 0, others: NO_COUNTS, damaged: [] });
  return store;
}

/** Beside the database, which the owner has made. */
function makeInbox(inbox: string): void {
  mkdirSync(dirname(inbox), { recursive: true, mode: 0o700 });
  mkdirSync(inbox, { recursive: true, mode: 0o700 });
}
