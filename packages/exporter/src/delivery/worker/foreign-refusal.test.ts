/** A batch that something in front of the Collector refuses in its own words, and the batches behind it. */
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { NOW_UNIX_MS, runIdOf, spoolOf } from '../../spool/fixtures/spool-of.ts';
import { ownOwner } from '../../spool/owner.ts';
import { spoolFilePath } from '../../spool/spool-file-name.ts';
import { addReports } from '../main/add-reports.ts';
import type { UnspooledSettled } from '../messages.ts';
import { endpointOf, serve } from '../post/fixtures/real-endpoints.ts';
import { createWaryPost } from '../post/wary-post.ts';
import type { DeliveryMeans } from './deliver-file.ts';
import { drainOldest, drainSpool } from './drain-spool.ts';
import { OwnLane } from './own-lane.ts';
import { RetrySchedule } from './retry-schedule.ts';

const TOO_LARGE = (answer: ServerResponse): void =>
  void answer.writeHead(413, { 'content-type': 'text/html' }).end('<h1>413 Request Entity Too Large</h1>');
const FORBIDDEN = (answer: ServerResponse): void => void answer.writeHead(403).end('blocked');
const NO_DATA = '{"resourceMetrics":[]}';

/** Means with a real server that refuses what `isRefused` says; `taken` is what it took. */
async function meansOf(
  directory: string,
  refuse: (answer: ServerResponse) => void,
  isRefused: (body: string) => boolean,
): Promise<{ means: DeliveryMeans; taken: string[]; refused: string[] }> {
  const taken: string[] = [];
  const refused: string[] = [];
  const url = await serve((incoming, answer) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    incoming.on('end', () => {
      if (isRefused(body)) {
        refused.push(body);
        return refuse(answer);
      }
      if (body !== NO_DATA) taken.push(body);
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  const means = {
    directory,
    post: createWaryPost(endpointOf(url)),
    nowUnixMs: () => NOW_UNIX_MS,
    note: () => {},
    mayContinue: () => true,
  };
  return { means, taken, refused };
}

const isPoison = (body: string): boolean => body.startsWith('poison');
const terms = { owner: ownOwner() };

function raise(error: unknown): never {
  throw error;
}

describe.each([
  ['413', TOO_LARGE],
  ['403', FORBIDDEN],
])('a batch that a proxy answers with %s', (status, refuse) => {
  test('does not hold up what is behind it in its file, or in others', async () => {
    const { directory, names } = spoolOf([
      { run: 1, text: 'one\npoison\nthree\n', ageMs: 2000 },
      { run: 2, text: 'four\n', ageMs: 1000 },
    ]);
    const { means, taken, refused } = await meansOf(directory, refuse, isPoison);
    const report = await drainSpool(means, terms);
    expect(taken).toEqual(['one', 'three', 'four']);
    expect(report).toMatchObject({ delivered: 3, rejected: 0, spooled: 1, expired: 0 });
    expect(report.failure).toMatchObject({ status: Number(status) });
    expect(refused).toEqual(['poison']);
    expect(names()).toHaveLength(1);
  });

  test('is delivered once the proxy lets it through', async () => {
    const { directory, names } = spoolOf([{ run: 1, text: 'one\npoison\nthree\n' }]);
    await drainSpool((await meansOf(directory, refuse, isPoison)).means, terms);
    const { means, taken } = await meansOf(directory, refuse, () => false);
    expect(await drainSpool(means, terms)).toMatchObject({ delivered: 1, spooled: 0 });
    expect(taken).toEqual(['poison']);
    expect(names()).toEqual([]);
  });

  test('does not hold up those that a living run writes after it', async () => {
    const { directory, names } = spoolOf([{ run: 1, text: 'poison\ntwo\nthree\n', owner: ownOwner() }]);
    const { means, taken } = await meansOf(directory, refuse, isPoison);
    const lane = new OwnLane(means, {
      ...terms,
      isOnDemand: false,
      retry: new RetrySchedule(),
      onChange: () => {},
      onFault: raise,
    });
    const created = { runId: runIdOf(1), part: 1, owner: ownOwner(), deliveredBytes: 0 };
    expect(spoolFilePath(directory, created)).toContain(names()[0] ?? 'a file');
    for (const number of [1, 2, 3]) lane.addSpooled(1, number === 1 ? created : undefined);
    await expect.poll(() => lane.report().tally.delivered).toBe(2);
    await nextTurn();
    expect(taken).toEqual(['two', 'three']);
    expect(lane.report()).toMatchObject({
      seen: 3,
      taken: 1,
      tally: { delivered: 2, rejected: 0, expired: 0 },
    });
    expect(lane.report().failure).toMatchObject({ status: Number(status) });
    expect(names()).toHaveLength(2);
  });

  test('says nothing of the batch where everything is answered so: all stay as they are', async () => {
    const files = [1, 2, 3, 4, 5].map((run) => ({ run, text: 'a\nb\n', ageMs: 1000 - run }));
    const { directory, names } = spoolOf(files);
    const before = names();
    const { means, taken } = await meansOf(directory, refuse, () => true);
    expect(await drainSpool(means, terms)).toMatchObject({ delivered: 0, rejected: 0, spooled: 10 });
    expect(taken).toEqual([]);
    expect(names()).toEqual(before);
  });

  test('nor where only requests without data are taken: a drain asks three and the newest, and stops', async () => {
    const files = [1, 2, 3, 4, 5, 6].map((run) => ({ run, text: `${run}\n`, ageMs: 1000 - run }));
    const { directory } = spoolOf(files);
    const { means, refused } = await meansOf(directory, refuse, (body) => body !== NO_DATA);
    const report = await drainSpool(means, terms);
    expect(report).toMatchObject({ delivered: 0, rejected: 0, spooled: 6 });
    expect(report.failure).toMatchObject({ kind: 'refusing', status: Number(status), isForeign: true });
    expect(refused).toEqual(['1', '2', '3', '6']);
  });

  test('does not hold up what is behind three of them, in a drain that has delivered nothing yet', async () => {
    const files = [1, 2, 3, 4, 5].map((run) => ({
      run,
      text: run < 4 ? `poison ${run}\n` : `good ${run}\n`,
      ageMs: 1000 - run,
    }));
    const { directory, names } = spoolOf(files);
    const { means, taken, refused } = await meansOf(directory, refuse, isPoison);
    const report = await drainSpool(means, terms);
    expect(taken).toEqual(['good 5', 'good 4']);
    expect(report).toMatchObject({ delivered: 2, rejected: 0, spooled: 3 });
    expect(refused).toEqual(['poison 1', 'poison 2', 'poison 3']);
    expect(names()).toHaveLength(3);
  });

  test('is asked for last by later drains, so that those behind any number of them go', async () => {
    const files = [1, 2, 3, 4, 5, 6].map((run) => ({
      run,
      text: run === 4 || run === 5 ? `good ${run}\n` : `poison ${run}\n`,
      ageMs: 1000 - run,
    }));
    const { directory } = spoolOf(files);
    const first = await meansOf(directory, refuse, isPoison);
    expect(await drainSpool(first.means, terms)).toMatchObject({ delivered: 0, spooled: 6 });
    const second = await meansOf(directory, refuse, isPoison);
    expect(await drainSpool(second.means, terms)).toMatchObject({ delivered: 2, spooled: 4 });
    expect(second.taken).toEqual(['good 4', 'good 5']);
  });

  test('leaves room among the few files that a program which ends by itself takes along', async () => {
    const poison = Array.from({ length: 20 }, (_, run) => ({
      run,
      part: 500_000_001,
      text: 'poison\n',
      ageMs: 9000 - run,
    }));
    const { directory } = spoolOf([...poison, { run: 99, text: 'good\n', ageMs: 100 }]);
    const { means, taken } = await meansOf(directory, refuse, isPoison);
    const oldest = { ...terms, files: 16, untilMs: Number.POSITIVE_INFINITY };
    expect(await drainOldest(means, oldest)).toMatchObject({ delivered: 1 });
    expect(taken).toEqual(['good']);
  });
});

describe('a batch in memory that a proxy refuses', () => {
  test('does not hold up those behind it, and is tried again when somebody asks', async () => {
    let isLetThrough = false;
    const { means, taken, refused } = await meansOf('', TOO_LARGE, (body) => isPoison(body) && !isLetThrough);
    const lane = new OwnLane(means, {
      ...terms,
      isOnDemand: false,
      retry: new RetrySchedule(),
      onChange: () => {},
      onFault: raise,
    });
    for (const [number, text] of ['one', 'poison', 'three'].entries())
      lane.addUnspooled({ number, body: Buffer.from(text) });
    await expect.poll(() => lane.report().tally.delivered).toBe(2);
    await expect.poll(() => lane.isIdle()).toBe(true);
    expect(taken).toEqual(['one', 'three']);
    expect(lane.report()).toMatchObject({
      tally: { delivered: 2, unsent: 0, rejected: 0 },
      unspooledSettled: { below: 3, open: [1] },
      failure: { status: 413 },
    });
    expect(refused).toEqual(['poison']);
    isLetThrough = true;
    lane.attempt(1, false);
    await expect.poll(() => lane.report().tally.delivered).toBe(3);
    expect(lane.report().unspooledSettled).toEqual({ below: 3, open: [] });
  });

  test('is handed to another lane, which tells of it under its own number', async () => {
    const { means } = await meansOf('', TOO_LARGE, isPoison);
    const laneTerms = {
      ...terms,
      isOnDemand: false,
      retry: new RetrySchedule(),
      onChange: () => {},
      onFault: raise,
    };
    const lane = new OwnLane(means, laneTerms);
    for (const [number, text] of ['one', 'poison', 'three'].entries())
      lane.addUnspooled({ number, body: Buffer.from(text) });
    await expect.poll(() => lane.report().tally.delivered).toBe(2);
    await expect.poll(() => lane.isIdle()).toBe(true);
    const rest = lane.rest();
    expect(rest).toEqual([{ kind: 'unspooled', number: 1, body: Buffer.from('poison') }]);
    const settled = { ...lane.reportSettled(), isDraining: false, problems: [], rejectedRemoved: 0 };
    const next = new OwnLane(means, { ...laneTerms, retry: new RetrySchedule() });
    const both = (): UnspooledSettled =>
      addReports(settled, { ...next.report(), isDraining: false, problems: [], rejectedRemoved: 0 })
        .unspooledSettled;
    expect(both()).toEqual({ below: 3, open: [1] });
    for (const command of rest) if (command.kind === 'unspooled') next.addUnspooled(command);
    next.addUnspooled({ number: 3, body: Buffer.from('four') });
    await expect.poll(() => next.report().tally.delivered).toBe(1);
    await expect.poll(() => next.isIdle()).toBe(true);
    expect(both()).toEqual({ below: 4, open: [1] });
  });
});

/** Error 500 comes of the batch here, and of nothing else. */
const BROKEN = (answer: ServerResponse): void => void answer.writeHead(500).end();

test('three oldest batches that a Collector answers with 500 do not hold up those behind them', async () => {
  const files = [1, 2, 3, 4, 5].map((run) => ({
    run,
    text: run < 4 ? `poison ${run}\n` : `good ${run}\n`,
    ageMs: 1000 - run,
  }));
  const { directory } = spoolOf(files);
  const { means, taken } = await meansOf(directory, BROKEN, isPoison);
  expect(await drainSpool(means, terms)).toMatchObject({ delivered: 2, spooled: 3 });
  expect(taken).toEqual(['good 5', 'good 4']);
});
