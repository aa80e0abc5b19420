/** A batch that something in front of the Collector refuses in its own words, and the batches behind it. */
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { NOW_UNIX_MS, runIdOf, spoolOf } from '../../spool/fixtures/spool-of.ts';
import { ownOwner } from '../../spool/owner.ts';
import { spoolFilePath } from '../../spool/spool-file-name.ts';
import { endpointOf, serve } from '../post/fixtures/real-endpoints.ts';
import { createWaryPost } from '../post/wary-post.ts';
import type { DeliveryMeans } from './deliver-file.ts';
import { drainSpool } from './drain-spool.ts';
import { OwnLane } from './own-lane.ts';

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
    const lane = new OwnLane(means, { ...terms, isOnDemand: false, onChange: () => {}, onFault: raise });
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

  test('nor where only requests without data are taken: a drain stops at the third', async () => {
    const files = [1, 2, 3, 4, 5].map((run) => ({ run, text: 'a\nb\n', ageMs: 1000 - run }));
    const { directory } = spoolOf(files);
    const { means, refused } = await meansOf(directory, refuse, (body) => body !== NO_DATA);
    expect(await drainSpool(means, terms)).toMatchObject({ delivered: 0, rejected: 0, spooled: 10 });
    expect(refused).toHaveLength(3);
  });
});
