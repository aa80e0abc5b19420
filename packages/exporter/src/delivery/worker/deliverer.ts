/**
 * What delivers: posts the run's own batches, then drains what earlier runs left. It knows no thread: it is told of
 * batches by commands and answers with reports, wherever it runs.
 */
import { endpointName } from '../../endpoint-name.ts';
import { monotonicMs } from '../../monotonic-clock.ts';
import { addToLedger } from '../../spool/ledger.ts';
import { drainOwner } from '../../spool/owner.ts';
import { addTally, EMPTY_TALLY, type Tally } from '../../tally.ts';
import { threadId } from '../../this-thread.ts';
import { nowUnixMs } from '../../wall-clock.ts';
import type { Command, DeliveryConfiguration, DrainReport, DrainSubject, Report } from '../messages.ts';
import type { Endpoint } from '../post/endpoint.ts';
import { configureEndpoint } from '../post/endpoint-configuration.ts';
import { postBatch } from '../post/post-batch.ts';
import { createWaryPost } from '../post/wary-post.ts';
import type { DeliveryMeans, LaneMeans } from './deliver-file.ts';
import { drainRejected } from './drain-rejected.ts';
import { drainOldest, drainSpool, hasLeftovers } from './drain-spool.ts';
import { EndpointAnswers } from './endpoint-answers.ts';
import { Flights, type Gate } from './flights.ts';
import { HeldRequest } from './held-request.ts';
import { RESEND_ALL } from './in-doubt.ts';
import { type LaneReport, NO_LANE_REPORT } from './lane-report.ts';
import { OwnLane } from './own-lane.ts';
import { RetrySchedule } from './retry-schedule.ts';

/** Who is told what a deliverer does, and when it may send. */
export interface DelivererTerms {
  readonly onReport: (report: Report) => void;
  /** A bug: nothing is delivered any more. */
  readonly onFault: (error: unknown) => void;
  readonly gate: Gate;
  /**
   * Nothing is sent unless an attempt or what earlier runs left is asked for, and a request that was sent does not hold the
   * process: so on the main thread. @default false
   */
  readonly isOnDemand?: boolean;
}

/** What another deliverer must be told to go on, and what it need not tell. */
export interface Handover {
  readonly commands: readonly Command[];
  readonly settled: Report;
}

/** What the first command gives. */
interface Configured {
  readonly configuration: DeliveryConfiguration;
  readonly endpoint: Endpoint;
  readonly problems: readonly string[];
  readonly answers: EndpointAnswers;
  readonly lane: OwnLane;
  /** For what others left; none where no directory can be used. */
  readonly means: DeliveryMeans | undefined;
}

/** One life: configured by the first command, then told of batches until the process ends. */
export class Deliverer {
  readonly #terms: DelivererTerms;
  readonly #request = new HeldRequest();
  readonly #flights: Flights;
  #configured: Configured | undefined;
  /** What dead runs left: looked for once, while the first answer is waited for, and drained once. */
  #leftovers: 'unknown' | 'none' | 'waiting' | 'draining' = 'none';
  #drainUntilMs = Number.POSITIVE_INFINITY;
  /** Until when answers are waited for; the process is ending when there is such a time. */
  #answersUntilMs = Number.POSITIVE_INFINITY;
  #drained: DrainReport | undefined;
  #left: Tally = EMPTY_TALLY;
  #rejectedRemoved = 0;

  constructor(terms: DelivererTerms) {
    this.#terms = terms;
    this.#flights = new Flights({
      gate: terms.gate,
      onSent: () => this.#sent(),
      onAnswered: (outcome, tookMs) => this.#configured?.answers.observe(outcome, tookMs),
    });
  }

  /** Obeys at once; what takes time goes on behind it. */
  receive(command: Command): void {
    try {
      this.#obey(command);
    } catch (error) {
      this.#terms.onFault(error);
    }
  }

  /**
   * Nothing is sent any more. Returns what another deliverer can go on with; `undefined` when a batch of the run is on its
   * way: it is in doubt, and only a later run may send it again.
   */
  halt(): Handover | undefined {
    this.#request.halt();
    if (this.#flights.hasOfRun()) return undefined;
    const lane = this.#configured?.lane;
    const settled = this.#reportOf(lane?.reportSettled() ?? NO_LANE_REPORT);
    return { commands: lane?.rest() ?? [], settled: { ...settled, isDraining: false } };
  }

  /** A request that has no connection yet is given up: it would keep the process alive. */
  giveUpUnsent(): void {
    if (this.#flights.isEmpty()) this.#request.giveUp();
  }

  /** No connection stays: it would be older than the end of a program, which looks at what is. */
  hangUp(): void {
    const agent = this.#configured?.endpoint.agent;
    if (this.#flights.isEmpty() && typeof agent === 'object') agent.destroy();
  }

  #obey(command: Command): void {
    const lane = this.#configured?.lane;
    switch (command.kind) {
      case 'configure':
        this.#configure(command.configuration);
        return;
      case 'part':
        lane?.addPart(command.created);
        return;
      case 'spooled':
        lane?.addSpooled(command.part, command.created);
        return;
      case 'unspooled':
        lane?.addUnspooled(command);
        return;
      case 'attempt':
        this.#endWithin(command.answersWithinMs);
        lane?.attempt(command.attempt, command.answersWithinMs !== undefined);
        // Whoever waits for it in vain learns at least what is in doubt.
        if (!this.#flights.isEmpty()) this.#report();
        return;
      case 'drain':
        // Not awaited: a `stop` must not queue up behind it.
        this.#run(this.#drainOnDemand(command.what));
        return;
      case 'leftovers':
        this.#drainUntilMs = monotonicMs() + command.forMs;
        this.#endWithin(command.answersWithinMs);
        this.#run(this.#drainOldest(command.files));
        return;
      case 'stop':
        this.#drainUntilMs = monotonicMs() + command.inMs;
        this.#endWithin(command.answersWithinMs);
    }
  }

  #run(work: Promise<void>): void {
    work.catch(this.#terms.onFault);
  }

  #configure(configuration: DeliveryConfiguration): void {
    const { endpoint, problems } = configureEndpoint(configuration.env, configuration);
    const { directory } = configuration;
    const isOnDemand = this.#terms.isOnDemand === true;
    const answers = new EndpointAnswers(directory, endpoint.url);
    const post = createWaryPost(isOnDemand ? this.#request.holding(endpoint) : endpoint, answers);
    const means: Omit<LaneMeans, 'mayContinue'> = {
      directory,
      post: this.#flights.observing(post, false),
      doubt: { inDoubt: configuration.inDoubt, windowSeconds: () => answers.windowSeconds() },
      nowUnixMs,
      note: (counts) => directory !== undefined && addToLedger(directory, counts),
      limits: configuration.limits,
      noteRemovedRejected: (batches) => {
        this.#rejectedRemoved += batches;
      },
    };
    const lane = new OwnLane(
      {
        ...means,
        post: this.#flights.observing(post, true),
        ...(configuration.countsOwnLosses ? {} : { note: () => {} }),
        mayContinue: () => true,
      },
      {
        owner: configuration.owner,
        isOnDemand,
        retry: new RetrySchedule(),
        onChange: () => this.#changed(),
        onFault: this.#terms.onFault,
      },
    );
    this.#configured = {
      configuration,
      endpoint,
      problems,
      answers,
      lane,
      means:
        directory === undefined ? undefined : { ...means, directory, mayContinue: () => this.#mayDrain() },
    };
    if (!isOnDemand) this.#leftovers = 'unknown';
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
      this.#answersUntilMs === Number.POSITIVE_INFINITY ? 0 : (this.#configured?.answers.expectedMs() ?? 0);
    return now < this.#drainUntilMs && now + expectedMs <= this.#answersUntilMs;
  }

  #sent(): void {
    if (this.#leftovers === 'unknown') setImmediate(() => this.#lookForLeftovers());
    const isEnding = this.#answersUntilMs !== Number.POSITIVE_INFINITY;
    const isAwaited = isEnding || this.#configured?.lane.isAwaited() === true;
    // On the main thread nobody may be able to ask any more.
    if (this.#terms.isOnDemand === true || isAwaited) this.#report();
  }

  /** Once the Collector has taken the run's own batches, it may have those of earlier runs. */
  #changed(): void {
    const lane = this.#configured?.lane;
    const isHealthy = lane?.isIdle() === true && lane.report().tally.delivered > 0;
    if (isHealthy) this.#lookForLeftovers();
    const isTime = isHealthy && this.#leftovers === 'waiting';
    if (isTime) this.#leftovers = 'draining';
    this.#report();
    // In a turn of its own: a batch that is just coming in goes first.
    if (isTime) setImmediate(() => this.#run(this.#drainLeftovers()));
  }

  #lookForLeftovers(): void {
    if (this.#leftovers !== 'unknown' || this.#configured === undefined) return;
    this.#leftovers = hasLeftovers(this.#configured.configuration) ? 'waiting' : 'none';
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
      this.#drained = { ...report, rejectedRemoved: this.#rejectedRemoved, problems: this.#problems() };
    this.#report();
  }

  /** The little that a program which ends by itself does for earlier runs. */
  async #drainOldest(files: number): Promise<void> {
    if (this.#configured?.means === undefined) return;
    const { configuration, means } = this.#configured;
    this.#leftovers = 'draining';
    this.#report();
    const terms = {
      owner: drainOwner(configuration.owner, threadId()),
      files,
      untilMs: this.#drainUntilMs,
    };
    this.#left = await drainOldest(means, terms);
    this.#leftovers = 'none';
    this.#report();
  }

  async #drain(what: DrainSubject): Promise<DrainReport | undefined> {
    if (this.#configured?.means === undefined) return undefined;
    const { configuration, endpoint, means } = this.#configured;
    const terms = { owner: drainOwner(configuration.owner, threadId()) };
    // What was refused before is tried again each, however many are refused again.
    if (what === 'rejected')
      return await drainRejected({ ...means, post: (body) => postBatch(endpoint, body) }, terms);
    return await drainSpool(what === 'in-doubt' ? { ...means, doubt: RESEND_ALL } : means, terms);
  }

  #report(): void {
    const lane = this.#configured?.lane;
    const report = lane?.report() ?? NO_LANE_REPORT;
    const inFlight = this.#flights.reported();
    const isFirstDoubt = inFlight?.isOwn === true && lane?.isHeadMarked() !== true;
    this.#terms.onReport({
      ...this.#reportOf(report),
      tally: addTally(report.tally, { inDoubt: isFirstDoubt ? 1 : 0 }),
      ...(inFlight === undefined ? {} : { inFlight }),
    });
  }

  #reportOf(lane: LaneReport): Report {
    return {
      ...lane,
      others: addTally(lane.others, this.#left),
      rejectedRemoved: this.#rejectedRemoved,
      isDraining: this.#leftovers === 'draining',
      problems: this.#problems(),
      ...(this.#configured === undefined ? {} : { endpoint: endpointName(this.#configured.endpoint.url) }),
      ...(this.#drained === undefined ? {} : { drain: this.#drained }),
    };
  }

  #problems(): readonly string[] {
    return this.#configured?.problems ?? [];
  }
}
