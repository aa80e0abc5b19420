/**
 * One process's telemetry: from the first measurement to the verdict.
 *
 *     measured ─▶ pending ─▶ persist: one line in the spool ─▶ delivery ─▶ Collector
 *                   (ms)          (safe from here on)           (retries, drains)
 *     exit, signal, throw ─▶ persist ─▶ wait within the budget ─▶ verdict
 *
 *     idle ─ first measurement ─▶ armed ─ exit, signal ─▶ ending (as often as it is announced)
 *       └──────── shutdown ─────────┴──────▶ stopped
 */
import { isExiting } from './exit/exit-hooks.ts';
import { holdWhileAwaited } from './exit/hold-while-awaited.ts';
import type { ExporterOptions } from './exporter-options.ts';
import type { Observers } from './meter/observables/observers.ts';
import { monotonicMs } from './monotonic-clock.ts';
import { quietly, sayFault } from './quietly.ts';
import { type ArmedRun, armRun } from './run/armed-run.ts';
import type { RelayedBatch } from './run/run-batches.ts';
import { RunEnd } from './run/run-end.ts';
import type { ResourceOf, Serialized } from './serialize-batches.ts';
import { resolveSettings } from './settings.ts';
import { currentDirectory } from './spool/spool-directory.ts';
import { isMainThread } from './this-thread.ts';
import { unheldTimer } from './unheld-timer.ts';
import { NO_VERDICT, type PersistOutcome, type ReplaceOutcome, type Verdict } from './verdict.ts';
import { nowUnixMs } from './wall-clock.ts';

/** What a run asks of its meters. */
export interface Meters {
  /** Serializes what was measured since the last call: mostly one batch, none when nothing was, several when one were too large. */
  readonly serializePending: (resourceOf: ResourceOf) => Serialized;
  readonly observers: Pick<Observers, 'observe' | 'observeLast' | 'stop'>;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'armed'; readonly armed: ArmedRun }
  /** The process exits, and its exit budget runs. */
  | { readonly kind: 'ending'; readonly armed: ArmedRun }
  /** By `shutdown`. One that came before the first measurement has armed nothing. */
  | { readonly kind: 'stopped'; readonly armed?: ArmedRun };

/** Owned by the meter provider. */
export class Run {
  readonly #options: ExporterOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #meters: Meters;
  /** Where a relative spool directory starts from; a later chdir must not move it. */
  readonly #startDirectory: string | undefined = currentDirectory();
  readonly #end: RunEnd = new RunEnd({
    armed: () => (this.#state.kind === 'stopped' ? undefined : this.#armed()),
    begun: (armed) => {
      this.#state = { kind: 'ending', armed };
    },
    isPending: () => this.#isPending,
    persist: () => this.persist(),
    clearTimers: () => this.#clearTimers(),
  });
  #state: State = { kind: 'idle' };
  #measurements = 0;
  #isPending = false;
  #persistTimer: NodeJS.Timeout | undefined;
  #stopping: Promise<Verdict> | undefined;

  constructor(options: ExporterOptions, meters: Meters) {
    this.#options = options;
    this.#env = options.env ?? process.env;
    this.#meters = meters;
  }

  /** Called after each measurement; all but the first since the last batch cost two comparisons. */
  readonly measured = (): void => {
    this.#measurements += 1;
    // A program that never yields lets no timer tell that it is time for the thread.
    if (this.#measurements % 64 === 0) this.#armed()?.place?.look();
    if (this.#isPending || this.#state.kind === 'stopped') return;
    this.#isPending = true;
    quietly(this.#becamePending, undefined);
  };

  readonly #becamePending = (): void => {
    const { settings, conclusion, place } = this.#arm();
    if (!settings.enabled || conclusion.isTelling()) return;
    place?.startClock();
    if (this.#state.kind === 'ending') this.#end.end();
    // A host can terminate a worker thread at any instruction, without an event.
    else if (!isMainThread()) this.persist();
    else
      this.#persistTimer ??= unheldTimer(() => {
        this.#persistTimer = undefined;
        this.persist();
      }, settings.persistIntervalMs);
  };

  /** Writes what is pending into the spool. */
  readonly persist = (): PersistOutcome => quietly(this.#persistPending, { kind: 'nothing' });

  readonly #persistPending = (): PersistOutcome => {
    if (this.#state.kind === 'stopped') return { kind: 'disabled' };
    if (!this.#isPending) return { kind: 'nothing' };
    const { settings, place, batches } = this.#arm();
    if (!settings.enabled) return { kind: 'disabled' };
    this.#isPending = false;
    place?.look();
    return batches.persist();
  };

  /** Writes what was measured as a mark: it counts only if the process dies before `replaceMark`. */
  mark(): PersistOutcome {
    const armed = this.#armForRelay();
    if (armed === undefined) return { kind: 'disabled' };
    this.#isPending = false;
    this.#clearTimers();
    const failure = armed.batches.mark();
    return failure === undefined ? { kind: 'nothing' } : { kind: 'unspooled', sequence: 0, failure };
  }

  /** Puts what was measured since in the place of the mark. */
  replaceMark(): ReplaceOutcome {
    const armed = this.#armForRelay();
    if (armed === undefined) return { kind: 'disabled' };
    this.#isPending = false;
    // The end follows: on a busy machine a thread would be booted for it right before.
    this.#clearTimers();
    return armed.batches.replaceMark();
  }

  /** Tells drains of other machines that the run of a mark lives. */
  touchMark(): void {
    this.#armed()?.batches.spool()?.touchMark(nowUnixMs());
  }

  /** Loads what the end needs while there is time. */
  prepareEnd(): void {
    quietly(() => this.#armForRelay()?.place?.prepare(), undefined);
  }

  /** Keeps a batch that others measured. */
  relay(bodyOf: (batch: RelayedBatch) => Uint8Array): PersistOutcome {
    const armed = this.#armForRelay();
    if (armed === undefined) return { kind: 'disabled' };
    armed.place?.startClock();
    return armed.batches.relay(bodyOf);
  }

  #armForRelay(): ArmedRun | undefined {
    if (this.#state.kind === 'stopped') return undefined;
    const armed = this.#arm();
    return armed.settings.enabled ? armed : undefined;
  }

  /** A process that nobody keeps alive but this, and nobody awaits it, lives on for the budgets of an end at most. */
  flush(timeoutMs: number): Promise<Verdict> {
    return this.#heldWhileAwaited(this.#kept(this.#flushOnce(timeoutMs)));
  }

  forceFlush(timeoutMs: number): Promise<void> {
    return this.#heldWhileAwaited(this.#kept(this.#flushOnce(timeoutMs)).then(() => {}));
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
    const exitBudgetMs = this.#armed()?.settings.exitBudgetMs;
    await this.#armed()?.delivery.waitAwake(Math.max(0, deadlineMs - monotonicMs()), exitBudgetMs);
    const armed = this.#armed();
    if (!this.#isPending && armed?.delivery.isSettled() === true) armed.place?.stopClock();
    return this.verdict();
  }

  /** The time between two calls of each callback; `undefined` when none is called. The end calls them as well. */
  readonly observationIntervalMs = (): number | undefined => {
    if (this.#state.kind === 'stopped') return undefined;
    const { settings } = this.#arm();
    if (!settings.enabled) return undefined;
    this.#end.listeners().addLast(this.#meters.observers.observeLast);
    return settings.observationIntervalMs;
  };

  /** Flushes, then stops for good, once however often it is called; the first call says how long it may take. */
  stop(timeoutMs: number): Promise<Verdict> {
    this.#stopping ??= this.#heldWhileAwaited(this.#kept(this.#stopOnce(timeoutMs)));
    return this.#stopping;
  }

  /** A fault of ours is no rejection, which nobody expects. */
  #kept(work: Promise<Verdict>): Promise<Verdict> {
    return work.catch((error: unknown) => {
      sayFault(error);
      return this.verdict();
    });
  }

  #heldWhileAwaited<T>(work: Promise<T>): Promise<T> {
    const startMs = monotonicMs();
    return holdWhileAwaited(work, () => {
      const armed = this.#armed();
      if (armed?.place === undefined) return 0;
      const unsentMs = startMs + armed.settings.exitBudgetMs - monotonicMs();
      return Math.max(unsentMs, armed.delivery.openAnswerMs(armed.settings));
    });
  }

  /** Asked before the first measurement, it looks at the settings as they are now. */
  isEnabled(): boolean {
    return (this.#armed()?.settings ?? resolveSettings(this.#options, this.#env)).enabled;
  }

  verdict(): Verdict {
    return quietly(() => this.#armed()?.batches.verdict(), undefined) ?? NO_VERDICT;
  }

  /** Arms: what the listener measures may be the first measurement, and without hooks it would come too late. */
  onEnding(listener: () => void): () => void {
    if (this.#state.kind !== 'stopped') this.#arm();
    return this.#end.listeners().add(listener);
  }

  #clearTimers(): void {
    clearTimeout(this.#persistTimer);
    this.#persistTimer = undefined;
    this.#armed()?.place?.stopClock();
  }

  async #stopOnce(timeoutMs: number): Promise<Verdict> {
    const deadlineMs = monotonicMs() + timeoutMs;
    this.#armed()?.place?.stopClock();
    await this.#flushOnce(timeoutMs);
    const answerBudgetMs = this.#armed()?.settings.answerBudgetMs;
    await this.#armed()?.delivery.drainAwake(deadlineMs - monotonicMs(), answerBudgetMs);
    // What was measured meanwhile is not waited for, but it is on disk.
    this.persist();
    const armed = this.#armed();
    this.#state = { kind: 'stopped', ...(armed === undefined ? {} : { armed }) };
    this.#clearTimers();
    this.#meters.observers.stop();
    if (armed === undefined) return NO_VERDICT;
    armed.removeHooks();
    const verdict = armed.conclusion.conclude();
    armed.batches.spool()?.release();
    await armed.place?.end();
    return verdict;
  }

  #armed(): ArmedRun | undefined {
    return this.#state.kind === 'idle' ? undefined : this.#state.armed;
  }

  #arm(): ArmedRun {
    const known = this.#armed();
    if (known !== undefined) return known;
    const armed = armRun({
      options: this.#options,
      env: this.#env,
      startDirectory: this.#startDirectory,
      serializePending: this.#meters.serializePending,
      actions: {
        persist: this.persist,
        beginEnd: () => this.#end.begin(),
        end: () => this.#end.end(),
        endNaturally: () => this.#end.endNaturally(),
      },
    });
    // Too late for the exit listener: each measurement is seen to by itself from here on.
    this.#state = isExiting() ? { kind: 'ending', armed } : { kind: 'armed', armed };
    return armed;
  }
}
