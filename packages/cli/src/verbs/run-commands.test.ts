/** Commands that do with themselves what commands do: they fork, become others, change who they are, write a lot, are many. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startReceiver, type Totals, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAIN, runCommand } from '../fixtures/run-command.ts';

/** A busy machine is no reason to leave anything for later. */
const PATIENT = { EPHEMETRY_EXIT_BUDGET_MS: '60000' };
const GIBIBYTE = 2 ** 30;
const WRAPPERS = 200;

function makeDirectory(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  return directory.path;
}

async function drained(spool: string): Promise<Totals['counters']> {
  await using receiver = await startReceiver();
  await runCommand(['drain', '--spool-dir', spool, '--endpoint', receiver.url]);
  return receiver.totals().counters;
}

describe('ephemetry run of a command', () => {
  it('that leaves a daemon ends when the command does, and the daemon goes on', async () => {
    const directory = makeDirectory();
    const spool = join(directory, 'spool');
    // It keeps the command's streams, as daemons do that nobody wrote with care.
    const script = `sleep 600 & echo $! > ${directory}/pid; exit 3`;
    const args = ['run', '--spool-dir', spool, '--spool-only', '--', 'sh', '-c', script];
    // Not by what waits for all streams to be closed, and ends what a program leaves.
    const wrapper = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const ended = await once(wrapper, 'exit');
    const daemon = Number(readFileSync(join(directory, 'pid'), 'utf8'));
    onTestFinished(() => void process.kill(daemon, 'SIGKILL'));
    expect(ended).toEqual([3, null]);
    expect(process.kill(daemon, 0)).toBe(true);
    expect(await drained(spool)).toMatchObject({
      command_runs_total: { 'command=sh,outcome=failure': 1 },
    });
  });

  it('that closes its streams and goes on counts by its end', async () => {
    const directory = makeDirectory();
    const spool = join(directory, 'spool');
    const script = `exec <&- >&- 2>&-; true > ${directory}/went-on; exit 4`;
    const ended = await runCommand(['run', '--spool-dir', spool, '--spool-only', '--', 'sh', '-c', script]);
    expect(ended).toMatchObject({ code: 4, stdout: '', stderr: '' });
    expect(readdirSync(directory)).toContain('went-on');
    expect(await drained(spool)).toMatchObject({
      command_runs_total: { 'command=sh,outcome=failure': 1 },
    });
  });

  it('that becomes another by exec passes signals on to that one, and counts under the first name', async () => {
    const spool = join(makeDirectory(), 'spool');
    const other = `import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
print("ready", flush=True)
while True: time.sleep(0.05)`;
    const args = [
      'run',
      '--spool-dir',
      spool,
      '--spool-only',
      '--',
      'sh',
      '-c',
      'exec python3 -c "$0"',
      other,
    ];
    const ended = await runCommand(args, { onStdout: (_, program) => program.kill('SIGTERM') });
    expect(ended).toMatchObject({ code: 5, stdout: 'ready\n', stderr: '' });
    expect(await drained(spool)).toMatchObject({
      command_runs_total: { 'command=sh,outcome=failure': 1 },
    });
  });

  it.skipIf(process.getuid?.() !== 0)(
    'that becomes another user is measured, heard and ended as before',
    async () => {
      const spool = join(makeDirectory(), 'spool');
      const script = `
        process.setgroups([]); process.setgid(65534); process.setuid(65534);
        const [name, value] = process.env.OTEL_EXPORTER_OTLP_METRICS_HEADERS.split('=');
        const now = Date.now() + '000000';
        const dataPoints = [{ startTimeUnixNano: now, timeUnixNano: now, asInt: '7' }];
        const sum = { aggregationTemporality: 1, isMonotonic: true, dataPoints };
        const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'jobs_total', sum }] }] }] });
        const headers = { 'content-type': 'application/json', [name]: value };
        process.on('SIGTERM', () => process.exit(process.getuid() === 65534 ? 5 : 6));
        setInterval(() => {}, 1000);
        fetch(process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, { method: 'POST', headers, body })
          .then(({ status }) => console.log(status));`;
      const own = ['run', '--spool-dir', spool, '--spool-only', '--name', 'job'];
      const ended = await runCommand([...own, '--', process.execPath, '-e', script], {
        onStdout: (_, program) => program.kill('SIGTERM'),
      });
      expect(ended).toMatchObject({ code: 5, stdout: '200\n', stderr: '' });
      expect(await drained(spool)).toMatchObject({
        command_runs_total: { 'command=job,outcome=failure': 1 },
        jobs_total: { '': 7 },
      });
    },
  );

  it('that writes 1 GiB has all of it come through', async () => {
    const spool = join(makeDirectory(), 'spool');
    const run = `"${process.execPath}" "${MAIN}" run --spool-dir "${spool}" --spool-only --`;
    const bytes = await new Promise<number>((resolve) => {
      let received = 0;
      const writer = spawn('sh', ['-c', `${run} head -c ${GIBIBYTE} /dev/zero`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      writer.stdout.on('data', (piece: Buffer) => (received += piece.length));
      writer.once('close', () => resolve(received));
    });
    expect(bytes).toBe(GIBIBYTE);
  });
});

describe('ephemetry run of a command that lives for a while', () => {
  const post = `fetch(process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, { method: 'POST', headers, body })`;
  const script = (exports: number): string => `
    const [name, value] = process.env.OTEL_EXPORTER_OTLP_METRICS_HEADERS.split('=');
    const headers = { 'content-type': 'application/json', [name]: value };
    setTimeout(async () => {
      for (let n = 1; n <= ${exports}; n += 1) {
        const [startTimeUnixNano, timeUnixNano] = [Date.now() + '000000', Date.now() + '00000' + n];
        const sum = { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ startTimeUnixNano, timeUnixNano, asInt: '1' }] };
        const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'jobs_total', sum }] }] }] });
        await ${post};
      }
    }, 500);`;

  it.each([0, 3])('and then exports %d times: all is delivered once when it has ended', async (exports) => {
    await using receiver = await startReceiver();
    const spool = join(makeDirectory(), 'spool');
    const own = ['run', '--spool-dir', spool, '--endpoint', receiver.url, '--name', 'job', '--'];
    const ended = await runCommand([...own, process.execPath, '-e', script(exports)], { env: PATIENT });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { counters, duplicates } = receiver.totals();
    expect(counters['command_runs_total']).toEqual({ 'command=job,outcome=success': 1 });
    expect(counters['jobs_total']).toEqual(exports === 0 ? undefined : { '': exports });
    expect(duplicates).toBe(0);
    expect(readdirSync(spool).filter((name) => name.endsWith('.jsonl'))).toEqual([]);
  });
});

it(`${WRAPPERS} wrappers whose commands run and end at once are counted exactly, with one spool`, async () => {
  const directory = makeDirectory();
  const spool = join(directory, 'spool');
  const gate = join(directory, 'gate');
  execFileSync('mkfifo', [gate]);
  // Held open for both directions: a command that comes to it waits for its own line.
  const opened = openSync(gate, 'r+');
  onTestFinished(() => closeSync(opened));
  await using receiver = await startReceiver();
  const own = ['run', '--spool-dir', spool, '--endpoint', receiver.url, '--name', 'job'];
  const command = ['sh', '-c', `echo ready; read line < ${gate}`];
  let ready = 0;
  const wrappers = Array.from({ length: WRAPPERS }, () => {
    const env = { PATH: process.env['PATH'], HOME: directory, ...PATIENT };
    const wrapper = spawn(process.execPath, [MAIN, ...own, '--', ...command], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: wrapper.stdout }).on('line', () => {
      ready += 1;
      if (ready === WRAPPERS) writeSync(opened, '\n'.repeat(WRAPPERS));
    });
    return once(wrapper, 'exit');
  });
  const ends = await Promise.all(wrappers);
  expect(ends.filter(([code]) => code !== 0)).toEqual([]);
  expect(ready).toBe(WRAPPERS);
  const { counters, histograms } = receiver.totals();
  expect(counters['command_runs_total']).toEqual({ 'command=job,outcome=success': WRAPPERS });
  expect(histograms['command_duration_seconds']?.['command=job']).toMatchObject({ count: WRAPPERS });
  expect(readdirSync(spool).filter((name) => name.endsWith('.jsonl'))).toEqual([]);
});
