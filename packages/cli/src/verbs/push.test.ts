// biome-ignore-all lint/style/noExcessiveLinesPerFile: each way to push on one scene
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Receiver, startReceiver, temporaryDirectory, waitFor } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAIN, runCommand } from '../fixtures/run-command.ts';

interface Scene {
  readonly directory: string;
  readonly spool: string;
  readonly receiver: Receiver;
  readonly push: (line: string, stdin?: string) => ReturnType<typeof runCommand>;
  /** What a drain delivers of the spool. */
  readonly drained: () => Promise<ReturnType<Receiver['totals']>>;
}

async function open(): Promise<Scene> {
  const { path: directory, remove } = temporaryDirectory();
  const receiver = await startReceiver();
  onTestFinished(async () => {
    await receiver.stop();
    remove();
  });
  const spool = join(directory, 'spool');
  const env = { EPHEMETRY_SPOOL_DIR: spool, EPHEMETRY_DELIVERY: 'spool-only' };
  return {
    directory,
    spool,
    receiver,
    push: (line, stdin = '') => runCommand(`push ${line}`, { env, stdin }),
    drained: async () => {
      await runCommand(['drain', '--spool-dir', spool, '--endpoint', receiver.url]);
      const { counters, ...totals } = receiver.totals();
      const { ephemetry_drained_batches_total: _, ...pushed } = counters;
      return { counters: pushed, ...totals };
    },
  };
}

function filesIn(spool: string): readonly string[] {
  return existsSync(spool) ? readdirSync(spool).filter((name) => name.endsWith('.jsonl')) : [];
}

describe('ephemetry push', () => {
  it('adds counters, sets gauges and sorts values into buckets, each push one line of a file of its own', async () => {
    const { spool, push, drained } = await open();
    for (const line of [
      'counter deploys_total 1 -a target=staging -a note=a=b',
      'counter deploys_total 2.5 -a note=a=b --attribute target=staging',
      'gauge temperature_celsius -4.5',
      'histogram copy_seconds 0.5 --bounds 0.1,0.5,5 --unit s',
      'histogram copy_seconds 7 --bounds 0.1,0.5,5 --unit s',
    ])
      expect(await push(line)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(filesIn(spool)).toHaveLength(5);
    for (const name of filesIn(spool))
      expect(readFileSync(join(spool, name), 'utf8').match(/\n/g)).toHaveLength(1);
    const totals = await drained();
    expect(totals.counters).toEqual({ deploys_total: { 'note=a\\=b,target=staging': 3.5 } });
    expect(totals.gauges).toEqual({ temperature_celsius: { '': -4.5 } });
    expect(totals.histograms['copy_seconds']?.['']).toMatchObject({
      count: 2,
      sum: 7.5,
      buckets: [0, 1, 0, 1],
    });
  });

  it.each([
    ['counter deploys_total -1', 'deploys_total: a counter is given -1; allowed: 0 or more'],
    ['counter 2nd 1', 'the name is "2nd"; allowed: a letter'],
    ['counter deploys_total many', "<value> is 'many'; allowed: a number"],
    ['counter deploys_total 1e400', 'allowed: finite numbers'],
    ['counter deploys_total', '<value> is missing'],
    ['counter deploys_total 1 -a target', "is 'target'; allowed: key=value"],
    ['counter deploys_total 1 -a a=1 -a a=2', 'a is given twice'],
    ['histogram copy_seconds 1 --bounds 5,1', 'each above the one before'],
    ['histogram copy_seconds 1', '--bounds <numbers> is missing'],
    ['gauge command_runs_total 1', 'command_runs_total is a counter, not a gauge'],
    ['cuonter deploys_total 1', 'did you mean counter?'],
    ['', 'allowed: - or --format'],
  ])('refuses `push %s`, says what is allowed and writes nothing', async (line, message) => {
    const { spool, push } = await open();
    const ended = await push(line);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(message);
    expect(filesIn(spool)).toEqual([]);
  });

  it('names a line that does not count, and counts the others', async () => {
    const { push, drained } = await open();
    const lines = [
      '{"counter": "files_total", "value": 1, "attributes": {"disk": "sda"}}',
      'files_total 1',
      '{"counter": "files_total", "value": 2, "attributes": {"disk": "sda"}}',
      '{"counter": "files_total", "value": -1}',
      '{"gauge": "files_total", "value": 1}',
      '{"counter": "files_total", "value": 1, "label": {}}',
      `{"counter": "files_total", "value": 1, "attributes": {"disk": "${'x'.repeat(70_000)}"}}`,
      '',
      '{"histogram": "copy_seconds", "value": 3, "unit": "s", "bounds": [1, 5]}',
    ];
    const ended = await push('-', lines.join('\n'));
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr.split('\n').map((line) => line.slice(0, 60))).toEqual([
      'line 2 does not count: it is not JSON; allowed: {"counter": ',
      'line 4 does not count: files_total: a counter is given -1; a',
      'line 5 does not count: files_total is pushed as a gauge, and',
      'line 6 does not count: it has the key "label"; allowed: coun',
      'line 7 does not count: it is too long; allowed: 65536 bytes',
      '',
    ]);
    const totals = await drained();
    expect(totals.counters).toEqual({ files_total: { 'disk=sda': 3 } });
    expect(totals.histograms['copy_seconds']?.['']).toMatchObject({ count: 1, sum: 3 });
  });

  it('counts all of a large input exactly, in batches that every stage takes', async () => {
    const { push, drained } = await open();
    const lines = Array.from({ length: 20_000 }, (_, index) =>
      JSON.stringify({ counter: 'files_total', value: 1, attributes: { file: `file-${index % 9000}` } }),
    );
    expect(await push('-', `${lines.join('\n')}\n`)).toMatchObject({ code: 0, stderr: '' });
    const files = Object.values((await drained()).counters['files_total'] ?? {});
    expect([files.length, files.reduce((sum, value) => sum + value, 0)]).toEqual([9000, 20_000]);
  });

  it('has kept what came through a pipe when SIGKILL comes', async () => {
    const { spool, drained } = await open();
    const env = { PATH: process.env['PATH'], EPHEMETRY_SPOOL_DIR: spool };
    const child = spawn(process.execPath, [MAIN, 'push', '--spool-only', '-'], {
      env,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.write('{"counter": "files_total", "value": 1}\n{"counter": "files_total", "value": 2}\n');
    await waitFor(() => filesIn(spool).length > 0, { what: 'the lines to be kept' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await drained()).counters).toEqual({ files_total: { '': 3 } });
  });

  it('reads the lines of writers that the same signal ends', async () => {
    const { spool, drained } = await open();
    const env = { PATH: process.env['PATH'], EPHEMETRY_SPOOL_DIR: spool };
    const child = spawn(process.execPath, [MAIN, 'push', '--spool-only', '-'], {
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child.stdin.write('{"counter": "files_total", "value": 1}\n');
    await waitFor(() => filesIn(spool).length > 0, { what: 'the first line to be kept' });
    child.kill('SIGINT');
    child.stdin.end('{"counter": "files_total", "value": 2}');
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).toEqual([0, null]);
    expect((await drained()).counters).toEqual({ files_total: { '': 3 } });
  });

  it('takes Prometheus text: counters add, gauges replace, what cannot be added up is refused by line', async () => {
    const { push, drained } = await open();
    const text = [
      '# HELP jobs_total Jobs.',
      '# TYPE jobs_total counter',
      'jobs_total{queue="a\\"b"} 3 1700000000000',
      '# TYPE load gauge',
      'load 0.5',
      '# TYPE took_seconds histogram',
      '# UNIT took_seconds seconds',
      'took_seconds_bucket{le="0.5"} 1',
      'took_seconds_bucket{le="+Inf"} 3',
      'took_seconds_sum 4.5',
      'took_seconds_count 3',
      'took_seconds_created 1.7e9',
      '# TYPE half_seconds histogram',
      'half_seconds_bucket{le="0.5"} 1',
      'untyped 1',
      '# TYPE sum summary',
      'sum{quantile="0.5"} 1',
      '# TYPE back_total counter',
      'back_total -1',
      'jobs_total{queue="a} 1',
      '',
    ].join('\n');
    const ended = await push('--format prometheus', text);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr.trim().split('\n')).toEqual([
      expect.stringContaining('line 14 does not count: half_seconds: the histogram has no bucket le="+Inf"'),
      expect.stringContaining('line 15 does not count: untyped is untyped'),
      expect.stringContaining('line 17 does not count: sum is of a summary'),
      expect.stringContaining('line 20 does not count: jobs_total: the labels cannot be read'),
      expect.stringContaining('line 19 does not count: back_total: a counter is given -1'),
      'timestamps are left out: what is pushed is of now',
      '_created samples are left out',
    ]);
    await push(
      '--format prometheus',
      '# TYPE jobs_total counter\njobs_total{queue="a\\"b"} 4\n# TYPE load gauge\nload 0.25\n',
    );
    const totals = await drained();
    expect(totals.counters).toEqual({ jobs_total: { 'queue=a"b': 7 } });
    expect(totals.gauges).toEqual({ load: { '': 0.25 } });
    expect(totals.histograms['took_seconds']?.['']).toMatchObject({ count: 3, sum: 4.5, buckets: [1, 2] });
  });

  it('waits for the verdict with --now, and keeps what was not delivered', async () => {
    const { spool, receiver, drained } = await open();
    const now = (url: string): ReturnType<typeof runCommand> =>
      runCommand(['push', 'counter', 'deploys_total', '1', '--now', '--endpoint', url, '--spool-dir', spool]);
    expect(await now(receiver.url)).toMatchObject({ code: 0, stderr: '' });
    expect(receiver.totals().counters).toEqual({ deploys_total: { '': 1 } });
    expect(filesIn(spool)).toEqual([]);
    const refused = await now('http://127.0.0.1:1/v1/metrics');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('1 batch spooled');
    expect((await drained()).counters).toEqual({ deploys_total: { '': 2 } });
  });

  it('delivers in the background what several pushes left, once', async () => {
    const { spool, receiver } = await open();
    for (let push = 1; push <= 3; push += 1) {
      const args = [
        'push',
        'counter',
        'deploys_total',
        '1',
        '--endpoint',
        receiver.url,
        '--spool-dir',
        spool,
      ];
      // Not by `runCommand`, which ends what a program leaves behind.
      const env = { PATH: process.env['PATH'] };
      const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
      expect(await once(child, 'exit')).toEqual([0, null]);
    }
    await receiver.waitFor(() => receiver.totals().counters['deploys_total']?.[''] === 3, {
      what: 'three pushes to be delivered',
    });
    expect(receiver.totals().duplicates).toBe(0);
    await waitFor(() => filesIn(spool).length === 0, { what: 'the spool to be empty' });
  });

  it('delivers in the background where the program loads modules of its own directory', async () => {
    const { directory, spool, receiver } = await open();
    writeFileSync(join(directory, 'own.cjs'), '');
    const args = ['push', 'counter', 'deploys_total', '1', '--endpoint', receiver.url, '--spool-dir', spool];
    const env = { PATH: process.env['PATH'], NODE_OPTIONS: '--require ./own.cjs' };
    const child = spawn(process.execPath, [MAIN, ...args], {
      env,
      cwd: directory,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    await receiver.waitFor(() => receiver.totals().counters['deploys_total']?.[''] === 1, {
      what: 'the push to be delivered',
    });
  });

  it('pushes from the trap of a script that a signal ends', async () => {
    const { directory, spool, drained } = await open();
    const script = join(directory, 'backup.sh');
    writeFileSync(
      script,
      `#!/bin/sh\ntrap 'code=$?; "${process.execPath}" "${MAIN}" push counter backups_total 1 -a code=$code --spool-only' EXIT\ntrap 'exit 143' TERM\necho started\nwhile :; do sleep 0.05; done\n`,
    );
    chmodSync(script, 0o700);
    const child = spawn(script, {
      env: { PATH: process.env['PATH'], EPHEMETRY_SPOOL_DIR: spool },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(143);
    expect((await drained()).counters).toEqual({ backups_total: { 'code=143': 1 } });
  });

  it.each([
    ['telemetry is off', 0, { OTEL_SDK_DISABLED: 'true' }],
    ['the spool cannot be used', 1, { EPHEMETRY_SPOOL_DIR: '/dev/null/spool' }],
  ])('reads its input to the end where %s, so that the loop that writes it does', async (_, code, more) => {
    const { directory } = await open();
    // More than a pipe holds.
    const loop = `yes '{"counter": "files_total", "value": 1}' | head -n 20000 && touch went-on`;
    const env = { PATH: process.env['PATH'], ...more };
    const child = spawn('sh', ['-c', `(${loop}) | "${process.execPath}" "${MAIN}" push -`], {
      env,
      cwd: directory,
      stdio: 'ignore',
    });
    expect(await once(child, 'exit')).toEqual([code, null]);
    await waitFor(() => existsSync(join(directory, 'went-on')), {
      what: 'the loop to end',
      deadlineMs: 5000,
    });
  });

  it('says at once and once that the disk takes nothing, while lines go on coming', async () => {
    const { spool } = await open();
    const push = `ulimit -f 0; exec "${process.execPath}" "${MAIN}" push - --spool-only --spool-dir "${spool}"`;
    const env = { PATH: process.env['PATH'] };
    const child = spawn('sh', ['-c', push], { env, stdio: ['pipe', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.write('{"counter": "files_total", "value": 1}\n');
    await waitFor(() => stderr.includes('not all was pushed'), { what: 'the fault to be told' });
    child.stdin.end('{"counter": "files_total", "value": 1}\n');
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr.split('not all was pushed')).toHaveLength(2);
  });

  it('says why a spool takes nothing, and writes nothing where telemetry is off', async () => {
    const { directory, spool } = await open();
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const ended = await runCommand(['push', 'counter', 'x_total', '1', '--spool-dir', join(file, 'spool')]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(join(file, 'spool'));
    const env = { OTEL_SDK_DISABLED: 'true', EPHEMETRY_SPOOL_DIR: spool };
    expect(await runCommand('push counter x_total 1', { env })).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(spool)).toBe(false);
  });
});
