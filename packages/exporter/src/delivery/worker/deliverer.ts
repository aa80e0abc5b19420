/**
 * What delivers: posts the run's own batches, then drains what earlier runs left. It knows no thread: it is told of
 * batches by commands and answers with reports, wherever it runs.
 */
import { threadId } from 'node:worker_threads';
import { endpointName } from '../../endpoint-name.ts';
import { monotonicMs } from '../../monotonic-clock.ts';
import { addToLedger, type LedgerCounts } from '../../spool/ledger.ts';
import { drainOwner } from '../../spool/owner.ts';
import type {
  Command,
  DeliveryConfiguration,
  DrainReport,
  DrainSubject,
  GivenUp,
  Report,
} from '../messages.ts';
import type { Endpoint } from '../post/endpoint.ts';
import { configureEndpoint } from '../post/endpoint-configuration.ts';
import { postBatch } from '../post/post-batch.ts';
import type { PostOutcome } from '../post/post-outcome.ts';
import { createWaryPost } from '../post/wary-post.ts';
import type { DeliveryMeans } from './deliver-file.ts';
import { drainOldest } from './drain-oldest.ts';
import { drainRejected } from './drain-rejected.ts';
import { drainSpool, hasLeftovers } from './drain-spool.ts';
import { HeldRequest } from './held-request.ts';
import { type LaneReport, OwnLane } from './own-lane.ts';

const NOTHING: LaneReport = {
  seen: 0,
  delivered: 0,
  rejected: 0,
  taken: 0,
  lost: 0,
  unspooledSettled: 0,
  expired: 0,
  lostDataPoints: 0,
  attempt: 0,
};

/** Who is told what a deliverer does. */
export interface DelivererTerms {
  readonly onReport: (report: Report) => void;
  /** A bug: nothing is delivered any more. */
  readonly onFault: (error: unknown) => void;
}
const NOTHING_GIVEN_UP = { rejected: 0, expired: 0, skippedLines: 0 };

/** One life: configured by the first command, then told of batches until the process ends. */
export class Deliverer {
  readonly #terms: DelivererTerms;
  /** The first is being obeyed. */
  readonly #commands: Command[] = [];
  readonly #request = new HeldRequest();
  #endpoint: Endpoint | undefined;
  #problems: readonly string[] = [];
  #lane: OwnLane | undefined;
  #means: DeliveryMeans | undefined;
  #configuration: DeliveryConfiguration | undefined;
  /** What dead runs left: looked for once, drained once. */
  #leftovers: 'none' | 'waiting' | 'draining' = 'none';
  #drainUntilMs = Number.POSITIVE_INFINITY;
  #drained: DrainReport | undefined;
  #givenUp: Omit<GivenUp, 'rejectedRemoved'> = NOTHING_GIVEN_UP;
  #rejectedRemoved = 0;

  constructor(terms: DelivererTerms) {
    this.#terms = terms;
  }

  /** Commands are worked off in order: a batch never overtakes the configuration. */
  receive(command: Command): void {
    this.#commands.push(command);
    if (this.#commands.length === 1) this.#run(this.#obeyAll());
  }

  /**
   * The run's batches that are not settled, in the words in which another deliverer can be told of them; nothing is sent any
   * more. `undefined` when one of them was on its way: it is in doubt, and only a later run may send it again.
   */
  halt(): Command[] | undefined {
    const isInDoubt = this.#request.halt();
    if (isInDoubt) return undefined;
    return [...(this.#lane?.rest() ?? []), ...this.#commands.filter(isOfBatch)];
  }

  /** A request that did not leave as a whole is given up: a connection that is not made yet would keep the process alive. */
  giveUpUnsent(): void {
    this.#request.giveUpUnsent();
  }

  async #obeyAll(): Promise<void> {
    for (let first = this.#commands[0]; first !== undefined; first = this.#commands[0]) {
      await this.#obey(first);
      this.#commands.shift();
    }
  }

  #run(work: Promise<void>): void {
    work.catch(this.#terms.onFault);
  }

  async #obey(command: Command): Promise<void> {
    switch (command.kind) {
      case 'configure':
        return this.#configure(command.configuration);
      case 'part':
        return this.#lane?.addPart(command.created);
      case 'spooled':
        return this.#lane?.addSpooled(command.part, command.created);
      case 'unspooled':
        return this.#lane?.addUnspooled(command.body);
      case 'attempt':
        return this.#lane?.attempt(command.attempt, command.isLast);
      case 'drain':
        // Not awaited: a `stop` must not queue up behind it.
        this.#run(this.#drainOnDemand(command.what));
        return;
      case 'leftovers':
        return this.#deliverOldest(command.files, command.forMs);
      case 'stop':
        this.#drainUntilMs = monotonicMs() + command.inMs;
    }
  }

  async #configure(configuration: DeliveryConfiguration): Promise<void> {
    Object.assign(process.env, configuration.env);
    const { endpoint, problems } = await configureEndpoint(configuration);
    this.#endpoint = endpoint;
    this.#problems = problems;
    this.#configuration = configuration;
    const directory = configuration.directory ?? '';
    const means = {
      directory,
      post: configuration.isOnDemand
        ? this.#request.watching(createWaryPost(this.#request.holding(endpoint)))
        : createWaryPost(endpoint),
      nowUnixMs: Date.now,
      note: (counts: Partial<LedgerCounts>) => addToLedger(directory, counts),
      limits: configuration.limits,
      noteRemovedRejected: (batches: number) => {
        this.#rejectedRemoved += batches;
      },
    };
    this.#means = { ...means, mayContinue: () => monotonicMs() < this.#drainUntilMs };
    this.#lane = new OwnLane(
      { ...means, ...(configuration.countsOwnLosses ? {} : { note: () => {} }), mayContinue: () => true },
      { ...configuration, onChange: () => this.#changed(), onFault: this.#terms.onFault },
    );
    if (!configuration.isOnDemand && hasLeftovers(configuration)) this.#leftovers = 'waiting';
    this.#report();
  }

  /** Once the Collector has taken the run's own batches, it may have those of earlier runs. */
  #changed(): void {
    const isHealthy = this.#lane?.isIdle() === true && this.#lane.report().delivered > 0;
    const isTime = isHealthy && this.#leftovers === 'waiting';
    if (isTime) this.#leftovers = 'draining';
    this.#report();
    // In a turn of its own: a batch that is just coming in goes first.
    if (isTime) setImmediate(() => this.#run(this.#drainLeftovers()));
  }

  async #drainLeftovers(): Promise<void> {
    this.#givenUp = (await this.#drain('waiting')) ?? NOTHING_GIVEN_UP;
    this.#leftovers = 'none';
    this.#report();
  }

  async #drainOnDemand(what: DrainSubject): Promise<void> {
    this.#leftovers = 'none';
    const report = await this.#drain(what);
    if (report !== undefined)
      this.#drained = { ...report, rejectedRemoved: this.#rejectedRemoved, problems: this.#problems };
    this.#report();
  }

  async #deliverOldest(files: number, forMs: number): Promise<void> {
    if (this.#means === undefined || this.#configuration === undefined) return;
    this.#drainUntilMs = monotonicMs() + forMs;
    this.#leftovers = 'draining';
    this.#report();
    await drainOldest(this.#means, drainOwner(this.#configuration.owner, threadId), files);
    this.#leftovers = 'none';
    this.#report();
  }

  async #drain(what: DrainSubject): Promise<DrainReport | undefined> {
    if (this.#means === undefined || this.#configuration === undefined) return undefined;
    const terms = { owner: drainOwner(this.#configuration.owner, threadId) };
    return what === 'rejected'
      ? await drainRejected({ ...this.#means, post: (body) => this.#postOnce(body) }, terms)
      : await drainSpool(this.#means, terms);
  }

  /** What was refused before is tried again each, however many are refused again. */
  #postOnce(body: Uint8Array): Promise<PostOutcome> {
    if (this.#endpoint === undefined) throw new Error('a batch came before the configuration');
    return postBatch(this.#endpoint, body);
  }

  #report(): void {
    const { rejected, expired, skippedLines } = this.#givenUp;
    const report: Report = {
      ...(this.#lane?.report() ?? NOTHING),
      isDraining: this.#leftovers === 'draining',
      problems: this.#problems,
      ...(this.#endpoint === undefined ? {} : { endpoint: endpointName(this.#endpoint.url) }),
      ...(this.#drained === undefined ? {} : { drain: this.#drained }),
      givenUp: { rejected, expired, skippedLines, rejectedRemoved: this.#rejectedRemoved },
    };
    this.#terms.onReport(report);
  }
}

function isOfBatch({ kind }: Command): boolean {
  return kind === 'part' || kind === 'spooled' || kind === 'unspooled';
}
