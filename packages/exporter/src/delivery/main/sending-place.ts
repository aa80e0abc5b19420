/**
 * Where the batches of a run are sent from. A thread costs 17 MiB and 30 ms, and a program that ends by itself soon needs
 * none:
 *
 *     nowhere ─ 25 ms after something was measured, process.exit, a signal ────▶ thread
 *        └──── a natural end, flush, shutdown ─▶ main ─ the same, if it lives on ─┘
 *                                                 └─ dies with a request on its way ─▶ over
 */
import { isMainThread } from 'node:worker_threads';
import { monotonicMs } from '../../monotonic-clock.ts';
import type { Command, DeliveryConfiguration, Report } from '../messages.ts';
import { DeliveryThread } from './delivery-thread.ts';
import { MainThreadDelivery } from './main-thread-delivery.ts';

/** How long after a measurement the thread boots, if what was measured is not sent by then. */
export const BOOT_DELAY_MS = 25;

type State =
  /** Told of batches, and nothing sends them yet. */
  | { readonly kind: 'nowhere'; readonly held: Command[] }
  | { readonly kind: 'main'; readonly delivery: MainThreadDelivery }
  | Final;

/** From here on nothing changes but what the thread does. */
type Final =
  /** `before` is what the main thread had settled. */
  | { readonly kind: 'thread'; readonly thread: DeliveryThread; readonly before: Report | undefined }
  /** The main thread ended with a request on its way, which nobody may send again in this process. */
  | { readonly kind: 'over'; readonly report: Report | undefined };

/** Owned by the run, once it is known that batches are to be sent. */
export class SendingPlace {
  #state: State = { kind: 'nowhere', held: [] };
  #configuration: DeliveryConfiguration | undefined;
  #bootAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAwaited = false;

  /** Something was measured: from now on the thread may be needed. */
  startClock(): void {
    if (this.#bootAtMs !== undefined || this.#state.kind === 'thread') return;
    this.#bootAtMs = monotonicMs() + BOOT_DELAY_MS;
    this.#timer = setTimeout(() => this.look(), BOOT_DELAY_MS);
    this.#timer.unref();
  }

  /** All that was measured is sent: a program that flushes and goes on needs no thread for it. */
  stopClock(): void {
    clearTimeout(this.#timer);
    this.#bootAtMs = undefined;
  }

  /** Boots the thread when it is time; a program that never yields asks for it, since no timer fires. */
  look(): void {
    if (this.#bootAtMs === undefined || this.#isAwaited) return;
    // A timer may fire a moment early by this clock.
    if (monotonicMs() >= this.#bootAtMs - 1) this.boot();
  }

  isOnMain(): boolean {
    return this.#state.kind === 'main';
  }

  /** Whether the main thread may send: it is not done by a thread yet, and Node's own TLS means the same here and there. */
  canSendFromMain(): boolean {
    const { kind } = this.#state;
    if (!isMainThread || this.#configuration === undefined || kind === 'thread' || kind === 'over')
      return false;
    const { NODE_TLS_REJECT_UNAUTHORIZED } = this.#configuration.env;
    return NODE_TLS_REJECT_UNAUTHORIZED === process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  }

  /** Boots the thread if none runs, and hands over what is not settled. What is in doubt stays where it is. */
  boot(): Final {
    const state = this.#state;
    if (state.kind === 'thread' || state.kind === 'over') return state;
    this.stopClock();
    const commands = state.kind === 'main' ? state.delivery.halt() : state.held;
    const before = state.kind === 'main' ? state.delivery.latest() : undefined;
    if (commands === undefined) {
      const over: Final = { kind: 'over', report: before };
      this.#state = over;
      return over;
    }
    const thread = new DeliveryThread();
    const booted: Final = { kind: 'thread', thread, before: before && asSettled(before) };
    this.#state = booted;
    if (this.#configuration !== undefined)
      thread.send({ kind: 'configure', configuration: this.#configuration });
    for (const command of commands) thread.send(command);
    return booted;
  }

  send(command: Command): void {
    if (command.kind === 'configure') this.#configuration = command.configuration;
    const state = this.#state;
    if (state.kind === 'thread') state.thread.send(command);
    else if (state.kind === 'main') state.delivery.send(command);
    else if (state.kind === 'nowhere' && command.kind !== 'configure') state.held.push(command);
  }

  latest(): Report | undefined {
    const state = this.#state;
    if (state.kind === 'main') return state.delivery.latest();
    if (state.kind === 'thread') return sum(state.before, state.thread.latest());
    return state.kind === 'over' ? state.report : undefined;
  }

  /** Why nothing is sent any more. */
  fault(): string | undefined {
    return this.#state.kind === 'thread' ? this.#state.thread.fault() : undefined;
  }

  /** As `DeliveryThread.waitAsleep`. Where no thread runs it returns at once. */
  waitAsleep(budgetMs: number, isEnough: (report: Report) => boolean): void {
    if (this.#state.kind !== 'thread') return;
    const { thread, before } = this.#state;
    thread.waitAsleep(budgetMs, (report) => isEnough(sum(before, report)));
  }

  /** As `DeliveryThread.waitAwake`. Where no thread runs the main thread sends. */
  async waitAwake(timeoutMs: number, isEnough: (report: Report) => boolean): Promise<void> {
    this.look();
    const state = this.#onMain();
    if (state.kind === 'over') return;
    if (state.kind === 'thread')
      return await state.thread.waitAwake(timeoutMs, (report) => isEnough(sum(state.before, report)));
    this.#isAwaited = true;
    await state.delivery.waitAwake(timeoutMs, isEnough);
    this.#isAwaited = false;
    if (state.delivery.fault() !== undefined) this.boot();
    else this.look();
  }

  /** Ends what sends, whatever it does. */
  async end(): Promise<void> {
    this.stopClock();
    if (this.#state.kind === 'thread') return await this.#state.thread.end();
    if (this.#state.kind !== 'main') return;
    const report = this.#state.delivery.latest();
    this.#state.delivery.halt();
    this.#state = { kind: 'over', report };
  }

  /** The main thread takes what is held; where it cannot, the thread does. */
  #onMain(): Exclude<State, { kind: 'nowhere' }> {
    const state = this.#state;
    if (state.kind !== 'nowhere') return state;
    try {
      if (!this.canSendFromMain() || this.#configuration === undefined)
        throw new Error('a thread has to do it');
      const main: State = { kind: 'main', delivery: new MainThreadDelivery(this.#configuration) };
      for (const command of state.held) main.delivery.send(command);
      this.#state = main;
      return main;
    } catch {
      return this.boot();
    }
  }
}

/** A report of what is settled only: the rest is told of again by whoever goes on. */
function asSettled(report: Report): Report {
  const { delivered, rejected, lost, taken } = report;
  return { ...report, seen: delivered + rejected + lost + taken, isDraining: false };
}

/** What two deliverers did, one after the other. */
function sum(before: Report | undefined, report: Report): Report;
function sum(before: Report | undefined, report: Report | undefined): Report | undefined;
function sum(before: Report | undefined, report: Report | undefined): Report | undefined {
  if (before === undefined || report === undefined) return report ?? before;
  return {
    ...before,
    ...report,
    seen: before.seen + report.seen,
    delivered: before.delivered + report.delivered,
    rejected: before.rejected + report.rejected,
    taken: before.taken + report.taken,
    lost: before.lost + report.lost,
    unspooledSettled: before.unspooledSettled + report.unspooledSettled,
    expired: before.expired + report.expired,
    lostDataPoints: before.lostDataPoints + report.lostDataPoints,
    problems: [...new Set([...before.problems, ...report.problems])],
  };
}
