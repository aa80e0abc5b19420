/**
 * What delivers: posts the run's own batches, then drains what earlier runs left. It knows no thread: it is told of
 * batches by commands and answers with reports, wherever it runs.
 */
import { endpointName } from '../../endpoint-name.ts';
import { monotonicMs } from '../../monotonic-clock.ts';
import { addTally } from '../../tally.ts';
import type { Command, DeliveryConfiguration, Report } from '../messages.ts';
import { type ConfiguredDelivery, configureDelivery } from './configured-delivery.ts';
import { Flights, type Gate } from './flights.ts';
import { HeldRequest } from './held-request.ts';
import { type LaneReport, NO_LANE_REPORT } from './lane-report.ts';
import { Leftovers } from './leftovers.ts';

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

/** One life: configured by the first command, then told of batches until the process ends. */
export class Deliverer {
  readonly #terms: DelivererTerms;
  readonly #request = new HeldRequest();
  readonly #flights: Flights;
  readonly #leftovers = new Leftovers(() => this.#report());
  #configured: ConfiguredDelivery | undefined;
  #drainUntilMs = Number.POSITIVE_INFINITY;
  /** Until when answers are waited for; the process is ending when there is such a time. */
  #answersUntilMs = Number.POSITIVE_INFINITY;
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
    if (command.kind === 'configure') this.#configure(command.configuration);
    else if (this.#configured !== undefined) this.#obeyConfigured(this.#configured, command);
  }

  #obeyConfigured(delivery: ConfiguredDelivery, command: Exclude<Command, { kind: 'configure' }>): void {
    const { lane } = delivery;
    switch (command.kind) {
      case 'part':
        lane.addPart(command.created);
        return;
      case 'spooled':
        lane.addSpooled(command.part, command.created);
        return;
      case 'unspooled':
        lane.addUnspooled(command);
        return;
      case 'attempt':
        this.#endWithin(command.answersWithinMs);
        lane.attempt(command.attempt, command.answersWithinMs !== undefined);
        // Whoever waits for it in vain learns at least what is in doubt.
        if (!this.#flights.isEmpty()) this.#report();
        return;
      case 'drain':
        // Not awaited: a `stop` must not queue up behind it.
        this.#run(this.#leftovers.drainOnDemand(delivery, command.what));
        return;
      case 'leftovers':
        this.#drainUntilMs = monotonicMs() + command.forMs;
        this.#endWithin(command.answersWithinMs);
        this.#run(
          this.#leftovers.drainOldest(delivery, { files: command.files, untilMs: this.#drainUntilMs }),
        );
        return;
      case 'silent':
        this.#configured?.answers.lookAgain();
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
    const isOnDemand = this.#terms.isOnDemand === true;
    this.#configured = configureDelivery(configuration, {
      flights: this.#flights,
      request: this.#request,
      isOnDemand,
      mayDrain: () => this.#mayDrain(),
      noteRemovedRejected: (batches) => {
        this.#rejectedRemoved += batches;
      },
      onChange: () => this.#changed(),
      onFault: this.#terms.onFault,
    });
    if (!isOnDemand) this.#leftovers.expect();
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
    if (this.#leftovers.isUnknown()) setImmediate(() => this.#lookForLeftovers());
    const isEnding = this.#answersUntilMs !== Number.POSITIVE_INFINITY;
    const isAwaited = isEnding || this.#configured?.lane.isAwaited() === true;
    // On the main thread nobody may be able to ask any more.
    if (this.#terms.isOnDemand === true || isAwaited) this.#report();
  }

  /** Once the Collector has taken the run's own batches, it may have those of earlier runs. */
  #changed(): void {
    const delivery = this.#configured;
    const isHealthy = delivery?.lane.isIdle() === true && delivery.lane.report().tally.delivered > 0;
    if (isHealthy) this.#leftovers.look(delivery.configuration);
    const isTime = isHealthy && this.#leftovers.claim();
    this.#report();
    // In a turn of its own: a batch that is just coming in goes first.
    if (isTime) setImmediate(() => this.#run(this.#leftovers.drainWaiting(delivery)));
  }

  #lookForLeftovers(): void {
    if (this.#configured !== undefined) this.#leftovers.look(this.#configured.configuration);
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
    const problems = this.#configured?.problems ?? [];
    const drained = this.#leftovers.drained();
    const rejectedRemoved = this.#rejectedRemoved;
    return {
      ...lane,
      others: addTally(lane.others, this.#leftovers.left()),
      rejectedRemoved,
      isDraining: this.#leftovers.isDraining(),
      problems,
      ...(this.#configured === undefined ? {} : { endpoint: endpointName(this.#configured.endpoint.url) }),
      ...(drained === undefined ? {} : { drain: { ...drained, rejectedRemoved, problems } }),
    };
  }
}
