import { expect, test } from 'vitest';
import type { Spooled } from '../../spool/run-spool.ts';
import { EMPTY_TALLY, type Tally } from '../../tally.ts';
import { type DeliveryFailure, NO_VERDICT } from '../../verdict.ts';
import type { Command, Report } from '../messages.ts';
import { NO_LANE_REPORT } from '../worker/lane-report.ts';
import { RunDelivery } from './run-delivery.ts';

const endpoint = 'http://c:4318/v1/metrics';
const BODY = Buffer.from('{}');
const SPOOLED: Spooled = { kind: 'spooled', part: 1 };
const diskFull: DeliveryFailure = { kind: 'spool', path: '/spool', detail: 'ENOSPC' };
const REFUSED: Spooled = { kind: 'refused', failure: diskFull };
const busy: DeliveryFailure = { kind: 'busy', endpoint, status: 503, detail: '' };

const NOTHING: Report = { ...NO_LANE_REPORT, rejectedRemoved: 0, isDraining: false, problems: [] };

function tallyOf(counts: Partial<Tally>): Tally {
  return { ...EMPTY_TALLY, ...counts };
}

/** A thread that does what the test says: reports when waited for, or has died. */
class ThreadOfTest {
  readonly commands: Command[] = [];
  readonly waits: number[] = [];
  report: Report | undefined;
  reason: string | undefined;
  /** What is reported while somebody waits. */
  whileWaiting: (attempt: number) => Partial<Report> = () => ({});

  send(command: Command): void {
    this.commands.push(command);
  }
  close(): boolean {
    return false;
  }
  reopen(): void {}
  releaseLeases(): void {}
  isInFlight(): boolean {
    return false;
  }
  latest(): Report | undefined {
    return this.report;
  }
  fault(): string | undefined {
    return this.reason;
  }
  isOnMain(): boolean {
    return false;
  }
  hangUp(): void {}
  letGo(): void {}
  waitAsleep(budgetMs: number, isEnough: (report: Report) => boolean): void {
    this.waits.push(budgetMs);
    const attempt = this.commands.findLast(({ kind }) => kind === 'attempt');
    const change = this.whileWaiting(attempt?.kind === 'attempt' ? attempt.attempt : 0);
    this.report = { ...NOTHING, ...this.report, ...change };
    expect(isEnough(this.report)).toBe(Object.keys(change).length > 0);
  }
  isCutShort(): boolean {
    return false;
  }

  async waitAwake(timeoutMs: number | undefined, isEnough: (report: Report) => boolean): Promise<void> {
    this.waitAsleep(timeoutMs ?? 0, isEnough);
  }
}

function create(batches: readonly Spooled[]): { thread: ThreadOfTest; delivery: RunDelivery } {
  const thread = new ThreadOfTest();
  const delivery = new RunDelivery(thread, endpoint);
  for (const spooled of batches) delivery.hand(spooled, BODY);
  return { thread, delivery };
}

test('nothing measured: nothing to wait for, nothing to say', () => {
  const { thread, delivery } = create([]);
  delivery.waitAsleep(250);
  expect(delivery.isSettled()).toBe(true);
  expect(delivery.verdict()).toEqual(NO_VERDICT);
  expect(thread.commands).toEqual([]);
});

test('hands a batch over by its place on disk, or itself when the disk refused it', () => {
  const created = { runId: 'r', part: 1, owner: 'me', deliveredBytes: 0 };
  const { thread } = create([{ kind: 'spooled', part: 1, created }, SPOOLED, REFUSED]);
  expect(thread.commands).toEqual([
    { kind: 'spooled', part: 1, created },
    { kind: 'spooled', part: 1 },
    { kind: 'unspooled', number: 0, body: BODY },
  ]);
});

test('all delivered: settled, without another wait', () => {
  const { thread, delivery } = create([SPOOLED, SPOOLED]);
  thread.report = { ...NOTHING, seen: 2, tally: tallyOf({ delivered: 2 }) };
  delivery.waitAsleep(250);
  expect(thread.waits).toEqual([]);
  expect(delivery.verdict()).toEqual({ ...NO_VERDICT, delivered: 2 });
});

test('a thread that has not seen the last batch is not settled', () => {
  const { thread, delivery } = create([SPOOLED, SPOOLED]);
  thread.report = { ...NOTHING, seen: 1, tally: tallyOf({ delivered: 1 }) };
  expect(delivery.isSettled()).toBe(false);
  expect(delivery.verdict()).toMatchObject({ delivered: 1, spooled: 1 });
});

test('every batch is in exactly one count', () => {
  const { thread, delivery } = create([...Array<Spooled>(7).fill(SPOOLED), REFUSED, REFUSED, REFUSED]);
  // One of the refused was dropped from memory, one delivered, one is still in memory and lost if nothing comes of it.
  thread.report = {
    ...NOTHING,
    seen: 10,
    tally: tallyOf({ delivered: 3, rejected: 1, unsent: 1, expired: 1 }),
    taken: 1,
    unspooledSettled: { below: 2, open: [] },
    lostDataPoints: 4,
    failure: busy,
  };
  const verdict = delivery.verdict();
  expect(verdict).toEqual({
    delivered: 3,
    spooled: 3,
    inDoubt: 0,
    rejected: 1,
    expired: 1,
    unsent: 2,
    unreadable: 0,
    abandoned: 0,
    lost: 3,
    lostDataPoints: 4,
    failure: busy,
  });
  expect(verdict.delivered + verdict.spooled + verdict.rejected + verdict.lost).toBe(10);
});

test('an attempt is asked for and its outcome is the reason', () => {
  const { thread, delivery } = create([SPOOLED]);
  thread.whileWaiting = (attempt) => ({ seen: 1, attempt, failure: busy });
  delivery.waitAsleep(250);
  expect(thread.commands.at(-1)).toEqual({ kind: 'attempt', attempt: 1, answersWithinMs: 250 });
  expect(thread.waits).toEqual([250]);
  expect(delivery.verdict()).toEqual({ ...NO_VERDICT, spooled: 1, failure: busy });
});

test('awake, an attempt is not the last, and the next one has the next number', async () => {
  const { thread, delivery } = create([SPOOLED]);
  thread.whileWaiting = (attempt) => ({ seen: 1, attempt, failure: busy });
  await delivery.waitAwake(10_000);
  await delivery.waitAwake(10_000);
  expect(thread.commands.slice(1)).toEqual([
    { kind: 'attempt', attempt: 1 },
    { kind: 'attempt', attempt: 2 },
  ]);
});

test('a wait that ran out says so, and names the endpoint that the thread has parsed', () => {
  const { thread, delivery } = create([SPOOLED]);
  delivery.waitAsleep(99.6);
  expect(delivery.verdict().failure).toEqual({ kind: 'timeout', endpoint, timeoutMs: 100, stage: 'sending' });
  thread.report = { ...NOTHING, endpoint: 'http://parsed/' };
  delivery.waitAsleep(50);
  expect(delivery.verdict().failure).toEqual({
    kind: 'timeout',
    endpoint: 'http://parsed/',
    timeoutMs: 50,
    stage: 'sending',
  });
});

test('a wait that ran out is the reason, not what failed hours ago', () => {
  const { thread, delivery } = create([SPOOLED]);
  thread.whileWaiting = (attempt) => ({ seen: 1, attempt, failure: busy });
  delivery.waitAsleep(100);
  thread.whileWaiting = () => ({});
  delivery.waitAsleep(50);
  expect(delivery.verdict().failure).toEqual({ kind: 'timeout', endpoint, timeoutMs: 50, stage: 'sending' });
});

test('a wait that ran out is no reason any more once its attempt was answered', () => {
  const { thread, delivery } = create([SPOOLED]);
  delivery.waitAsleep(50);
  thread.report = { ...NOTHING, seen: 1, tally: tallyOf({ delivered: 1 }), attempt: 1 };
  delivery.hand(SPOOLED, BODY);
  expect(delivery.verdict()).toEqual({ ...NO_VERDICT, delivered: 1, spooled: 1 });
});

test('batches that the limits removed are not on disk any more, but lost', () => {
  const { thread, delivery } = create([SPOOLED, SPOOLED, SPOOLED]);
  thread.reason = 'it ended';
  delivery.noteRemoved(2);
  expect(delivery.verdict()).toMatchObject({ spooled: 1, expired: 2, lost: 2, failure: { kind: 'thread' } });
});

test('what came late is not a timeout any more', () => {
  const { thread, delivery } = create([SPOOLED]);
  delivery.waitAsleep(10);
  thread.report = { ...NOTHING, seen: 1, tally: tallyOf({ delivered: 1 }) };
  expect(delivery.verdict()).toEqual({ ...NO_VERDICT, delivered: 1 });
});

test('a dead thread leaves what is on disk spooled, and loses what was not', () => {
  const { thread, delivery } = create([SPOOLED, REFUSED]);
  thread.reason = 'it ended';
  expect(delivery.verdict()).toEqual({
    ...NO_VERDICT,
    spooled: 1,
    unsent: 1,
    lost: 1,
    failure: { kind: 'thread', detail: 'it ended' },
  });
});

test('without a thread everything stays on disk, which is no fault', () => {
  const delivery = new RunDelivery(undefined, endpoint);
  delivery.hand(SPOOLED, BODY);
  delivery.waitAsleep(250);
  expect(delivery.isSettled()).toBe(false);
  expect(delivery.verdict()).toEqual({ ...NO_VERDICT, spooled: 1, failure: { kind: 'spool-only' } });
});

test('without a thread and without a disk a batch is lost, and the disk is the reason', () => {
  const delivery = new RunDelivery(undefined, endpoint);
  delivery.hand(REFUSED, BODY);
  expect(delivery.verdict()).toEqual({ ...NO_VERDICT, unsent: 1, lost: 1, failure: diskFull });
});
