import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createMeterProvider } from '@ephemetry/exporter';
import { otlpJson, temporaryDirectory, waitFor } from '@ephemetry/testing';
import { ValueType } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { jsonLines, MAIN, runCommand } from '../fixtures/run-command.ts';

const { histogram, request, run, sum } = otlpJson;

const BATCH = request(run('r1', 1), [
  sum('runs_total', 2),
  histogram('wait_seconds', [1], [1, 2], { sum: 4.5 }),
]);

function post(url: string, body: string): Promise<Response> {
  return fetch(`${url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
}

/** Runs `receive`, acts when it listens, then sends the signal. */
async function receive(
  line: string,
  act: (url: string) => Promise<unknown>,
  signal: NodeJS.Signals = 'SIGTERM',
) {
  let said = '';
  let acted: Promise<unknown> | undefined;
  const ended = await runCommand(`receive --port 0 ${line}`, {
    onStderr: (text, program) => {
      said += text;
      const url = /^listening on (http:\S+)\n/.exec(said)?.[1];
      if (url !== undefined) acted ??= act(url).finally(() => program.kill(signal));
    },
  });
  await acted;
  return ended;
}

describe.concurrent('ephemetry receive', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('prints a line a batch, and at %s the totals', async (signal) => {
    const act = async (url: string) => {
      await post(url, JSON.stringify(BATCH));
      await post(url, JSON.stringify(BATCH));
      await post(url, JSON.stringify(request({}, [sum('runs_total', -1)])));
      await post(url, 'nonsense');
    };
    const ended = await receive('', act, signal);
    expect(ended).toMatchObject({ code: 0, survivors: [] });
    expect(ended.stdout.split('\n')).toEqual(
      [
        'fab run r1 batch 1: 2 points',
        'fab run r1 batch 1: 2 already counted',
        'a service without a name: 0 points, 1 refused: runs_total: a monotonic sum has the value -1; allowed: 0 or more',
        'SERIES                              TOTAL',
        'runs_total{job="fab"}                   2',
        'wait_seconds{job="fab"}  count 3 sum 4.5',
        '',
      ].map((line) => expect.stringMatching(new RegExp(`^${escapePattern(line).replace(/ {2,}/g, ' +')}$`))),
    );
    expect(ended.stderr).toMatch(/^listening on http:\/\/127\.0\.0\.1:[0-9]+\nanswered 400: .*\n$/);
    expect(ended.stdout).not.toContain('\u001b');
  });

  it('--json prints one line for each event', async () => {
    const { stdout, code } = await receive('--json', async (url) => {
      await post(url, JSON.stringify(BATCH));
      await post(url, '7');
    });
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toEqual([
      { event: 'listening', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:[0-9]+$/) },
      {
        event: 'batch',
        unix_ms: expect.any(Number),
        job: 'fab',
        instance_id: 'r1',
        sequence: 1,
        points: 2,
        duplicate_points: 0,
        is_duplicate: false,
        refusals: [],
      },
      { event: 'refused', unix_ms: expect.any(Number), status: 400, message: expect.any(String) },
      {
        event: 'totals',
        series: [
          { name: 'runs_total', type: 'counter', labels: { job: 'fab' }, value: 2 },
          {
            name: 'wait_seconds',
            type: 'histogram',
            labels: { job: 'fab' },
            count: 3,
            sum: 4.5,
            bounds: [1],
            counts: [1, 2],
          },
        ],
      },
    ]);
  });

  it('--json leaves names and labels of senders as they are', async () => {
    const { stdout } = await receive('--json', (url) =>
      post(
        url,
        JSON.stringify(request(run('r1', 1), [sum('runsTotal', 2, { attributes: { workItem: 'aB' } })])),
      ),
    );
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      series: [{ name: 'runsTotal', labels: { workItem: 'aB' } }],
    });
  });

  it('what a sender names cannot write to the terminal', async () => {
    const named = { ...run('\u001b[2J', 1), 'service.name': 'a\nb' };
    const { stdout } = await receive('', (url) =>
      post(url, JSON.stringify(request(named, [sum('x_total', 1)]))),
    );
    expect(stdout).toContain('a\ufffdb run \ufffd[2J batch 1: 1 point\n');
  });

  it('ends without an error when its reader has gone', async () => {
    const child = spawn(
      'sh',
      ['-c', `"$0" "$1" receive --port 0 --json | head -n 1`, process.execPath, MAIN],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (text) => {
      output.stdout += text;
    });
    child.stderr.on('data', (text) => {
      output.stderr += text;
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    await waitFor(() => output.stdout.includes('\n'), { what: 'the line that head lets through' });
    const [listening] = jsonLines(output.stdout);
    await post(String(listening?.['url']), JSON.stringify(BATCH));
    expect(await closed).toBe(0);
    expect(output.stderr).toMatch(/^listening on \S+\n$/);
  });

  it('an integer and a double counter of one name, from the exporter itself, are one total', async () => {
    using directory = temporaryDirectory();
    const { stdout } = await receive('', async (url) => {
      const options = { serviceName: 'vt', spoolDir: directory.path, handleSignals: false, env: {} };
      const provider = createMeterProvider({ ...options, endpoint: `${url}/v1/metrics` });
      const meter = provider.getMeter('m');
      meter.createCounter('vt', { valueType: ValueType.INT }).add(1);
      meter.createCounter('vt').add(1);
      await provider.shutdown();
    });
    expect(stdout).toMatch(/^vt\{job="vt"\} +2$/m);
  });

  it('says when the port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const ended = await runCommand(`receive --port ${port}`);
    server.close();
    expect(ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `port ${port} on 127.0.0.1 is taken; name another with --port, or 0 for any that is free\n`,
    });
  });
});

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
