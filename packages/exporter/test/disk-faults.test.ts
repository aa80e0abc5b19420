// biome-ignore-all lint/style/noExcessiveLinesPerFile: one program on every disk that fails
/** A disk that takes nothing more: the batch is sent from memory, that is said, and no torn line stays behind. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { takeSpoolLedger } from '@ephemetry/exporter';
import { type Ended, readLines, runProgram, runUnshared, unsharedUnavailable } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { ending, fixture, linesSaid, type Scene, setScene, spoolFiles, verdicts } from './scene.ts';

const HOSTS = fixture('disk-hosts.ts');
const REFUSED = 'persist says unspooled';
const PERSISTED = 'persist says persisted';

const outcomes = (ended: Ended): string[] => ended.marks.filter((mark) => mark.startsWith('persist says'));

/** Whole batches in the spool at the moments that the host has told of. */
function batchesTold(ended: Ended): number[] {
  const told = ended.marks.filter((mark) => mark.startsWith('files '));
  return told.map((mark) => {
    const files: string[] = JSON.parse(mark.slice('files '.length));
    const { batches, unreadable } = readLines(files.join(''));
    expect(unreadable).toEqual([]);
    expect(files.every((text) => text === '' || text.endsWith('\n'))).toBe(true);
    return batches.length;
  });
}

const noNamespaces = unsharedUnavailable();
const onTmpfs = noNamespaces === undefined ? '' : ` (skipped: ${noNamespaces})`;

async function runOnSmallDisk(host: string, scene: Scene): Promise<Ended> {
  const ended = await runUnshared(HOSTS, { args: [host], env: scene.env });
  if (ended.kind === 'unavailable') throw new Error(ended.reason);
  return ended;
}

describe.concurrent(`a full disk${onTmpfs}`, () => {
  test.skipIf(noNamespaces)(
    'sends from memory, says so once, and spools again when there is room',
    async (context) => {
      const scene = await setScene(context, { behaviour: { kind: 'answer', delayMs: 200 } });

      const ended = await runOnSmallDisk('fills a small disk, then frees it', scene);

      expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
      const batches = outcomes(ended).length;
      expect(outcomes(ended)).toEqual([...Array(batches - 2).fill(PERSISTED), REFUSED, PERSISTED]);
      expect(batchesTold(ended)).toEqual([batches - 2, batches - 1]);
      expect(linesSaid(ended)).toEqual([expect.stringMatching(/ENOSPC.*in memory only/)]);
      expect(verdicts(ended)).toMatchObject([{ delivered: batches, spooled: 0, lost: 0 }]);
      await scene.expectCounted(batches);
    },
  );

  test.skipIf(noNamespaces)('without a Collector the batch is lost, counted and said', async (context) => {
    const scene = await setScene(context, { budgetMs: 2000 });
    await scene.receiver.stop();

    const ended = await runOnSmallDisk('fills a small disk', scene);

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(outcomes(ended)).toEqual([REFUSED]);
    expect(batchesTold(ended)).toEqual([0]);
    expect(verdicts(ended)).toMatchObject([{ delivered: 0, spooled: 0, lost: 1 }]);
    expect(linesSaid(ended)).toEqual([
      expect.stringContaining('ENOSPC'),
      expect.stringMatching(/cannot be reached.*1 batch lost/),
    ]);
  });

  test.skipIf(noNamespaces)(
    'a rejected batch that cannot be kept is lost, counted and said',
    async (context) => {
      const scene = await setScene(context, { behaviour: { kind: 'status', status: 400 } });

      const ended = await runOnSmallDisk('fills a small disk', scene);

      expect(ended.code).toBe(0);
      expect(verdicts(ended)).toMatchObject([{ rejected: 0, lost: 1 }]);
      expect(linesSaid(ended).at(-1)).toMatch(/answered 400.*1 batch lost/);
    },
  );
});

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;
const limits = hasPrlimit ? '' : ' (skipped: there is no prlimit)';

describe.concurrent(`limits of the process${limits}`, () => {
  test.skipIf(!hasPrlimit)(
    'a file that may not grow: sent from memory, no torn line, and on when it may',
    async (context) => {
      const scene = await setScene(context, { behaviour: { kind: 'answer', delayMs: 500 } });

      const ended = await runProgram(HOSTS, {
        args: ['reaches the limit of file sizes, then is given more'],
        env: scene.env,
      });

      expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
      expect(outcomes(ended)).toEqual([PERSISTED, REFUSED, REFUSED, PERSISTED]);
      expect(linesSaid(ended)).toHaveLength(1);
      expect(verdicts(ended)).toMatchObject([{ delivered: 4, lost: 0 }]);
      expect((await scene.expectCounted(4)).unreadable).toBe(0);
    },
  );

  test.skipIf(!hasPrlimit)(
    'the same with the first batch: the file that it began is the next one’s',
    async (context) => {
      const scene = await setScene(context);

      const ended = await runProgram(HOSTS, {
        args: ['reaches the limit of file sizes with its first batch, then is given more'],
        env: scene.env,
      });

      expect(outcomes(ended)).toEqual([REFUSED, PERSISTED]);
      expect(verdicts(ended)).toMatchObject([{ delivered: 2, spooled: 0, lost: 0 }]);
      expect(spoolFiles(scene.spoolDir)).toEqual([]);
      await scene.expectCounted(2);
    },
  );

  test.skipIf(!hasPrlimit)('the same without a Collector: what is on disk is whole', async (context) => {
    const scene = await setScene(context, { budgetMs: 2000 });
    await scene.receiver.stop();

    const ended = await runProgram(HOSTS, {
      args: ['reaches the limit of file sizes, then is given more'],
      env: scene.env,
    });

    expect(verdicts(ended)).toMatchObject([{ spooled: 4, lost: 0 }]);
    await scene.receiver.restart();
    expect((await scene.expectCounted(4)).unreadable).toBe(0);
  });

  test.skipIf(!hasPrlimit)(
    'the same with a Collector that never answers: each in one count',
    async (context) => {
      const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs: 300 });

      const ended = await runProgram(HOSTS, {
        args: ['reaches the limit of file sizes, then is given more'],
        env: scene.env,
      });

      const [verdict] = verdicts(ended);
      expect(verdict).toMatchObject({ delivered: 0, lost: 0 });
      // One of them may be on its way.
      expect((verdict?.spooled ?? 0) + (verdict?.inDoubt ?? 0)).toBe(4);
      expect(spoolFiles(scene.spoolDir).every((name) => name.includes('.free.'))).toBe(true);
      await scene.expectCounted(4);
    },
  );

  test.skipIf(!hasPrlimit)('the same without a thread: the disk is asked again at once', async (context) => {
    const scene = await setScene(context);

    const ended = await runProgram(HOSTS, {
      args: ['reaches the limit of file sizes, is given more, and is killed'],
      env: { ...scene.env, EPHEMETRY_DELIVERY: 'spool-only' },
    });

    expect(ending(ended)).toEqual({ code: null, signal: 'SIGKILL', survivors: [] });
    expect(outcomes(ended)).toEqual([PERSISTED, REFUSED, REFUSED, PERSISTED]);
    await scene.expectCounted(4);
  });

  test.skipIf(!hasPrlimit)(
    'no file descriptor left, for the spool nor for a connection: said, and nothing is lost once there are some',
    async (context) => {
      const scene = await setScene(context);

      const ended = await runProgram(HOSTS, {
        args: ['has no file descriptor from the start, then some'],
        env: scene.env,
      });

      expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
      expect(outcomes(ended)).toEqual([REFUSED, PERSISTED]);
      const [refused, ...others] = linesSaid(ended);
      expect(refused).toMatch(/EMFILE.*batches are in memory only/);
      // On a busy machine the attempt that had none is still under way at the end: it counts, and the disk has both.
      for (const line of others) expect(line).toMatch(/EMFILE.*2 batches spooled/);
      expect(verdicts(ended)).toMatchObject([
        { [others.length === 0 ? 'delivered' : 'spooled']: 2, lost: 0 },
      ]);
      await scene.expectCounted(2);
    },
  );
});

describe.concurrent('a run that lives for long keeps the limits of its spool', () => {
  const LIMIT_BYTES = 2_500_000;
  /** A part is ended by the batch that fills it; the next is there before the limits are looked at. */
  const PART_BYTES = 1_700_000;
  const HOST = 'measures more than its spool may hold';

  function mostBytes(ended: Ended): number {
    const told = ended.marks.filter((mark) => mark.startsWith('bytes '));
    return Math.max(...told.map((mark) => Number(mark.slice('bytes '.length))));
  }

  function batchesIn(scene: Scene): number {
    const texts = spoolFiles(scene.spoolDir).map((name) => readFileSync(join(scene.spoolDir, name), 'utf8'));
    return readLines(texts.join('')).batches.length;
  }

  test('when it is spool-only: what went was for the sidecar, and is not called lost', async (context) => {
    const scene = await setScene(context);

    const ended = await runProgram(HOSTS, {
      args: [HOST],
      env: {
        ...scene.env,
        EPHEMETRY_DELIVERY: 'spool-only',
        EPHEMETRY_SPOOL_LIMIT_BYTES: String(LIMIT_BYTES),
      },
    });

    expect(mostBytes(ended)).toBeLessThan(LIMIT_BYTES + PART_BYTES);
    const left = batchesIn(scene);
    expect(left).toBeGreaterThan(0);
    expect(verdicts(ended)).toMatchObject([{ spooled: 10, lost: 0, failure: { kind: 'spool-only' } }]);
    expect(linesSaid(ended)).toEqual([
      expect.stringMatching(
        new RegExp(`ephemetry: ${10 - left} batches of this run removed by the limits of the spool`),
      ),
    ]);
    expect(takeSpoolLedger({ spoolDir: scene.spoolDir, env: {} })).toBeUndefined();
  });

  test('when it gets no delivery thread: what went is lost, no earlier run is blamed, and the end delivers the rest', async (context) => {
    const scene = await setScene(context);

    const ended = await runProgram(HOSTS, {
      args: [HOST],
      env: { ...scene.env, EPHEMETRY_SPOOL_LIMIT_BYTES: String(LIMIT_BYTES) },
      execArgv: ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'],
    });

    expect(mostBytes(ended)).toBeLessThan(LIMIT_BYTES + PART_BYTES);
    const delivered = scene.receiver.batches.length;
    expect(delivered).toBeGreaterThan(0);
    expect(batchesIn(scene)).toBe(0);
    expect(verdicts(ended)).toMatchObject([{ delivered, spooled: 0, expired: 10 - delivered }]);
    expect(linesSaid(ended)).toEqual([
      expect.stringMatching(new RegExp(`${10 - delivered} batches removed by the limits`)),
    ]);
    expect(ended.stderr).not.toContain('earlier runs');
    expect(takeSpoolLedger({ spoolDir: scene.spoolDir, env: {} })).toMatchObject({ expired: 10 - delivered });
  });

  test('when its end is over the limits: the verdict says what is left, and what is lost', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 503 } });

    const ended = await runProgram(HOSTS, {
      args: [HOST],
      env: { ...scene.env, EPHEMETRY_SPOOL_LIMIT_BYTES: '65536' },
    });

    // All of them, on a machine that lists a folder within the moment that an end has for it.
    const left = batchesIn(scene);
    expect(left).toBeLessThan(10);
    expect(verdicts(ended)).toMatchObject([{ spooled: left, expired: 10 - left, failure: { kind: 'busy' } }]);
    expect(linesSaid(ended)).toEqual([
      expect.stringMatching(new RegExp(`answered 503.* ${10 - left} batches? removed by the limits`)),
    ]);
    expect(takeSpoolLedger({ spoolDir: scene.spoolDir, env: {} })).toMatchObject({ expired: 10 - left });
  });
});

test('a batch in memory that a proxy refuses does not hold up those behind it', async (context) => {
  const scene = await setScene(context);
  const taken: string[] = [];
  const proxy = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const isRefused = body.includes('poison');
      if (body.includes('jobs_total')) taken.push(body);
      const type = isRefused ? 'text/html' : 'application/json';
      answer.writeHead(isRefused ? 413 : 200, { 'content-type': type }).end(isRefused ? '<h1>' : '{}');
    });
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  context.onTestFinished(() => void proxy.close());
  const address = proxy.address();
  const port = typeof address === 'object' ? address?.port : undefined;

  const ended = await runProgram(HOSTS, {
    args: ['measures what is refused, then more'],
    env: {
      ...scene.env,
      EPHEMETRY_SPOOL_DIR: '/dev/null/spool',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `http://127.0.0.1:${port}/v1/metrics`,
    },
  });

  expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
  expect(taken).toHaveLength(2);
  expect(verdicts(ended)).toMatchObject([{ delivered: 2, unsent: 1, failure: { status: 413 } }]);
  expect(linesSaid(ended).at(-1)).toMatch(/answered 413.*1 batch lost/);
});

test('a spool that is removed: nothing thrown, and what comes after is delivered', async (context) => {
  const scene = await setScene(context);

  const ended = await runProgram(HOSTS, { args: ['loses its spool'], env: scene.env });

  expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
  expect(outcomes(ended)).toEqual([PERSISTED, expect.stringMatching(/unspooled|persisted/)]);
  expect(scene.receiver.batches.map((batch) => batch.sequence)).toContain(2);
});
