import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAIN, runCommand } from '../fixtures/run-command.ts';

const PUSH = `"${process.execPath}" "${MAIN}" push counter pushed_total 1`;

function makeDirectory(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return path;
}

describe('ephemetry push under ephemetry run', () => {
  it('goes into the spool that the wrapper was given, wherever the command goes', async () => {
    const directory = makeDirectory();
    mkdirSync(join(directory, 'elsewhere'));
    const own = ['run', '--spool-dir', 'spool', '--spool-only', '--name', 'job', '--'];
    const ended = await runCommand([...own, 'sh', '-c', `cd elsewhere && ${PUSH}`], {
      cwd: directory,
      env: { HOME: directory },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    await using receiver = await startReceiver();
    await runCommand(['drain', '--spool-dir', join(directory, 'spool'), '--endpoint', receiver.url]);
    expect(receiver.totals().counters).toMatchObject({
      command_runs_total: { 'command=job,outcome=success': 1 },
      pushed_total: { '': 1 },
    });
  });

  it('is delivered also when there is more than the end of the wrapper takes', async () => {
    await using receiver = await startReceiver();
    const spool = join(makeDirectory(), 'spool');
    // Copies of one push, not a process for each: it is the files that count.
    const copy = `cp "$1" ${spool}/00000000-0000-4000-8000-0000000000$n.1.free.0.jsonl`;
    const script = `${PUSH} && set -- ${spool}/*.free.0*.jsonl && for n in $(seq 10 39); do ${copy}; done`;
    const own = ['run', '--spool-dir', spool, '--endpoint', receiver.url, '--name', 'job', '--'];
    // Not by `runCommand`, which ends what a program leaves behind.
    const child = spawn(process.execPath, [MAIN, ...own, 'sh', '-c', script], {
      env: { PATH: process.env['PATH'], HOME: spool },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    const pushed = (): number =>
      receiver.batches.filter(({ points }) => points.some(({ metric }) => metric === 'pushed_total')).length;
    await receiver.waitFor(() => pushed() === 31, { what: 'all pushes to be delivered' });
  });
});
