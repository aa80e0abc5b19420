/**
 * Where the batches of a run are sent from. A thread costs 17 MiB and 30 ms, and a program that ends by itself soon needs
 * none:
 *
 *     nowhere ── 25 ms after something was measured, process.exit, a signal ──▶ thread
 *        │ ▲                                                                    ▲ │
 *        │ └───────────────────────── it could not be started ──────────────────┼─┘
 *        └── a natural end, flush, shutdown ─▶ main ── the same, if it lives on ┘
 *                                               └── dies with a batch on its way ─▶ over
 */
import { monotonicMs } from '../../monotonic-clock.ts';
import { quietly } from '../../quietly.ts';
import { isMainThread } from '../../this-thread.ts';
import { unheldTimer } from '../../unheld-timer.ts';
import type { Command, DeliveryConfiguration, Report } from '../messages.ts';
import { addReports } from './add-reports.ts';
import { DeliveryThread } from './delivery-thread.ts';
import { MainThreadDelivery } from './main-thread-delivery.ts';

/**
 * How long after a measurement the thread boots, if what was measured is not sent by then. About as long as a thread takes
 * to its first word: who ends sooner gains by having none, who lives much longer finds it there. Measured against 0, 10 and
 * 50 ms in `docs/guide/exit-paths.md`.
 */
const BOOT_DELAY_MS = 25;

/** As they were when this was loaded. */
const TIMERS = { setTimeout, clearTimeout, setImmediate };

type State =
  /** Told of batches, and nothing sends them yet. */
  | { readonly kind: 'nowhere'; readonly held: Command[] }
  | { readonly kind: 'main'; readonly delivery: MainThreadDelivery }
  /** `before` is what the main thread had settled; `untold` are the commands that a thread which never reported was sent. */
  | {
      readonly kind: 'thread';
      readonly thread: DeliveryThread;
      readonly before: Report | undefined;
      /** All that the main thread knew: it holds until the thread was told of as much. */
      readonly known: Report | undefined;
      untold: Command[];
    }
  /** The main thread ended with a batch on its way, which nobody may send again in this process. */
  | { readonly kind: 'over'; readonly report: Report | undefined };

/** Owned by the run, once it is known that batches are to be sent. */
export class SendingPlace {
  #state: State = { kind: 'nowhere', held: [] };
  #configuration: DeliveryConfiguration | undefined;
  /** Why no thread can be started, once it is known. */
  #threadFault: string | undefined;
  #bootAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waits = 0;

  /** Something was measured: from now on the thread may be needed. */
  startClock(): void {
    if (this.#bootAtMs !== undefined || this.#state.kind === 'thread') return;
    this.#bootAtMs = monotonicMs() + BOOT_DELAY_MS;
    this.#timer = unheldTimer(this.look, BOOT_DELAY_MS);
  }

  /** All that was measured is sent: a program that flushes and goes on needs no thread for it. */
  stopClock(): void {
    clearTimeout(this.#timer);
    this.#bootAtMs = undefined;
  }

  /** Boots the thread when it is time; a program that never yields asks for it, since no timer fires. */
  readonly look = (): void => {
    quietly(this.#lookNow, undefined);
  };

  readonly #lookNow = (): void => {
    // What is on its way from the main thread is answered there first: the thread could not go on with it.
    if (this.#bootAtMs === undefined || this.#waits > 0 || this.isInFlight()) return;
    // A timer may fire a moment early by this clock.
    if (monotonicMs() >= this.#bootAtMs - 1) this.boot();
  };

  /** Loads what the main thread sends with, where it is its turn at the end. Opens no connection, and boots nothing. */
  prepare(): void {
    if (this.#state.kind !== 'nowhere' || this.#bootAtMs !== undefined) return;
    const delivery = this.#createMain(this.#state.held);
    if (delivery !== undefined) this.#state = { kind: 'main', delivery };
  }

  isOnMain(): boolean {
    return this.#state.kind === 'main';
  }

  /** Whether the main thread may send, and nothing is on its way. */
  canSendFromMain(): boolean {
    this.#leaveBrokenThread();
    if (!isMainThread() || this.#configuration === undefined || this.isInFlight()) return false;
    if (!areTimersReal()) return false;
    // Node warns of it in the host's name; the thread, whose environment is empty, reads it without a word.
    if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') return false;
    return this.#state.kind === 'nowhere' || this.#state.kind === 'main';
  }

  /** Boots the thread if none runs, and hands over what is not settled. What is in doubt stays where it is. */
  boot(): void {
    const state = this.#state;
    if (state.kind === 'thread' || state.kind === 'over' || this.#threadFault !== undefined) return;
    this.stopClock();
    const handover =
      state.kind === 'main' ? state.delivery.halt() : { commands: state.held, settled: undefined };
    if (handover === undefined) {
      this.#state = { kind: 'over', report: state.kind === 'main' ? state.delivery.latest() : undefined };
      return;
    }
    const known = state.kind === 'main' ? state.delivery.latest() : undefined;
    this.#state = {
      kind: 'thread',
      thread: new DeliveryThread(),
      before: handover.settled,
      known,
      untold: [],
    };
    if (this.#configuration !== undefined)
      this.send({ kind: 'configure', configuration: this.#configuration });
    for (const command of handover.commands) this.send(command);
  }

  send(command: Command): void {
    if (command.kind === 'configure') this.#configuration = command.configuration;
    const state = this.#state;
    if (state.kind === 'main') state.delivery.send(command);
    if (state.kind === 'nowhere' && command.kind !== 'configure') state.held.push(command);
    if (state.kind !== 'thread') return;
    state.thread.send(command);
    const hasReported = state.thread.latest() !== undefined;
    if (hasReported) state.untold = [];
    else if (command.kind !== 'configure') state.untold.push(command);
  }

  latest(): Report | undefined {
    const state = this.#state;
    if (state.kind === 'main') return state.delivery.latest();
    if (state.kind === 'over') return state.report;
    if (state.kind !== 'thread') return undefined;
    const { before, known } = state;
    const report = addReports(before, state.thread.latest());
    return known !== undefined && (report?.seen ?? 0) < known.seen ? known : report;
  }

  /** Why nothing is sent any more. */
  fault(): string | undefined {
    if (this.#state.kind === 'thread') return this.#state.thread.fault();
    return this.#state.kind === 'nowhere' ? this.#threadFault : undefined;
  }

  /** As `DeliveryThread.waitAsleep`. Where no thread runs it returns at once. */
  waitAsleep(budgetMs: number, isEnough: (report: Report) => boolean): void {
    if (this.#state.kind !== 'thread') return;
    const { thread, before } = this.#state;
    thread.waitAsleep(budgetMs, (report) => isEnough(addReports(before, report)));
  }

  /** As `DeliveryThread.waitAwake`. Where no thread runs the main thread sends. */
  async waitAwake(
    timeoutMs: number,
    isEnough: (report: Report) => boolean,
    isHolding: boolean = true,
  ): Promise<void> {
    const deadlineMs = monotonicMs() + timeoutMs;
    this.look();
    this.#takeToMain();
    const state = this.#state;
    this.#waits += 1;
    if (state.kind === 'main') await state.delivery.waitAwake(timeoutMs, isEnough, isHolding);
    if (state.kind === 'thread')
      await state.thread.waitAwake(
        timeoutMs,
        (report) => isEnough(addReports(state.before, report)),
        isHolding,
      );
    this.#waits -= 1;
    if (state.kind === 'main' && state.delivery.fault() !== undefined) this.boot();
    else if (this.#leaveBrokenThread() && this.canSendFromMain())
      await this.waitAwake(deadlineMs - monotonicMs(), isEnough, isHolding);
    else this.look();
  }

  /** As `DeliveryThread.close`. */
  close(): boolean {
    if (this.#state.kind === 'thread') return this.#state.thread.close();
    return this.#state.kind === 'main' && this.#state.delivery.close();
  }

  /** As `DeliveryThread.reopen`. */
  reopen(): void {
    if (this.#state.kind === 'thread') this.#state.thread.reopen();
    if (this.#state.kind === 'main') this.#state.delivery.reopen();
  }

  /** Whether a batch is on its way, and somebody may still hear of its answer. */
  isInFlight(): boolean {
    if (this.#state.kind === 'thread') return this.#state.thread.isInFlight();
    return this.#state.kind === 'main' && this.#state.delivery.isInFlight();
  }

  /** Whether the main thread ended with a batch on its way: its answer is heard by nobody. */
  isCutShort(): boolean {
    return this.#state.kind === 'over' && this.#state.report?.inFlight !== undefined;
  }

  /** As `DeliveryThread.releaseLeases`. */
  releaseLeases(): void {
    if (this.#state.kind === 'thread') this.#state.thread.releaseLeases();
    if (this.#state.kind === 'main') this.#state.delivery.releaseLeases();
  }

  /** Nobody awaits the main thread any more. */
  letGo(): void {
    if (this.#state.kind === 'main') this.#state.delivery.letGo();
  }

  /** The main thread leaves no connection open. */
  hangUp(): void {
    if (this.#state.kind === 'main' && this.#waits === 0) this.#state.delivery.hangUp();
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
  #takeToMain(): void {
    if (this.#state.kind !== 'nowhere') return;
    const delivery = this.#createMain(this.#state.held);
    if (delivery === undefined) this.boot();
    else this.#state = { kind: 'main', delivery };
  }

  #createMain(held: readonly Command[]): MainThreadDelivery | undefined {
    if (!this.canSendFromMain() || this.#configuration === undefined) return undefined;
    try {
      const delivery = new MainThreadDelivery(this.#configuration, () => this.look());
      for (const command of held) delivery.send(command);
      return delivery;
    } catch {
      // A host that has replaced what this needs of Node gets a thread.
      return undefined;
    }
  }

  /** What a thread was told that could not be started is held again: it has done none of it. Returns whether it was so. */
  #leaveBrokenThread(): boolean {
    if (this.#state.kind !== 'thread' || this.#state.before !== undefined) return false;
    const { thread, untold } = this.#state;
    const fault = thread.fault();
    if (fault === undefined || thread.latest() !== undefined) return false;
    this.#threadFault = fault;
    this.#state = { kind: 'nowhere', held: untold };
    return true;
  }
}

/** What a run's delivery needs of the place that sends. */
export type Sender = Pick<
  SendingPlace,
  | 'send'
  | 'latest'
  | 'fault'
  | 'waitAsleep'
  | 'waitAwake'
  | 'close'
  | 'reopen'
  | 'isInFlight'
  | 'isCutShort'
  | 'releaseLeases'
  | 'isOnMain'
  | 'hangUp'
  | 'letGo'
>;

/** With timers that the host has put in their place no wait on the main thread ends, and no request; the thread has its own. */
function areTimersReal(): boolean {
  return (
    globalThis.setTimeout === TIMERS.setTimeout &&
    globalThis.clearTimeout === TIMERS.clearTimeout &&
    globalThis.setImmediate === TIMERS.setImmediate
  );
}
