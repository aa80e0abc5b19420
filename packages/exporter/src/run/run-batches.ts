/** The batches of one run: numbered, written to the spool, and handed to delivery. The first one opens the spool. */
import type { Attributes } from '@opentelemetry/api';
import { deliveryConfiguration } from '../delivery/main/delivery-configuration.ts';
import type { RunDelivery } from '../delivery/main/run-delivery.ts';
import type { SendingPlace } from '../delivery/main/sending-place.ts';
import type { ExporterOptions } from '../exporter-options.ts';
import { BATCH_SEQUENCE } from '../resource.ts';
import type { ResourceOf, Serialized } from '../serialize-batches.ts';
import type { Settings } from '../settings.ts';
import { pathsOf, spoolPlaces } from '../spool/locate-spool.ts';
import { runOwner } from '../spool/owner.ts';
import {
  type OpenedSpool,
  openRunSpool,
  type RemovedBatches,
  type RunSpool,
  type Spooled,
} from '../spool/run-spool.ts';
import { writeStderrLine } from '../stderr-line.ts';
import { isMainThread } from '../this-thread.ts';
import {
  type DeliveryFailure,
  describeFailure,
  type PersistOutcome,
  type ReplaceOutcome,
  type Verdict,
} from '../verdict.ts';
import { nowUnixMs } from '../wall-clock.ts';

/** What the batches of a run are made of, and where they go. */
export interface RunBatchesTerms {
  readonly settings: Settings;
  readonly options: ExporterOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly runId: string;
  readonly resource: Attributes;
  /** Where a relative spool directory starts from. */
  readonly startDirectory: string | undefined;
  /** Where batches are sent from; none where sending is somebody else's work. */
  readonly place: SendingPlace | undefined;
  readonly delivery: RunDelivery;
  readonly serializePending: (resourceOf: ResourceOf) => Serialized;
}

/** Where a batch that others measured stands among those of the run. */
export interface RelayedBatch {
  /** For what says of itself no `service.instance.id`. */
  readonly runId: string;
  readonly sequence: number;
  /** For what has no resource of its own; run id and sequence are in it. */
  readonly resource: Attributes;
}

/** Owned by the run. */
export class RunBatches {
  readonly #terms: RunBatchesTerms;
  #opened: OpenedSpool | undefined;
  #newest = 0;
  /** Data points that no batch could hold. */
  #lostDataPoints = 0;
  #removed: RemovedBatches = { own: 0, others: 0 };
  #isRefusalSaid = false;

  constructor(terms: RunBatchesTerms) {
    this.#terms = terms;
  }

  /** Writes what was measured since the last call: mostly one batch. */
  persist(): PersistOutcome {
    const { resource, serializePending } = this.#terms;
    const first = this.#newest + 1;
    const { bodies, lostDataPoints } = serializePending((index) => ({
      ...resource,
      [BATCH_SEQUENCE]: first + index,
    }));
    this.#lostDataPoints += lostDataPoints;
    let outcome: PersistOutcome = { kind: 'nothing' };
    for (const body of bodies) {
      this.#newest += 1;
      outcome = this.#keep(body);
    }
    return outcome;
  }

  /** Writes what was measured since the last call as the mark: it counts only if the process dies. */
  mark(): DeliveryFailure | undefined {
    const { resource, serializePending } = this.#terms;
    this.#newest += 1;
    const [body] = serializePending(() => ({ ...resource, [BATCH_SEQUENCE]: this.#newest })).bodies;
    this.#opened ??= this.#open();
    if (body === undefined) return undefined;
    return this.#opened.kind === 'open' ? this.#opened.spool.mark(body) : this.#opened.failure;
  }

  /** Puts what was measured since in the place of the mark. Where none stands it is a batch like any other. */
  replaceMark(): ReplaceOutcome {
    const spool = this.spool();
    if (spool?.hasMark() !== true) return this.persist();
    const { resource, serializePending, delivery } = this.#terms;
    const sequence = this.#newest + 1;
    const { bodies } = serializePending((index) => ({ ...resource, [BATCH_SEQUENCE]: sequence + index }));
    const [body, ...more] = bodies;
    if (body === undefined) return { kind: 'nothing' };
    const spooled = spool.replaceMark(body);
    this.#newest += 1;
    if (spooled.kind === 'spooled') delivery.hand(spooled, body);
    for (const each of more) {
      this.#newest += 1;
      this.#keep(each);
    }
    // A full disk. The mark still stands and counts; sent from memory this would count as well.
    if (spooled.kind === 'refused') return { kind: 'mark-stands', failure: spooled.failure };
    return { kind: 'persisted', sequence: this.#newest };
  }

  /** Keeps a batch that others measured, on disk or not at all: whoever sent it is told, and sends it again. */
  relay(bodyOf: (batch: RelayedBatch) => Uint8Array): PersistOutcome {
    const { runId, delivery, resource } = this.#terms;
    this.#opened ??= this.#open();
    if (this.#opened.kind === 'refused')
      return { kind: 'unspooled', sequence: this.#newest, failure: this.#opened.failure };
    const sequence = this.#newest + 1;
    const body = bodyOf({ runId, sequence, resource: { ...resource, [BATCH_SEQUENCE]: sequence } });
    const spooled = this.#opened.spool.append(body);
    if (spooled.kind === 'refused') return { kind: 'unspooled', sequence, failure: spooled.failure };
    this.#newest = sequence;
    delivery.hand(spooled, body);
    this.#removeBeyondLimits(spooled);
    return { kind: 'persisted', sequence };
  }

  /** The sequence of the newest batch; 0 before the first. */
  newest(): number {
    return this.#newest;
  }

  /** Batches that were removed for the limits of the spool. */
  removed(): RemovedBatches {
    return this.#removed;
  }

  /** `undefined` before the first batch, and where no directory can be used. */
  spool(): RunSpool | undefined {
    return this.#opened?.kind === 'open' ? this.#opened.spool : undefined;
  }

  /** What became of all batches, and of what was in none. */
  verdict(): Verdict {
    const verdict = this.#terms.delivery.verdict(this.spool()?.fault());
    return { ...verdict, lostDataPoints: verdict.lostDataPoints + this.#lostDataPoints };
  }

  /** Returns how many of the run's own batches went. */
  enforceLimits(): number {
    const { own, others } = this.spool()?.enforceLimits(this.#terms.settings, nowUnixMs()) ?? NONE_REMOVED;
    this.#removed = { own: this.#removed.own + own, others: this.#removed.others + others };
    this.#terms.delivery.noteRemoved(own);
    return own;
  }

  /** Asks the disk again for what it refused; `isLast` when nobody will send it any more. */
  saveUnspooled(isLast: boolean): void {
    const spool = this.spool();
    if (spool === undefined || !this.#terms.delivery.hasUnspooled(isLast)) return;
    // The thread may still have them in memory: it must not read them from the current part as well.
    spool.endPart();
    this.#terms.delivery.saveUnspooled((body) => spool.append(body).kind === 'spooled');
  }

  #keep(body: Uint8Array): PersistOutcome {
    const { settings, place, delivery } = this.#terms;
    this.#opened ??= this.#open();
    const spooled = this.#opened.kind === 'open' ? this.#opened.spool.append(body) : this.#opened;
    this.#debug(`batch ${this.#newest}, ${body.length} bytes, ${spooled.kind}`);
    // A host can terminate a worker thread at any instruction: what sends for it must be there by then.
    if (!isMainThread()) place?.boot();
    delivery.hand(spooled, body);
    if (spooled.kind === 'refused') {
      if (settings.delivery === 'send') this.#sayRefused(spooled.failure);
      return { kind: 'unspooled', sequence: this.#newest, failure: spooled.failure };
    }
    this.saveUnspooled(false);
    this.#removeBeyondLimits(spooled);
    return { kind: 'persisted', sequence: this.#newest };
  }

  /** The delivery thread does this for its run; where none works, nobody else would as long as the process lives. */
  #removeBeyondLimits({ created }: Spooled & { readonly kind: 'spooled' }): void {
    const isLaterPart = created !== undefined && created.part > 1;
    if (isLaterPart && !this.#terms.delivery.hasThread()) this.enforceLimits();
  }

  #open(): OpenedSpool {
    const { settings, options, env, runId, startDirectory, place } = this.#terms;
    const places = spoolPlaces({ spoolDir: settings.spoolDir }, env, startDirectory);
    const opened = openRunSpool(pathsOf(places), runId, settings.spoolLimits);
    const directory = opened.kind === 'open' ? opened.spool.directory : undefined;
    this.#debug(`run ${runId}, delivery ${settings.delivery}, spool ${directory ?? 'unusable'}`);
    const owner = opened.kind === 'open' ? opened.spool.owner : runOwner();
    const countsOwnLosses = options.countLosses !== false;
    const configuration = deliveryConfiguration(settings, options, env, {
      directory,
      owner,
      countsOwnLosses,
    });
    place?.send({ kind: 'configure', configuration });
    return opened;
  }

  /** Once: all may still be delivered, but nothing survives a kill any more. Without a thread the end says it. */
  #sayRefused(failure: DeliveryFailure): void {
    if (this.#isRefusalSaid) return;
    this.#isRefusalSaid = true;
    writeStderrLine(
      `${describeFailure(failure)}: until they are delivered, batches are in memory only, and a kill loses them`,
    );
  }

  #debug(text: string): void {
    if (this.#terms.settings.debug) writeStderrLine(text);
  }
}

const NONE_REMOVED: RemovedBatches = { own: 0, others: 0 };
