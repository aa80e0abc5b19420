/**
 * What delivers: posts the run's own batches, then drains what earlier runs left. It knows no thread: it is told of
 * batches by commands and answers with reports, wherever it runs.
 */
import { threadId } from 'node:worker_threads';
import { endpointName } from '../../endpoint-name.ts';
import { monotonicMs } from '../../monotonic-clock.ts';
import { addToLedger, type LedgerCounts } from '../../spool/ledger.ts';
import { drainOwner } from '../../spool/owner.ts';
import { addTally, EMPTY_TALLY, type Tally } from '../../tally.ts';
import type { Command, DeliveryConfiguration, DrainReport, DrainSubject, Report } from '../messages.ts';
import type { Endpoint } from '../post/endpoint.ts';
import { configureEndpoint } from '../post/endpoint-configuration.ts';
import { postBatch } from '../post/post-batch.ts';
import type { PostOutcome } from '../post/post-outcome.ts';
import { createWaryPost, type Post } from '../post/wary-post.ts';
import type { DeliveryMeans } from './deliver-file.ts';
import { drainRejected } from './drain-rejected.ts';
import { drainSpool, hasLeftovers } from './drain-spool.ts';
import { EndpointAnswers } from './endpoint-answers.ts';
import { RESEND_ALL } from './in-doubt.ts';
import { NO_LANE_REPORT, OwnLane } from './own-lane.ts';

/** What a batch passes before it leaves: somebody may have closed it. */
export interface Gate {
  readonly enter: () => boolean;
  readonly leave: () => void;
}

type InFlight = NonNullable<Report['inFlight']>;

const OPEN_GATE: Gate = { enter: () => true, leave: () => {} };

/** One life: configured by the first command, then told of batches until the process ends. */
export class Deliverer {
  readonly #onReport: (report: Report) => void;
  readonly #gate: Gate;
  #last: Promise<void> = Promise.resolve();
  #endpoint: Endpoint | undefined;
  #problems: readonly string[] = [];
  #lane: OwnLane | undefined;
  #means: DeliveryMeans | undefined;
  #configuration: DeliveryConfiguration | undefined;
  /** What dead runs left: looked for once, drained once. */
  #leftovers: 'none' | 'waiting' | 'draining' = 'none';
  #drainUntilMs = Number.POSITIVE_INFINITY;
  /** Until when answers are waited for; the process is ending when there is such a time. */
  #answersUntilMs = Number.POSITIVE_INFINITY;
  #answers: EndpointAnswers | undefined;
  readonly #inFlight: Set<InFlight> = new Set();
  #drained: DrainReport | undefined;
  #left: Tally = EMPTY_TALLY;
  #rejectedRemoved = 0;

  constructor(onReport: (report: Report) => void, gate: Gate = OPEN_GATE) {
    this.#onReport = onReport;
    this.#gate = gate;
  }

  /** Commands are worked off in order: a batch never overtakes the configuration. */
  receive(command: Command): void {
    this.#last = this.#last.then(() => this.#obey(command));
  }

  async #obey(command: Command): Promise<void> {
    switch (command.kind) {
      case 'configure':
        return this.#configure(command.configuration);
      case 'spooled':
        return this.#lane?.addSpooled(command.part, command.created);
      case 'unspooled':
        return this.#lane?.addUnspooled(command.body);
      case 'attempt':
        this.#endWithin(command.answersWithinMs);
        return this.#lane?.attempt(command.attempt, command.answersWithinMs !== undefined);
      case 'drain':
        // Not awaited: a `stop` must not queue up behind it.
        void this.#drainOnDemand(command.what);
        return;
      case 'stop':
        this.#drainUntilMs = monotonicMs() + command.inMs;
        this.#endWithin(command.answersWithinMs);
    }
  }

  #configure(configuration: DeliveryConfiguration): void {
    const { endpoint, problems } = configureEndpoint(configuration.env, configuration);
    this.#endpoint = endpoint;
    this.#problems = problems;
    this.#configuration = configuration;
    const directory = configuration.directory ?? '';
    const post = createWaryPost(endpoint);
    const answers = new EndpointAnswers(directory, endpoint.url);
    this.#answers = answers;
    const means = {
      directory,
      post: this.#observed(post, false),
      doubt: { inDoubt: configuration.inDoubt, windowSeconds: () => answers.windowSeconds() },
      nowUnixMs: Date.now,
      note: (counts: Partial<LedgerCounts>) => addToLedger(directory, counts),
      limits: configuration.limits,
      noteRemovedRejected: (batches: number) => {
        this.#rejectedRemoved += batches;
      },
    };
    this.#means = { ...means, mayContinue: () => this.#mayDrain() };
    this.#lane = new OwnLane(
      {
        ...means,
        post: this.#observed(post, true),
        ...(configuration.countsOwnLosses ? {} : { note: () => {} }),
        mayContinue: () => true,
      },
      { ...configuration, onChange: () => this.#changed() },
    );
    if (hasLeftovers(configuration)) this.#leftovers = 'waiting';
    this.#report();
  }

  #endWithin(answersWithinMs: number | undefined): void {
    if (answersWithinMs === undefined) return;
    this.#answersUntilMs = monotonicMs() + answersWithinMs;
    // Whoever ends asks first of all what is in flight.
    this.#report();
  }

  /** A process that ends starts no batch of others whose answer it will not see: it would come twice. */
  #mayDrain(): boolean {
    const now = monotonicMs();
    const expectedMs =
      this.#answersUntilMs === Number.POSITIVE_INFINITY ? 0 : (this.#answers?.expectedMs() ?? 0);
    return now < this.#drainUntilMs && now + expectedMs <= this.#answersUntilMs;
  }

  /** Knows what is in flight, and what the endpoint's answers tell of it. */
  #observed(post: Post, isOwn: boolean): Post {
    return async (body, options = {}) => {
      let sent: InFlight | undefined;
      const beforeSent = (): boolean => {
        if (sent === undefined && !this.#gate.enter()) return false;
        options.beforeSent?.();
        // What is on no disk cannot wait there for its answer: it is unsent.
        const isOnDisk = options.beforeSent !== undefined;
        if (sent !== undefined) this.#inFlight.delete(sent);
        sent = { isOwn: isOwn && isOnDisk, sinceMs: monotonicMs() };
        this.#inFlight.add(sent);
        if (this.#answersUntilMs !== Number.POSITIVE_INFINITY) this.#report();
        return true;
      };
      const outcome = await post(body, { ...options, beforeSent });
      if (sent === undefined) return outcome;
      const { sinceMs } = sent;
      this.#answers?.observe(outcome, monotonicMs() - sinceMs);
      this.#inFlight.delete(sent);
      // After the file's name has moved on, which the caller does at once: until then it would come again.
      setImmediate(() => this.#gate.leave());
      return outcome;
    };
  }

  /** Once the Collector has taken the run's own batches, it may have those of earlier runs. */
  #changed(): void {
    const isHealthy = this.#lane?.isIdle() === true && this.#lane.report().tally.delivered > 0;
    const isTime = isHealthy && this.#leftovers === 'waiting';
    if (isTime) this.#leftovers = 'draining';
    this.#report();
    // In a turn of its own: a batch that is just coming in goes first.
    if (isTime) setImmediate(() => void this.#drainLeftovers());
  }

  async #drainLeftovers(): Promise<void> {
    this.#left = (await this.#drain('waiting')) ?? EMPTY_TALLY;
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

  async #drain(what: DrainSubject): Promise<DrainReport | undefined> {
    if (this.#means === undefined || this.#configuration === undefined) return undefined;
    const terms = { owner: drainOwner(this.#configuration.owner, threadId) };
    if (what === 'rejected')
      return await drainRejected({ ...this.#means, post: (body) => this.#postOnce(body) }, terms);
    return await drainSpool(what === 'in-doubt' ? { ...this.#means, doubt: RESEND_ALL } : this.#means, terms);
  }

  /** What was refused before is tried again each, however many are refused again. */
  #postOnce(body: Uint8Array): Promise<PostOutcome> {
    if (this.#endpoint === undefined) throw new Error('a batch came before the configuration');
    return postBatch(this.#endpoint, body);
  }

  #report(): void {
    const lane = this.#lane?.report() ?? NO_LANE_REPORT;
    const flights = [...this.#inFlight];
    const own = flights.find(({ isOwn }) => isOwn);
    const inFlight = own ?? flights[0];
    const isFirstDoubt = own !== undefined && this.#lane?.isHeadMarked() !== true;
    const report: Report = {
      ...lane,
      tally: addTally(lane.tally, { inDoubt: isFirstDoubt ? 1 : 0 }),
      others: addTally(lane.others, this.#left),
      rejectedRemoved: this.#rejectedRemoved,
      isDraining: this.#leftovers === 'draining',
      ...(inFlight === undefined ? {} : { inFlight }),
      problems: this.#problems,
      ...(this.#endpoint === undefined ? {} : { endpoint: endpointName(this.#endpoint.url) }),
      ...(this.#drained === undefined ? {} : { drain: this.#drained }),
    };
    this.#onReport(report);
  }
}
