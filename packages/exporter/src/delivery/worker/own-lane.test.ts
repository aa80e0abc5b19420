// biome-ignore-all lint/style/noExcessiveLinesPerFile: one lane against every answer in turn
import { appendFileSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { SpoolLimits } from '../../settings.ts';
import { runIdOf } from '../../spool/fixtures/spool-of.ts';
import { addToLedger, NO_COUNTS, takeLedger } from '../../spool/ledger.ts';
import { ownOwner } from '../../spool/owner.ts';
import { namedLimits, type SpoolFileName, spoolFilePath } from '../../spool/spool-file-name.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { PostOutcome } from '../post/post-outcome.ts';
import { OwnLane } from './own-lane.ts';
import { RetrySchedule } from './retry-schedule.ts';

const endpoint = 'http://c:4318/v1/metrics';
const DELIVERED: PostOutcome = { kind: 'delivered' };
const BUSY: PostOutcome = {
  kind: 'failed',
  failure: { kind: 'busy', endpoint, status: 503, detail: '' },
  isSentWhole: false,
};
const LIMITS: SpoolLimits = { bytes: 1_000_000, files: 1000, ageMs: 3_600_000 };

function failed(failure: DeliveryFailure): PostOutcome {
  return { kind: 'failed', failure, isSentWhole: false };
}

// Time is the one thing that is not real here: the backoff goes up to 30 s.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets everything happen that waits for no clock. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settle();
}

/** A lane with a real spool and a Collector that answers as `collector.answer` says at the moment. */
function createLane(options: { hasSpool?: boolean; limits?: Partial<SpoolLimits> } = {}) {
  const { path: directory, remove } = temporaryDirectory();
  onTestFinished(remove);
  const collector: { answer: () => PostOutcome | Promise<PostOutcome>; sent: string[] } = {
    answer: () => DELIVERED,
    sent: [],
  };
  let changes = 0;
  const lane = new OwnLane(
    {
      directory: options.hasSpool === false ? undefined : directory,
      post: async (body) => {
        collector.sent.push(Buffer.from(body).toString().slice(0, 40));
        return await collector.answer();
      },
      nowUnixMs: Date.now,
      note: (counts) => addToLedger(directory, counts),
      mayContinue: () => true,
    },
    {
      owner: ownOwner(),
      isOnDemand: false,
      // Without chance: each backoff takes what it takes on average.
      retry: new RetrySchedule(undefined, () => 0.5),
      onChange: () => (changes += 1),
      onFault: (error) => {
        throw error;
      },
    },
  );
  const known = new Set<number>();
  const nameOf = (part: number): SpoolFileName => ({
    runId: runIdOf(1),
    part,
    owner: ownOwner(),
    deliveredBytes: 0,
    ...(options.limits === undefined ? {} : namedLimits({ ...LIMITS, ...options.limits })),
  });
  /** What the main thread does: a line on disk, then the message. */
  const spool = (text: string, part = 1): void => {
    const created = known.has(part) ? undefined : nameOf(part);
    known.add(part);
    const file = readdirSync(directory).find((name) => name.startsWith(`${runIdOf(1)}.${part}.`));
    if (file === undefined) writeFileSync(spoolFilePath(directory, nameOf(part)), `${text}\n`);
    else appendFileSync(join(directory, file), `${text}\n`);
    lane.addSpooled(part, created);
  };
  let refused = 0;
  /** What it does when the disk refuses. */
  const unspooled = (body: string | Buffer): void => {
    lane.addUnspooled({ number: refused, body: Buffer.from(body) });
    refused += 1;
  };
  const names = (): string[] =>
    readdirSync(directory)
      .filter((name) => !name.startsWith('ledger.'))
      .sort();
  return { lane, collector, spool, unspooled, names, directory, changes: () => changes };
}

test('delivers each batch at once, in order, and moves the name of the file forward', async () => {
  const { lane, collector, spool, names, changes } = createLane();
  spool('one');
  spool('two');
  expect(lane.isIdle()).toBe(false);
  await settle();
  spool('three');
  await settle();
  expect(collector.sent).toEqual(['one', 'two', 'three']);
  expect(lane.report()).toMatchObject({ seen: 3, taken: 0, tally: { delivered: 3, expired: 0 } });
  expect(lane.report().currentPath).toMatch(/\.14\.jsonl$/);
  expect(names()).toEqual([`${runIdOf(1)}.1.${ownOwner()}.14.jsonl`]);
  expect(lane.isIdle()).toBe(true);
  expect(changes()).toBeGreaterThan(0);
});

describe('after a failure', () => {
  test('waits 1, 2, 4 … at most 30 s, each 20 % more or less, and keeps the order', async () => {
    const { lane, collector, spool } = createLane();
    const triedAtMs: number[] = [];
    collector.answer = () => {
      triedAtMs.push(Date.now());
      return BUSY;
    };
    spool('one');
    await pass(130_000);
    const waits = triedAtMs.slice(1).map((at, index) => at - (triedAtMs[index] ?? 0));
    for (const [index, seconds] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(seconds * 800 - 1);
      expect(waits[index]).toBeLessThanOrEqual(seconds * 1200 + 1);
    }
    collector.answer = () => DELIVERED;
    spool('two');
    await pass(36_001);
    expect(collector.sent.slice(-2)).toEqual(['one', 'two']);
    expect(lane.report()).toMatchObject({ seen: 2, tally: { delivered: 2 } });
  });

  test('a new batch does not knock early', async () => {
    const { lane, collector, spool } = createLane();
    collector.answer = () => BUSY;
    spool('one');
    await settle();
    spool('two');
    await settle();
    expect(collector.sent).toEqual(['one']);
    expect(lane.report()).toMatchObject({ seen: 2, tally: { delivered: 0 } });
  });

  test('a success starts the backoff anew', async () => {
    const { collector, spool } = createLane();
    collector.answer = () => BUSY;
    spool('one');
    await pass(1200);
    await pass(2400);
    expect(collector.sent).toHaveLength(3);
    collector.answer = () => DELIVERED;
    await pass(4800);
    collector.answer = () => BUSY;
    spool('two');
    await settle();
    await pass(1201);
    expect(collector.sent.slice(-2)).toEqual(['two', 'two']);
  });

  test('what is over is not the reason any more', async () => {
    const { lane, collector, spool } = createLane();
    collector.answer = () => BUSY;
    spool('one');
    await settle();
    collector.answer = () => DELIVERED;
    lane.attempt(1, false);
    await settle();
    expect(lane.report().tally.delivered).toBe(1);
    expect(lane.report().failure).toBeUndefined();
  });

  test('an attempt that is asked for is made at once and reported', async () => {
    const { lane, collector, spool } = createLane();
    collector.answer = () => BUSY;
    spool('one');
    await settle();
    lane.attempt(1, false);
    await settle();
    expect(collector.sent).toEqual(['one', 'one']);
    expect(lane.report()).toMatchObject({ attempt: 1, failure: { kind: 'busy' } });
  });

  test('an attempt that is under way counts: a process that ends does not knock twice', async () => {
    const { lane, collector, spool } = createLane();
    let answer = (_outcome: PostOutcome): void => {};
    collector.answer = () => new Promise((resolve) => (answer = resolve));
    spool('one');
    lane.attempt(1, true);
    expect(lane.report().attempt).toBe(0);
    answer(BUSY);
    await settle();
    expect(collector.sent).toEqual(['one']);
    expect(lane.report().attempt).toBe(1);
  });

  test('the last attempt has no next', async () => {
    const { lane, collector, spool } = createLane();
    collector.answer = () => BUSY;
    spool('one');
    lane.attempt(1, true);
    await pass(60_000);
    expect(collector.sent).toEqual(['one']);
  });
});

describe('Retry-After', () => {
  const askedFor = (retryAfterMs: number): PostOutcome =>
    failed({ kind: 'busy', endpoint, status: 429, detail: '', retryAfterMs });

  test('is kept to, even when an attempt is asked for', async () => {
    const { lane, collector, spool } = createLane();
    collector.answer = () => askedFor(90_000);
    spool('one');
    await settle();
    lane.attempt(1, false);
    await pass(89_000);
    expect(collector.sent).toEqual(['one']);
    expect(lane.report()).toMatchObject({ attempt: 1, failure: { status: 429 } });
    collector.answer = () => DELIVERED;
    await pass(1001);
    expect(lane.report()).toMatchObject({ tally: { delivered: 1 } });
  });

  test.each([0, 300])('of %d ms is no reason to knock without a pause', async (retryAfterMs) => {
    const { collector, spool } = createLane();
    collector.answer = () => askedFor(retryAfterMs);
    spool('one');
    await pass(10_000);
    expect(collector.sent.length).toBeLessThanOrEqual(5);
  });

  test('that is over does not hold up an attempt that is asked for', async () => {
    const { lane, collector, spool } = createLane();
    collector.answer = () => askedFor(0);
    spool('one');
    await settle();
    collector.answer = () => DELIVERED;
    lane.attempt(1, true);
    await settle();
    expect(lane.report()).toMatchObject({ attempt: 1, tally: { delivered: 1 } });
  });

  test('of years does not overflow the timer, which would knock without a pause', async () => {
    const { collector, spool } = createLane();
    collector.answer = () => askedFor(1e15);
    spool('one');
    await settle();
    await pass(86_400_000);
    expect(collector.sent).toEqual(['one']);
  });
});

describe('parts', () => {
  test('a full part is removed when it is delivered; the current one stays', async () => {
    const { lane, spool, names } = createLane();
    spool('one', 1);
    spool('two', 2);
    spool('three', 3);
    await settle();
    expect(names()).toEqual([`${runIdOf(1)}.3.${ownOwner()}.6.jsonl`]);
    expect(lane.report()).toMatchObject({ seen: 3, tally: { delivered: 3 } });
  });

  test('old parts over the limits of the spool are lost, and counted', async () => {
    const { lane, collector, spool, names, directory } = createLane({ limits: { files: 2 } });
    collector.answer = () => BUSY;
    for (const part of [1, 2, 3, 4]) {
      spool(`batch ${part}`, part);
      await settle();
      // Files are told apart by their age.
      vi.setSystemTime(Date.now() + 10);
    }
    expect(lane.report()).toMatchObject({ seen: 4, tally: { expired: 2 }, others: { expired: 0 } });
    expect(names().map((name) => name.split('.')[1])).toEqual(['1', '4']);
    collector.answer = () => DELIVERED;
    lane.attempt(1, false);
    await settle();
    expect(lane.report()).toMatchObject({ tally: { delivered: 2, expired: 2 } });
    expect(takeLedger(directory)).toEqual({ ...NO_COUNTS, expired: 2 });
    expect(lane.isIdle()).toBe(true);
  });

  test('while the Collector takes all, the limits remove nothing: a drain may deliver it', async () => {
    const { lane, spool, directory } = createLane({ limits: { files: 2 } });
    const keep = namedLimits({ ...LIMITS, files: 2 });
    const name = { runId: runIdOf(9), part: 1, owner: 'free', deliveredBytes: 0, ...keep };
    writeFileSync(spoolFilePath(directory, name), 'a\nb\n');
    for (const part of [1, 2, 3]) {
      spool(`batch ${part}`, part);
      await settle();
    }
    expect(lane.report()).toMatchObject({ tally: { delivered: 3, expired: 0 }, others: { expired: 0 } });
    expect(takeLedger(directory)).toBeUndefined();
  });

  test('files of earlier runs that the limits remove are counted apart', async () => {
    const { lane, collector, spool, directory } = createLane({ limits: { files: 2 } });
    collector.answer = () => BUSY;
    const keep = namedLimits({ ...LIMITS, files: 2 });
    const name = { runId: runIdOf(9), part: 1, owner: 'free', deliveredBytes: 0, ...keep };
    writeFileSync(spoolFilePath(directory, name), 'a\nb\n');
    spool('one', 1);
    await settle();
    spool('two', 2);
    await settle();
    expect(lane.report()).toMatchObject({ tally: { delivered: 0, expired: 0 }, others: { expired: 2 } });
    expect(takeLedger(directory)).toEqual({ ...NO_COUNTS, expired: 2 });
  });
});

test('what another process has taken over is its business', async () => {
  const { lane, collector, spool, names, directory } = createLane();
  collector.answer = () => BUSY;
  spool('one');
  await settle();
  const [name = ''] = names();
  renameSync(join(directory, name), join(directory, `${runIdOf(1)}.1.1-2-elsewhere.0.jsonl`));
  collector.answer = () => DELIVERED;
  lane.attempt(1, false);
  await settle();
  // Why it was left to somebody else: without this a run that ends could not say it.
  expect(lane.report()).toMatchObject({
    seen: 1,
    taken: 1,
    failure: { kind: 'busy' },
    tally: { delivered: 0 },
  });
  expect(lane.isIdle()).toBe(true);
});

test('a file that was removed under us is taken, and the next part is delivered', async () => {
  const { lane, collector, spool, names, directory } = createLane();
  collector.answer = () => BUSY;
  spool('one');
  await settle();
  unlinkSync(join(directory, names()[0] ?? ''));
  collector.answer = () => DELIVERED;
  spool('two', 2);
  lane.attempt(1, false);
  await settle();
  expect(lane.report()).toMatchObject({ seen: 2, taken: 1, tally: { delivered: 1 } });
  expect(collector.sent).toEqual(['one', 'two']);
});

test('a batch that is answered while its file goes is counted once', async () => {
  const { lane, collector, spool, names, directory } = createLane();
  collector.answer = () => {
    unlinkSync(join(directory, names()[0] ?? ''));
    return DELIVERED;
  };
  spool('one');
  await settle();
  expect(lane.report()).toMatchObject({ seen: 1, taken: 0, tally: { delivered: 1, unsent: 0 } });
  expect(lane.isIdle()).toBe(true);
});

test('a spool that was removed as a whole: its batches are lost, and it is said why', async () => {
  const { lane, collector, spool, directory } = createLane();
  collector.answer = () => BUSY;
  spool('one');
  await settle();
  rmSync(directory, { recursive: true });
  lane.attempt(1, false);
  await settle();
  expect(lane.report()).toMatchObject({
    taken: 0,
    tally: { unsent: 1 },
    failure: { kind: 'spool', path: directory },
  });
  expect(lane.isIdle()).toBe(true);
});

test('a rejected batch does not hold up the next one', async () => {
  const { lane, collector, spool, names, directory } = createLane();
  const answers = [failed({ kind: 'rejected', endpoint, status: 400, detail: 'bad' }), DELIVERED];
  collector.answer = () => answers.shift() ?? DELIVERED;
  spool('bad');
  spool('good');
  await settle();
  expect(lane.report()).toMatchObject({
    failure: { kind: 'rejected' },
    tally: { delivered: 1, rejected: 1 },
  });
  expect(names()).toContain('rejected');
  expect(takeLedger(directory)).toEqual({ ...NO_COUNTS, rejected: 1 });
});

describe('batches that no disk took', () => {
  test('are delivered from memory, after those on disk', async () => {
    const { lane, collector, spool, unspooled } = createLane();
    collector.answer = () => BUSY;
    unspooled('memory 1');
    await settle();
    spool('disk');
    unspooled('memory 2');
    collector.answer = () => DELIVERED;
    lane.attempt(1, false);
    await settle();
    expect(collector.sent).toEqual(['memory 1', 'disk', 'memory 1', 'memory 2']);
    expect(lane.report()).toMatchObject({
      seen: 3,
      unspooledSettled: { below: 2, open: [] },
      tally: { delivered: 3, unsent: 0 },
    });
  });

  test('past 8 MiB the oldest are lost, counted once, and the one on its way is not among them', async () => {
    const { lane, collector, unspooled, directory } = createLane();
    let answer = (_outcome: PostOutcome): void => {};
    collector.answer = () => new Promise((resolve) => (answer = resolve));
    const megabytes = (name: string): Buffer => Buffer.alloc(3 * 1024 * 1024, name);
    unspooled(megabytes('a'));
    await settle();
    for (const name of ['b', 'c', 'd', 'e']) unspooled(megabytes(name));
    collector.answer = () => DELIVERED;
    answer(DELIVERED);
    await settle();
    expect(collector.sent.map((text) => text.charAt(0))).toEqual(['a', 'e']);
    expect(lane.report()).toMatchObject({
      seen: 5,
      unspooledSettled: { below: 5, open: [] },
      tally: { delivered: 2, unsent: 3 },
    });
    expect(takeLedger(directory)).toEqual({ ...NO_COUNTS, unsent: 3 });
    expect(lane.isIdle()).toBe(true);
  });

  test('rejected without a spool directory are lost: nothing is written into the current directory', async () => {
    const { path, remove } = temporaryDirectory();
    onTestFinished(remove);
    const before = process.cwd();
    const { lane, collector, unspooled } = createLane({ hasSpool: false });
    collector.answer = () => failed({ kind: 'rejected', endpoint, status: 400, detail: 'bad' });
    process.chdir(path);
    try {
      unspooled('bad');
      await settle();
    } finally {
      process.chdir(before);
    }
    expect(readdirSync(path)).toEqual([]);
    expect(lane.report()).toMatchObject({
      unspooledSettled: { below: 1, open: [] },
      tally: { rejected: 0, unsent: 1 },
    });
  });
});
