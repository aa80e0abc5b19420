/** Standard streams: stdout is the host's alone, and neither a closed nor a slow pipe hurts it through us. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { assertTotals } from '@ephemetry/testing';
import { describe, expect, type TestContext, test } from 'vitest';
import { expectedTotals } from './fixtures/measure.ts';
import { fixture, type Scene, setScene } from './scene.ts';

interface Streams {
  readonly child: ChildProcess;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly ended: Promise<unknown[]>;
}

/** By hand, as `runProgram` reads everything as soon as it comes. */
function startHost(
  host: string,
  scene: Scene,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
): Streams {
  const child = spawn(process.execPath, [fixture('stream-hosts.ts'), host], {
    env: { PATH: process.env.PATH, HOME: scene.directory, OTEL_LOG_LEVEL: 'debug', ...scene.env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the program has no pipes');
  return { child, stdout, stderr, ended: once(child, 'exit') };
}

/** Closes our ends of the pipes when the first line is there, then lets the host go on. */
async function closeAfterFirstLine({ child, stdout }: Streams, streams: readonly Readable[]): Promise<void> {
  const [chunk] = await once(stdout, 'data');
  expect(String(chunk)).toBe('first line\n');
  for (const stream of streams) {
    stream.destroy();
    await once(stream, 'close');
  }
  child.stdin?.end();
}

const CODES: Readonly<Record<string, number>> = {
  'ends by itself': 0,
  'calls process.exit': 3,
  'flushes, then ends': 0,
  'starts telemetry before': 3,
};

describe.concurrent('host | head -1', () => {
  for (const [host, code] of Object.entries(CODES)) {
    const times = host === 'starts telemetry before' ? 2 : 1;

    test(`${host}: a closed stdout does not kill it through us`, async (context) => {
      const scene = await setScene(context);
      const streams = startHost(host, scene, context);
      const said = text(streams.stderr);
      await closeAfterFirstLine(streams, [streams.stdout]);

      expect(await streams.ended).toEqual([code, null]);
      expect(await said).not.toContain('EPIPE');
      await scene.expectCounted(times);
    });

    test(`${host}: closed stdout and stderr, with much to say, do not kill it either`, async (context) => {
      const scene = await setScene(context);
      const streams = startHost(host, scene, context);
      await closeAfterFirstLine(streams, [streams.stdout, streams.stderr]);

      expect(await streams.ended).toEqual([code, null]);
      await scene.expectCounted(times);
    });
  }
});

test('a thread that Node warns in, with stdout and stderr closed, does not kill or hold it', async (context) => {
  const scene = await setScene(context, { tls: true });
  // A warning of Node itself, written in the thread that connects.
  const env = { ...scene.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const streams = startHost('ends by itself', { ...scene, env }, context);
  await closeAfterFirstLine(streams, [streams.stdout, streams.stderr]);

  expect(await streams.ended).toEqual([0, null]);
  assertTotals(scene.receiver.totals(), expectedTotals(1));
});

describe.concurrent('a slow reader', () => {
  /** Reads nothing until the pipe is full, or will be. */
  async function readLate(host: string, scene: Scene, context: TestContext): Promise<string> {
    const streams = startHost(host, scene, context);
    const said = text(streams.stderr);
    const marks = streams.child.stdio[3];
    if (!(marks instanceof Readable)) throw new Error('fd 3 is not a readable pipe');
    for await (const line of createInterface({ input: marks })) if (line === 'writing') break;
    const out = await text(streams.stdout);
    expect(await streams.ended).toEqual([4, null]);
    expect(await said).toContain('ephemetry: ');
    return out;
  }

  test('all that the host has written comes, and nothing of ours', async (context) => {
    const scene = await setScene(context);

    const out = await readLate('writes a megabyte', scene, context);

    expect(out === `${'x'.repeat(1023)}\n`.repeat(1024)).toBe(true);
    await scene.expectCounted(1);
  });

  test('what process.exit cuts off is cut off, but nothing of ours comes instead', async (context) => {
    const scene = await setScene(context);

    const out = await readLate('writes a megabyte, then calls process.exit', scene, context);

    expect(out.replaceAll(/[x\n]/g, '')).toBe('');
    await scene.expectCounted(1);
  });
});
