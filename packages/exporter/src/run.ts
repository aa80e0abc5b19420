/**
 * One process's telemetry: from the first measurement to the verdict.
 *
 *     measured ─▶ pending ─▶ persist: one line in the spool ─▶ delivery thread ─▶ Collector
 *                   (ms)          (safe from here on)           (retries, drains)
 *     exit, signal, throw ─▶ persist ─▶ wait within the budget ─▶ verdict
 *
 * Longer than others: what each step leaves for the next (armed, spool, thread, what was said) is one life, and its second
 * idea, what an end leaves behind, reads and writes nearly all of it.
 */
import type { Attributes } from '@opentelemetry/api';
import { deliveryConfiguration } from './delivery/main/delivery-configuration.ts';
import { NaturalEnd } from './delivery/main/natural-end.ts';
import { RunDelivery } from './delivery/main/run-delivery.ts';
import { SendingPlace } from './delivery/main/sending-place.ts';
import { describeThrown } from './describe-thrown.ts';
import { callHost } from './exit/call-host.ts';
import { describeEnding } from './exit/describe-ending.ts';
import { EndingListeners } from './exit/ending-listeners.ts';
import { installExitHooks, isExiting } from './exit/exit-hooks.ts';
import { holdWhileAwaited } from './exit/hold-while-awaited.ts';
import { persistAll } from './exit/our-listeners.ts';
import { NOTHING_UNTOLD, type Untold, untoldOf, untoldSince } from './exit/untold.ts';
import type { ExporterOptions } from './exporter-options.ts';
import type { Observers } from './meter/observables/observers.ts';
import { monotonicMs } from './monotonic-clock.ts';
import { likelyEndpoint } from './otlp-environment.ts';
import { BATCH_SEQUENCE, describeResource } from './resource.ts';
import { createRunId } from './run-id.ts';
import type { ResourceOf, Serialized } from './serialize-batches.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { snakeCased } from './spool/json-keys.ts';
import { type RemovedBatches, RunSpool } from './spool/run-spool.ts';
import { currentDirectory, spoolDirectoryCandidates } from './spool/spool-directory.ts';
import { writeStderrLine } from './stderr-line.ts';
import { isMainThread } from './this-thread.ts';
import { type DeliveryFailure, describeFailure, type PersistOutcome, type Verdict } from './verdict.ts';

/** What a run asks of its meters. */
export interface Meters {
  /** Serializes what was measured since the last call: mostly one batch, none when nothing was, several when one were too large. */
  readonly serializePending: (resourceOf: ResourceOf) => Serialized;
  readonly observers: Pick<Observers, 'observe' | 'observeLast' | 'stop'>;
}

/** The longest that `flush` waits by default: the OTLP default timeout. */
const FLUSH_TIMEOUT_MS = 10_000;
/** The same for `shutdown`: half of the 10 s after which `docker stop` kills. */
const SHUTDOWN_TIMEOUT_MS = 5000;

/** What is known once the first measurement is taken. */
interface Armed {
  readonly settings: Settings;
  readonly resource: Attributes;
  readonly runId: string;
  readonly removeHooks: () => void;
}

/** Owned by the meter provider. */
export class Run {
  readonly #options: ExporterOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #meters: Meters;
  /** Where a relative spool directory starts from; a later chdir must not move it. */
  readonly #startDirectory: string | undefined;
  /** Where batches are sent from; none before the first measurement, and none where sending is somebody else's work. */
  #place: SendingPlace | undefined;
  #delivery: RunDelivery;
  #armed: Armed | undefined;
  #spool: RunSpool | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isPending = false;
  /** Data points that no batch could hold. */
  #lostDataPoints = 0;
  #measurements = 0;
  readonly #naturalEnd = new NaturalEnd();
  #sequence = 0;
  #endedAtMs: number | undefined;
  #concludedSequence: number | undefined;
  #unsent = 0;
  #removed: RemovedBatches = { own: 0, others: 0 };
  #said: Untold = NOTHING_UNTOLD;
  #isRefusalSaid = false;
  #isTelling = false;
  #isStopped = false;
  #stopping: Promise<Verdict> | undefined;
  readonly #endingListeners = new EndingListeners();

  constructor(options: ExporterOptions, meters: Meters) {
    this.#options = options;
    this.#env = options.env ?? process.env;
    this.#meters = meters;
    this.#startDirectory = currentDirectory();
    this.#delivery = new RunDelivery(undefined, likelyEndpoint(options.endpoint, this.#env));
  }

  /** Called after each measurement; all but the first since the last batch cost two comparisons. */
  readonly measured = (): void => {
    this.#measurements += 1;
    // A program that never yields lets no timer tell that it is time for the thread.
    if (this.#measurements % 64 === 0) this.#place?.look();
    if (this.#isPending || this.#isStopped) return;
    this.#isPending = true;
    const { settings } = this.#arm();
    if (!settings.enabled || this.#isTelling) return;
    this.#place?.startClock();
    if (this.#endedAtMs !== undefined) this.end();
    // A host can terminate a worker thread at any instruction, without an event.
    else if (!isMainThread()) this.persist();
    else this.#timer ??= setTimeout(() => this.#persistInTime(), settings.persistIntervalMs).unref();
  };

  /** Writes what is pending into the spool. */
  persist(): PersistOutcome {
    if (this.#isStopped) return { kind: 'disabled' };
    if (!this.#isPending) return { kind: 'nothing' };
    const armed = this.#arm();
    if (!armed.settings.enabled) return { kind: 'disabled' };
    this.#isPending = false;
    this.#place?.look();
    const first = this.#sequence + 1;
    const resourceOf = (index: number): Attributes => ({
      ...armed.resource,
      [BATCH_SEQUENCE]: first + index,
    });
    let outcome: PersistOutcome = { kind: 'nothing' };
    const { bodies, lostDataPoints } = this.#meters.serializePending(resourceOf);
    this.#lostDataPoints += lostDataPoints;
    for (const body of bodies) {
      this.#sequence += 1;
      outcome = this.#keep(armed, body);
    }
    return outcome;
  }

  /** A process that nobody keeps alive but this, and nobody awaits it, lives on for the budgets of an end at most. */
  flush(given?: number): Promise<Verdict> {
    return this.#heldWhileAwaited(this.#flushOnce(waitOf(given, FLUSH_TIMEOUT_MS)));
  }

  forceFlush(): Promise<void> {
    return this.#heldWhileAwaited(this.#flushOnce(FLUSH_TIMEOUT_MS).then(() => {}));
  }

  async #flushOnce(timeoutMs: number): Promise<Verdict> {
    const deadlineMs = monotonicMs() + timeoutMs;
    // Half of the time is for delivery, whatever the callbacks wait for.
    const observing = this.#meters.observers.observe(timeoutMs / 2);
    this.persist();
    if (observing !== undefined) {
      await observing;
      this.persist();
    }
    await this.#delivery.waitAwake(Math.max(0, deadlineMs - monotonicMs()));
    if (!this.#isPending && this.#delivery.isSettled()) this.#place?.stopClock();
    return this.verdict();
  }

  /** The time between two calls of each callback; `undefined` when none is called. The end calls them as well. */
  readonly observationIntervalMs = (): number | undefined => {
    if (this.#isStopped) return undefined;
    const { settings } = this.#arm();
    if (!settings.enabled) return undefined;
    this.#endingListeners.addLast(this.#meters.observers.observeLast);
    return settings.observationIntervalMs;
  };

  /** Flushes, then stops for good, once however often it is called; the first call says how long it may take. */
  stop(timeoutMs?: number): Promise<Verdict> {
    this.#stopping ??= this.#heldWhileAwaited(this.#stopOnce(waitOf(timeoutMs, SHUTDOWN_TIMEOUT_MS)));
    return this.#stopping;
  }

  #heldWhileAwaited<T>(work: Promise<T>): Promise<T> {
    const startMs = monotonicMs();
    return holdWhileAwaited(work, () => {
      if (this.#armed === undefined || this.#place === undefined) return 0;
      const { settings } = this.#armed;
      const unsentMs = startMs + settings.exitBudgetMs - monotonicMs();
      return Math.max(unsentMs, this.#delivery.openAnswerMs(settings));
    });
  }

  /** Asked before the first measurement, it looks at the settings as they are now. */
  isEnabled(): boolean {
    return (this.#armed?.settings ?? resolveSettings(this.#options, this.#env)).enabled;
  }

  verdict(): Verdict {
    const verdict = this.#delivery.verdict();
    const lostDataPoints = verdict.lostDataPoints + this.#lostDataPoints;
    return { ...verdict, lostDataPoints };
  }

  /** Arms: what the listener measures may be the first measurement, and without hooks it would come too late. */
  onEnding(listener: () => void): () => void {
    if (!this.#isStopped) this.#arm();
    return this.#endingListeners.add(listener);
  }

  /**
   * The end of the process. Called again when a later exit handler of the host measures something: that
   * is persisted and delivered too, within what is left of the budget.
   */
  readonly end = (): void => {
    if (this.#isStopped || this.#armed === undefined) return;
    this.#delivery.reopen();
    this.#endingListeners.announce(persistAll);
    // Before the last batch is written: it boots meanwhile.
    if (this.#isPending || !this.#isAttempted()) this.#place?.boot();
    this.persist();
    // Called without news: the exit event that follows a signal in process 1.
    if (this.#concludedSequence === this.#sequence) {
      this.#delivery.close();
      return;
    }
    this.#endedAtMs ??= monotonicMs();
    const spentMs = monotonicMs() - this.#endedAtMs + this.#naturalEnd.spentMs();
    const { exitBudgetMs, answerBudgetMs } = this.#armed.settings;
    if (!this.#naturalEnd.hasAttempted(this.#sequence))
      this.#delivery.waitAsleep(Math.max(0, exitBudgetMs - spentMs), answerBudgetMs);
    this.#conclude();
  };

  /** The event loop is empty: the program ends by itself, and what is sent now needs no thread. */
  readonly endNaturally = (): void => {
    if (this.#isStopped || this.#armed === undefined || !this.#naturalEnd.isPossible()) return;
    this.#naturalEnd.prepare();
    this.#endingListeners.announce(persistAll);
    // Ours must not be taken for the host's, which are put off.
    this.#clearTimers();
    this.persist();
    if (this.#isAttempted() || !this.#canSendNaturally(this.#armed)) return;
    // Again: whoever was told of the end may have added a listener.
    if (!this.#naturalEnd.isPossible()) return;
    this.#naturalEnd
      .send(this.#delivery, this.#sequence, this.#armed.settings)
      // A bug; thrown, it would change the exit code.
      .catch((error: unknown) => writeStderrLine(`delivery at the end failed: ${String(error)}`));
  };

  /** What a flush that nobody awaits has sent is waited for here as well. */
  #canSendNaturally({ settings }: Armed): boolean {
    if (this.#place?.canSendFromMain() === true) return true;
    return !this.#naturalEnd.isTakenBack() && this.#delivery.openAnswerMs(settings) > 0;
  }

  /** Whether all batches are settled, or a natural end has tried. */
  #isAttempted(): boolean {
    return this.#naturalEnd.hasAttempted(this.#sequence) || this.#delivery.isSettled();
  }

  #clearTimers(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#place?.stopClock();
  }

  async #stopOnce(timeoutMs: number): Promise<Verdict> {
    const deadlineMs = monotonicMs() + timeoutMs;
    this.#place?.stopClock();
    await this.#flushOnce(timeoutMs);
    await this.#delivery.drainAwake(deadlineMs - monotonicMs(), this.#armed?.settings.answerBudgetMs);
    // What was measured meanwhile is not waited for, but it is on disk.
    this.persist();
    this.#isStopped = true;
    this.#clearTimers();
    this.#meters.observers.stop();
    this.#armed?.removeHooks();
    const verdict = this.#conclude();
    await this.#place?.end();
    return verdict;
  }

  #arm(): Armed {
    if (this.#armed !== undefined) return this.#armed;
    const settings = resolveSettings(this.#options, this.#env);
    const problems = [...settings.problems];
    const runId = createRunId();
    const resource = describeResource(runId, this.#options, this.#env, problems);
    if (settings.enabled) for (const problem of problems) writeStderrLine(problem);
    const removeHooks = settings.enabled
      ? installExitHooks(
          { persist: () => this.persist(), end: this.end, endNaturally: this.endNaturally },
          settings.handleSignals,
        )
      : () => {};
    // Too late for the exit listener: each measurement is seen to by itself from here on.
    if (isExiting()) this.#endedAtMs = monotonicMs();
    if (settings.enabled && settings.delivery === 'send') this.#place = new SendingPlace();
    this.#armed = { settings, resource, runId, removeHooks };
    return this.#armed;
  }

  #persistInTime(): void {
    this.#timer = undefined;
    this.persist();
  }

  #keep(armed: Armed, body: Uint8Array): PersistOutcome {
    const spool = this.#openSpool(armed);
    const spooled = spool.append(body);
    this.#debug(armed, `batch ${this.#sequence}, ${body.length} bytes, ${spooled.kind}`);
    // A host can terminate a worker thread at any instruction: what sends for it must be there by then.
    if (!isMainThread()) this.#place?.boot();
    this.#delivery.hand(spooled, body);
    if (spooled.kind === 'spooled') {
      this.#saveUnspooled(spool, false);
      // The delivery thread does this for its run; where none works, nobody else would as long as the process lives.
      const isLaterPart = spooled.created !== undefined && spooled.created.part > 1;
      if (isLaterPart && !this.#delivery.hasThread()) this.#enforceLimits(armed, spool);
      return { kind: 'persisted', sequence: this.#sequence };
    }
    this.#sayRefused(armed, spooled.failure);
    return { kind: 'unspooled', sequence: this.#sequence, failure: spooled.failure };
  }

  /** Returns how many of the run's own batches went. */
  #enforceLimits({ settings }: Armed, spool: RunSpool): number {
    const { own, others } = spool.enforceLimits(settings, Date.now());
    this.#removed = { own: this.#removed.own + own, others: this.#removed.others + others };
    this.#delivery.noteRemoved(own);
    return own;
  }

  #saveUnspooled(spool: RunSpool, isLast: boolean): void {
    if (!this.#delivery.hasUnspooled(isLast)) return;
    // The thread may still have them in memory: it must not read them from the current part as well.
    spool.endPart();
    this.#delivery.saveUnspooled((body) => spool.append(body).kind === 'spooled');
  }

  /** Once: all may still be delivered, but nothing survives a kill any more. Without a thread the end says it. */
  #sayRefused(armed: Armed, failure: DeliveryFailure): void {
    if (this.#isRefusalSaid || armed.settings.delivery === 'spool-only') return;
    this.#isRefusalSaid = true;
    writeStderrLine(`${describeFailure(failure)}: batches are in memory only until they are delivered`);
  }

  #openSpool(armed: Armed): RunSpool {
    if (this.#spool !== undefined) return this.#spool;
    const { settings, runId } = armed;
    const candidates = spoolDirectoryCandidates(settings.spoolDir, this.#env, this.#startDirectory);
    const spool = new RunSpool(candidates, runId, settings.spoolLimits);
    this.#spool = spool;
    this.#debug(
      armed,
      `run ${runId}, delivery ${settings.delivery}, spool ${spool.directory() ?? 'unusable'}`,
    );
    this.#delivery = new RunDelivery(
      this.#place,
      likelyEndpoint(this.#options.endpoint, this.#env),
      spool.directory(),
    );
    const place = {
      directory: spool.directory(),
      owner: spool.owner,
      countsOwnLosses: this.#options.countLosses !== false,
    };
    const configuration = deliveryConfiguration(settings, this.#options, this.#env, place);
    this.#place?.send({ kind: 'configure', configuration });
    return spool;
  }

  #debug(armed: Armed, text: string): void {
    if (armed.settings.debug) writeStderrLine(text);
  }

  /** Files in their final state, one line on stderr if something is left, the verdict to whoever asked for it. */
  #conclude(): Verdict {
    this.#concludedSequence = this.#sequence;
    if (this.#spool === undefined || this.#armed === undefined) return this.#concludeWithoutBatches();
    this.#saveUnspooled(this.#spool, true);
    const reached = this.verdict();
    const report = this.#delivery.report();
    this.#spool.finish(this.#delivery.isSettled(), report?.currentPath);
    const isOverdue = reached.spooled + reached.inDoubt > 0;
    const removed = isOverdue ? this.#enforceLimits(this.#armed, this.#spool) : 0;
    const verdict = removed === 0 ? reached : this.verdict();
    // A run that only reports others is nobody's last run.
    if (this.#options.countLosses !== false) {
      this.#countUnsent(this.#spool, this.#delivery.unsent());
      this.#spool.keepVerdict(verdict, Date.now());
    }
    this.#debug(this.#armed, `verdict ${JSON.stringify(snakeCased(verdict))}`);
    for (const problem of report?.problems ?? []) writeStderrLine(problem);
    const { own, others } = this.#removed;
    // Where somebody delivers, the verdict counts the run's own as lost.
    const isOwnTold = this.#armed.settings.delivery === 'send';
    const untold = untoldOf({ own: isOwnTold ? 0 : own, others }, report);
    // What was too large was said when it was dropped.
    const { lostDataPoints } = this.#delivery.verdict();
    const untoldVerdict = { ...verdict, lostDataPoints };
    const line = describeEnding(untoldVerdict, this.#spool.directory(), untoldSince(untold, this.#said));
    this.#said = untold;
    if (line !== undefined) writeStderrLine(line);
    this.#tell(verdict);
    this.#leaveTold(this.#spool);
    return verdict;
  }

  /** All that was measured may have been too large for a batch. */
  #concludeWithoutBatches(): Verdict {
    const verdict = this.verdict();
    if (verdict.lostDataPoints > 0) this.#tell(verdict);
    return verdict;
  }

  /** An end may come again, when a later exit handler measures something; then only what is new counts. */
  #countUnsent(spool: RunSpool, unsent: number): void {
    if (spool.countUnsent(unsent - this.#unsent)) this.#unsent = unsent;
  }

  #tell(verdict: Verdict): void {
    const { onVerdict } = this.#options;
    if (onVerdict === undefined) return;
    persistAll();
    this.#isTelling = true;
    callHost(
      () => onVerdict(verdict),
      (error) => writeStderrLine(`onVerdict threw: ${describeThrown(error)}`),
    );
    this.#isTelling = false;
  }

  /** What was measured while the verdict was told is left to the next run: another verdict would be told of it, and so on. */
  #leaveTold(spool: RunSpool): void {
    if (this.persist().kind !== 'persisted') return;
    spool.finish(false, undefined);
    this.#concludedSequence = this.#sequence;
  }
}

/** Callers without types pass anything; what is no time is the default. */
function waitOf(given: number | undefined, byDefault: number): number {
  return typeof given === 'number' && given >= 0 ? given : byDefault;
}
