// biome-ignore-all lint/style/noExcessiveLinesPerFile: one drain against every state of a spool
import fs, {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { monotonicMs } from '../../monotonic-clock.ts';
import type { SpoolLimits } from '../../settings.ts';
import { deadOwner, type FileToWrite, NOW_UNIX_MS, runIdOf, spoolOf } from '../../spool/fixtures/spool-of.ts';
import { addToLedger, takeLedger } from '../../spool/ledger.ts';
import { ownOwner } from '../../spool/owner.ts';
import { rejectedFolder } from '../../spool/rejected-folder.ts';
import { LINE_LIMIT_BYTES } from '../../spool/spool-lines.ts';
import { EMPTY_TALLY } from '../../tally.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { DrainReport } from '../messages.ts';
import { otlpBody } from '../post/fixtures/otlp-body.ts';
import type { PostOutcome } from '../post/post-outcome.ts';
import type { DeliveryMeans } from './deliver-file.ts';
import { drainOldest, drainSpool } from './drain-spool.ts';

const endpoint = 'http://c:4318/v1/metrics';
const busy: DeliveryFailure = { kind: 'busy', endpoint, status: 503, detail: '' };
const broken: DeliveryFailure = { kind: 'busy', endpoint, status: 500, detail: '' };
const rejected: DeliveryFailure = { kind: 'rejected', endpoint, status: 400, detail: 'bad' };
const partial = { kind: 'partial', endpoint, rejectedDataPoints: 2, detail: '' } as const;
const LIMITS: SpoolLimits = { bytes: 1_000_000, files: 100, ageMs: 3_600_000 };

/** Drains with a Collector that answers as `answer` says, and tells what it was sent. */
async function drainOf(
  directory: string,
  answer: (body: string) => PostOutcome | Promise<PostOutcome> = () => ({ kind: 'delivered' }),
  change: { means?: Partial<DeliveryMeans> } = {},
): Promise<DrainReport & { readonly sent: string[] }> {
  const sent: string[] = [];
  const means: DeliveryMeans = {
    directory,
    post: async (body) => {
      const text = Buffer.from(body).toString();
      sent.push(text);
      return await answer(text);
    },
    nowUnixMs: () => NOW_UNIX_MS,
    note: (counts) => addToLedger(directory, counts),
    mayContinue: () => true,
    ...change.means,
  };
  const report = await drainSpool(means, { owner: ownOwner() });
  return { ...report, sent };
}

/** Acts once between the last look at a spool file and its removal, which is microseconds otherwise. */
function beforeUnlink(act: () => void): void {
  const unlink = fs.unlinkSync;
  let isDone = false;
  const restore = (): void => {
    fs.unlinkSync = unlink;
    syncBuiltinESMExports();
  };
  fs.unlinkSync = (path) => {
    if (!isDone && String(path).endsWith('.jsonl')) {
      isDone = true;
      act();
    }
    unlink(path);
  };
  syncBuiltinESMExports();
  onTestFinished(restore);
}

const NOTHING = {
  ...EMPTY_TALLY,
  busyFiles: 0,
  newerFiles: 0,
  rejectedRemoved: 0,
  lostDataPoints: 0,
};

test('an empty or missing spool is nothing to do', async () => {
  const { directory } = spoolOf([]);
  for (const each of [directory, join(directory, 'missing')]) {
    expect(await drainOf(each)).toEqual({ ...NOTHING, directory: each, problems: [], sent: [] });
  }
});

test('delivers the files of dead runs, oldest first, from where they were left, and removes them', async () => {
  const { directory, names } = spoolOf([
    { run: 1, text: 'new\n', ageMs: 10 },
    { run: 2, text: 'was sent\nold 1\n\nold 2\n', deliveredBytes: 9, owner: deadOwner(), ageMs: 5000 },
  ]);
  const report = await drainOf(directory);
  expect(report).toMatchObject({ ...NOTHING, delivered: 3, sent: ['old 1', 'old 2', 'new'] });
  expect(names()).toEqual([]);
});

test('the little that an end takes is as many files as it may, the oldest first', async () => {
  const { directory, names } = spoolOf(
    [1, 2, 3, 4, 5].map((run) => ({ run, text: `${run}\n`, ageMs: run * 1000 })),
  );
  const sent: string[] = [];
  const means: DeliveryMeans = {
    directory,
    post: async (body) => {
      sent.push(Buffer.from(body).toString());
      return { kind: 'delivered' };
    },
    nowUnixMs: () => NOW_UNIX_MS,
    note: () => {},
    mayContinue: () => true,
  };
  const terms = { owner: ownOwner(), files: 2, untilMs: monotonicMs() + 60_000 };
  expect(await drainOldest(means, terms)).toEqual({ ...EMPTY_TALLY, delivered: 2 });
  expect(sent).toEqual(['5', '4']);
  expect(names()).toHaveLength(3);
  expect(await drainOldest(means, { ...terms, untilMs: 0 })).toEqual(EMPTY_TALLY);
});

test('leaves living runs and fresh files of other machines alone', async () => {
  const { directory, names } = spoolOf([
    { run: 1, text: 'a\n', owner: ownOwner() },
    { run: 2, text: 'b\n', owner: '1-2-elsewhere', ageMs: 1000 },
    { run: 3, text: 'c\n' },
  ]);
  expect(await drainOf(directory)).toMatchObject({ ...NOTHING, delivered: 1, busyFiles: 2, sent: ['c'] });
  expect(names()).toHaveLength(2);
});

test('stops at the first failure that would meet the next batch too, and frees the file where it stopped', async () => {
  const { directory, names } = spoolOf([
    { run: 1, text: 'one\ntwo\nthree\n', ageMs: 2000 },
    { run: 2, text: 'four\n', ageMs: 1000 },
  ]);
  const report = await drainOf(directory, (body) =>
    body === 'two' ? { kind: 'failed', failure: busy, isSentWhole: false } : { kind: 'delivered' },
  );
  expect(report).toMatchObject({
    ...NOTHING,
    delivered: 1,
    spooled: 3,
    failure: busy,
    sent: ['one', 'two'],
  });
  expect(names()).toEqual([`${runIdOf(1)}.1.free.4.jsonl`, `${runIdOf(2)}.1.free.0.jsonl`]);
  expect(await drainOf(directory)).toMatchObject({ delivered: 3, sent: ['two', 'three', 'four'] });
});

test('a batch that a server fails on waits, and those of the next file do not wait for it', async () => {
  const { directory, names } = spoolOf([
    { run: 1, text: 'one\ntwo\n', ageMs: 2000 },
    { run: 2, text: 'three\n', ageMs: 1000 },
  ]);
  const report = await drainOf(directory, (body) =>
    body === 'two' ? { kind: 'failed', failure: broken, isSentWhole: false } : { kind: 'delivered' },
  );
  expect(report).toMatchObject({
    ...NOTHING,
    delivered: 2,
    spooled: 1,
    failure: broken,
    sent: ['one', 'two', 'three'],
  });
  expect(names()).toEqual([`${runIdOf(1)}.1.free.4.jsonl`]);
});

test('a server that fails on the three oldest batches, and on the newest, is asked no more', async () => {
  const { directory } = spoolOf([1, 2, 3, 4, 5].map((run) => ({ run, text: `${run}\n`, ageMs: 100 - run })));
  const report = await drainOf(directory, () => ({ kind: 'failed', failure: broken, isSentWhole: false }));
  expect(report).toMatchObject({ ...NOTHING, spooled: 5, failure: broken, sent: ['1', '2', '3', '5'] });
});

test('a batch that a living run adds in the last moment is delivered, not removed with the file', async () => {
  const { directory, names } = spoolOf([{ run: 1, text: 'one\n' }]);
  let isAdded = false;
  const addLate = (): void => {
    if (!isAdded) appendFileSync(join(directory, names()[0] ?? ''), 'two\n');
    isAdded = true;
  };
  // After the last line was looked for, before the file is removed.
  const note = (): void => queueMicrotask(addLate);
  expect(await drainOf(directory, undefined, { means: { note } })).toMatchObject({
    ...NOTHING,
    delivered: 2,
    sent: ['one', 'two'],
  });
  expect(names()).toEqual([]);
});

test('a rejected batch is kept with its reason, and the rest goes on', async () => {
  const { directory, names } = spoolOf([{ run: 1, text: 'good\nbad\ngood too\n' }]);
  const report = await drainOf(directory, (body) =>
    body === 'bad' ? { kind: 'failed', failure: rejected, isSentWhole: false } : { kind: 'delivered' },
  );
  expect(report).toMatchObject({ ...NOTHING, delivered: 2, rejected: 1, failure: rejected });
  expect(names()).toEqual(['rejected']);
  const [name = ''] = readdirSync(rejectedFolder(directory));
  expect(name).toBe(`${NOW_UNIX_MS}-${runIdOf(1)}-5.json`);
  expect(JSON.parse(readFileSync(join(rejectedFolder(directory), name), 'utf8'))).toMatchObject({
    batch: 'bad',
  });
});

test('data points that were refused inside accepted batches are added up', async () => {
  const { directory } = spoolOf([
    { run: 1, text: 'a\nb\n' },
    { run: 2, text: 'c\n' },
  ]);
  const report = await drainOf(directory, () => ({ kind: 'delivered', partial }));
  expect(report).toMatchObject({ ...NOTHING, delivered: 3, lostDataPoints: 6, failure: partial });
  expect(takeLedger(directory)).toMatchObject({ drained: 3, refusedPoints: 6 });
});

test('a torn tail is passed over and counted; it was never a batch', async () => {
  const { directory, names } = spoolOf([
    { run: 1, text: 'whole\n{"resourceMetr' },
    { run: 2, text: '{"torn' },
  ]);
  expect(await drainOf(directory)).toMatchObject({
    ...NOTHING,
    delivered: 1,
    unreadable: 2,
    sent: ['whole'],
  });
  expect(names()).toEqual([]);
  expect(takeLedger(directory)).toMatchObject({ drained: 1, unreadable: 2 });
});

test('ends after the batch in flight when told to', async () => {
  const { directory } = spoolOf([
    { run: 1, text: 'one\ntwo\n', ageMs: 2000 },
    { run: 2, text: 'three\n', ageMs: 1000 },
  ]);
  const asked: number[] = [];
  const mayContinue = (): boolean => asked.push(1) < 3;
  const report = await drainOf(directory, undefined, { means: { mayContinue } });
  expect(report).toMatchObject({ ...NOTHING, delivered: 1, spooled: 2, sent: ['one'] });
  expect(report.failure).toBeUndefined();
});

describe('a batch that is older than its limit', () => {
  const old = (run: number): FileToWrite => ({
    run,
    text: `old ${run}\n`,
    ageMs: LIMITS.ageMs * 8 - run,
    limits: LIMITS,
  });

  test('is offered, and delivered where that is possible', async () => {
    const { directory, names } = spoolOf([old(1), old(2), { run: 3, text: 'new\n' }]);
    expect(await drainOf(directory)).toMatchObject({
      ...NOTHING,
      delivered: 3,
      sent: ['old 1', 'old 2', 'new'],
    });
    expect(names()).toEqual([]);
    expect(takeLedger(directory)).toMatchObject({ drained: 3, expired: 0 });
  });

  test('goes when it was offered in vain; what was not offered stays, however wrong the clock is', async () => {
    const { directory, names } = spoolOf([old(1), old(2), { run: 3, text: 'new\n' }]);
    const report = await drainOf(directory, () => ({ kind: 'failed', failure: busy, isSentWhole: false }));
    expect(report).toMatchObject({ ...NOTHING, expired: 1, spooled: 2, sent: ['old 1'] });
    expect(names()).toHaveLength(2);
    expect(takeLedger(directory)).toMatchObject({ drained: 0, expired: 1 });
  });

  test.each<DeliveryFailure>([
    { kind: 'refusing', endpoint, status: 400, detail: '', rejections: 3 },
    { kind: 'not-otlp', endpoint, status: 200, detail: '' },
  ])('stays where the endpoint is doubted, and got nothing: $kind', async (failure) => {
    const { directory, names } = spoolOf([old(1), old(2)]);
    const report = await drainOf(directory, () => ({ kind: 'failed', failure, isSentWhole: false }));
    expect(report).toMatchObject({ expired: 0, spooled: 2 });
    expect(names()).toHaveLength(2);
  });

  test('stays when the drain has no time for it', async () => {
    const { directory, names } = spoolOf([old(1)]);
    await drainOf(directory, undefined, { means: { mayContinue: () => false } });
    expect(names()).toHaveLength(1);
  });
});

test('a spool over its limits is delivered where that is possible, and loses only what is left', async () => {
  const limits = { ...LIMITS, files: 1 };
  const files = [1, 2, 3].map((run) => ({ run, text: `${run}\n`, ageMs: 1000 - run, limits }));
  expect(await drainOf(spoolOf(files).directory)).toMatchObject({ ...NOTHING, delivered: 3 });
  const { directory } = spoolOf(files);
  const report = await drainOf(directory, () => ({ kind: 'failed', failure: busy, isSentWhole: false }));
  expect(report).toMatchObject({ ...NOTHING, expired: 2, spooled: 1 });
  expect(takeLedger(directory)).toMatchObject({ expired: 2 });
});

test('a batch that a living run adds between the last look and the removal is not lost', async () => {
  const foreign = '1-2-elsewhere';
  const { directory, names } = spoolOf([{ run: 1, text: 'one\n', owner: foreign, ageMs: 660_000 }]);
  // The run has its file open, whatever it is called by now.
  const descriptor = openSync(join(directory, names()[0] ?? ''), 'a');
  beforeUnlink(() => appendFileSync(descriptor, 'two\n'));
  const report = await drainOf(directory);
  closeSync(descriptor);
  expect(report).toMatchObject({ ...NOTHING, delivered: 2, sent: ['one', 'two'] });
  expect(names()).toEqual([]);
});

test('nor one that it adds while the limits remove its file', async () => {
  const limits = { ...LIMITS, files: 1 };
  const { directory, names } = spoolOf([
    { run: 1, text: 'one\n', owner: '1-2-elsewhere', ageMs: 660_000, limits },
    { run: 2, text: 'three\n', limits },
  ]);
  const [name = ''] = names();
  const descriptor = openSync(join(directory, name), 'a');
  beforeUnlink(() => appendFileSync(descriptor, 'two\n'));
  const report = await drainOf(directory, () => ({ kind: 'failed', failure: busy, isSentWhole: false }));
  closeSync(descriptor);
  expect(report).toMatchObject({ expired: 1, spooled: 2 });
  expect((await drainOf(directory)).sent.sort()).toEqual(['three', 'two']);
});

test('three drains at once deliver every batch once', async () => {
  const runs = Array.from({ length: 12 }, (_, run) => ({ run, text: `${run} a\n${run} b\n` }));
  const { directory, names } = spoolOf(runs);
  const answer = async (): Promise<PostOutcome> => {
    await new Promise(setImmediate);
    return { kind: 'delivered' };
  };
  const reports = await Promise.all([1, 2, 3].map(() => drainOf(directory, answer)));
  const sent = reports.flatMap((report) => report.sent);
  expect(sent.sort()).toEqual(runs.flatMap(({ run }) => [`${run} a`, `${run} b`]).sort());
  expect(reports.reduce((sum, report) => sum + report.delivered, 0)).toBe(24);
  expect(takeLedger(directory)).toMatchObject({ drained: 24 });
  expect(names()).toEqual([]);
});

describe('a line of an older version that is above the limit of a batch', () => {
  const padded = (bytes: number): string =>
    JSON.stringify(JSON.parse(otlpBody(1, 1))).replace('jobs', 'j'.repeat(bytes));
  /** One counter of many series, in one batch. */
  function large(points: number, paddingBytes: number): string {
    const batch = JSON.parse(otlpBody(1, 5));
    const [metric] = batch.resourceMetrics[0].scopeMetrics[0].metrics;
    const [point] = metric.sum.dataPoints;
    metric.sum.dataPoints = Array.from({ length: points }, (_, i) => ({
      ...point,
      attributes: [{ key: 'n', value: { stringValue: String(i).padEnd(paddingBytes, 'x') } }],
    }));
    return JSON.stringify(batch);
  }
  const pointsIn = (body: string): number =>
    JSON.parse(body).resourceMetrics[0].scopeMetrics[0].metrics[0].sum.dataPoints.length;

  test('is sent in pieces that every stage takes, and what is around it too', async () => {
    const { directory, names } = spoolOf([{ run: 1, text: `one\n${large(2000, 8500)}\ntwo\n` }]);
    const report = await drainOf(directory);
    const pieces = report.sent.filter((body) => body.startsWith('{'));
    expect(pieces.length).toBeGreaterThan(10);
    for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(1024 * 1024);
    expect(pieces.reduce((sum, piece) => sum + pointsIn(piece), 0)).toBe(2000);
    expect(report.sent.filter((body) => !body.startsWith('{'))).toEqual(['one', 'two']);
    expect(report).toMatchObject({ ...NOTHING, delivered: pieces.length + 2 });
    expect(names()).toEqual([]);
  });

  test('is split once, however often its drain is cut off', async () => {
    const { directory } = spoolOf([{ run: 1, text: `${large(700, 8500)}\n` }]);
    const sent: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      let answers = 0;
      const report = await drainOf(directory, () => {
        answers += 1;
        return answers > 1 ? { kind: 'failed', failure: busy, isSentWhole: false } : { kind: 'delivered' };
      });
      sent.push(...report.sent.slice(0, 1));
    }
    const identities = sent.map((body) => JSON.stringify(JSON.parse(body).resourceMetrics[0].resource));
    expect(new Set(identities).size).toBe(identities.length);
    expect(sent.reduce((sum, piece) => sum + pointsIn(piece), 0)).toBe(700);
  });

  test('of which no smaller ones can be made is set aside with the reason, and the rest goes on', async () => {
    const whole = padded(5 * 1024 * 1024);
    const { directory, names } = spoolOf([{ run: 1, text: `one\n${whole}\ntwo\n` }]);
    const report = await drainOf(directory);
    expect(report).toMatchObject({
      ...NOTHING,
      delivered: 2,
      rejected: 1,
      failure: { kind: 'too-large', bytes: whole.length, limitBytes: 4 * 1024 * 1024 },
      sent: ['one', 'two'],
    });
    expect(names()).toEqual(['rejected']);
    expect(takeLedger(directory)).toMatchObject({ rejected: 1, drained: 2 });
  });

  test('and one that is too long to be read is passed over, said and counted', async () => {
    const { directory, names } = spoolOf([{ run: 1, text: 'one\n' }]);
    const path = join(directory, names()[0] ?? '');
    truncateSync(path, LINE_LIMIT_BYTES + 1000);
    appendFileSync(path, '\ntwo\n');
    const report = await drainOf(directory);
    expect(report).toMatchObject({
      delivered: 2,
      expired: 0,
      unreadable: 1,
      failure: { kind: 'too-large' },
      sent: ['one', 'two'],
    });
    expect(takeLedger(directory)).toMatchObject({ unreadable: 1 });
  });
});

test('a file that another process takes over in the middle is left to it', async () => {
  const { directory, names } = spoolOf([
    { run: 1, text: 'one\ntwo\n' },
    { run: 2, text: 'three\n', ageMs: 10 },
  ]);
  const report = await drainOf(directory, (body) => {
    if (body === 'one') {
      const [name = ''] = names();
      renameSync(join(directory, name), join(directory, `${runIdOf(1)}.1.1-2-elsewhere.0.jsonl`));
    }
    return { kind: 'delivered' };
  });
  expect(report).toMatchObject({ delivered: 2, spooled: 0, sent: ['one', 'three'] });
  // Whoever has the file now delivers the batch again, and counts it.
  expect(takeLedger(directory)).toMatchObject({ drained: 1 });
  expect(names()).toEqual([`${runIdOf(1)}.1.1-2-elsewhere.0.jsonl`]);
});

test('what a process left that died in the middle of writing a small file goes after a while', async () => {
  const { directory, names } = spoolOf([]);
  mkdirSync(rejectedFolder(directory));
  const left = ['last-verdict.json.a.tmp', 'rejected/1-x-1.json.a.tmp', 'last-verdict.json.b.tmp'];
  for (const name of left) {
    writeFileSync(join(directory, name), '');
    const writtenSeconds = NOW_UNIX_MS / 1000 - (name.includes('.b.') ? 60 : 7200);
    utimesSync(join(directory, name), writtenSeconds, writtenSeconds);
  }
  await drainOf(directory);
  expect(names()).toEqual(['last-verdict.json.b.tmp', 'rejected']);
  expect(readdirSync(rejectedFolder(directory))).toEqual([]);
});

test('things that only look like spool files do no harm', async () => {
  const { directory, names } = spoolOf([{ run: 3, text: 'real\n' }]);
  symlinkSync('/etc/hostname', join(directory, `${runIdOf(1)}.1.free.0.jsonl`));
  mkdirSync(join(directory, `${runIdOf(2)}.1.free.0.jsonl`));
  expect(await drainOf(directory)).toMatchObject({
    delivered: 1,
    sent: ['real'],
  });
  expect(names()).toHaveLength(2);
});
